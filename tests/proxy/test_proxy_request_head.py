"""mitmproxy's requests as heads: nothing is lost, and only a request that begins a WebSocket counts as one."""

import pytest
from mitmproxy import http

from saywhy.proxy.mitm.request_head import begins_websocket, head_of

KEY = (b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ==")


def request(*fields: tuple[bytes, bytes], method: str = "GET") -> http.Request:
    return http.Request.make(method, "http://good.test/a?b", b"", http.Headers(fields))


def test_a_head_holds_what_the_request_holds() -> None:
    head = head_of(request((b"Host", b"good.test"), (b"X", b"1"), (b"x", b"2")))
    assert (head.method, head.path, head.version) == (b"GET", b"/a?b", b"HTTP/1.1")
    assert head.all(b"x") == [b"1", b"2"]
    assert head.joined(b"x") == b"1, 2"
    assert head.joined(b"y") is None


@pytest.mark.parametrize(
    ("fields", "method", "begins"),
    [
        ([(b"Upgrade", b"WebSocket"), KEY], "GET", True),
        ([KEY], "GET", False),
        ([(b"Upgrade", b"websocket")], "GET", False),
        ([(b"Upgrade", b"websocket"), KEY], "POST", False),
        ([(b"Upgrade", b"websocket"), (b"Upgrade", b"h2c"), KEY], "GET", False),
    ],
)
def test_a_websocket_is_told(fields: list[tuple[bytes, bytes]], method: str, *, begins: bool) -> None:
    assert begins_websocket(request(*fields, method=method)) is begins
