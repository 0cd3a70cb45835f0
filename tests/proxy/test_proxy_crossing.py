"""From one version of HTTP to the other, without sockets: what `make fuzz` has found, one by one."""

from collections.abc import Iterator

import pytest
from mitmproxy import options

from tests.fuzz.crossing import Crossing
from tests.fuzz.driving import settings
from tests.fuzz.peers import Http1Origin, Http2Origin, Http2Peer
from tests.wire.tricks import frames

POST = [*frames.fields(b"good.test", b"/1", method=b"POST"), (b"content-length", b"5")]
TRAILERS = [(b"x-sum", b"1")]


@pytest.fixture(scope="module")
def opts() -> Iterator[options.Options]:
    with settings() as made:
        yield made


def headers(*fields: frames.Field, ends: bool) -> bytes:
    return frames.request(fields, 1, ends=ends)


def data(body: bytes, *, ends: bool) -> bytes:
    return frames.frame(frames.DATA, body, frames.END_STREAM if ends else 0, 1)


def asked(opts: options.Options, answer: bytes, method: bytes = b"GET") -> bytes:
    """What a client of HTTP/1.1 gets of an HTTP/2 origin's frames."""
    driver = Crossing(opts, b"http/1.1", lambda: Http2Origin(answer))
    driver.feed(method + b" /1 HTTP/1.1\r\nHost: good.test\r\n\r\n")
    return bytes(driver.seen.client)


@pytest.mark.parametrize(("body", "whole"), [(b"", False), (b"hell", False), (b"hello", True)])
def test_a_body_that_trailers_end_is_held_to_its_length(opts: options.Options, body: bytes, whole: bool) -> None:
    driver = Crossing(opts, b"h2", Http1Origin)
    driver.feed(frames.opening() + headers(*POST, ends=False) + data(body, ends=False) + headers(*TRAILERS, ends=True))
    client = Http2Peer(client=True)
    client.h2.send_headers(1, POST)
    client.read(bytes(driver.seen.client))
    assert [one.heard for one in driver.told.values() if one.whole] == ([(b"POST", b"/1", body)] if whole else [])
    assert (client.streams[1].ended, client.streams[1].reset) == (whole, not whole)


def test_so_is_the_body_of_an_answer(opts: options.Options) -> None:
    head = headers((b":status", b"200"), (b"content-length", b"5"), ends=False)
    cut = asked(opts, head + data(b"hell", ends=False) + headers(*TRAILERS, ends=True))
    assert cut.startswith(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
    assert not cut.endswith(b"hello")


def test_a_page_in_answer_to_head_is_a_head_alone(opts: options.Options) -> None:
    answer = asked(opts, headers((b":status", b"200"), ends=False) + data(b"hello", ends=True), b"HEAD")
    assert answer.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert answer.index(b"\r\n\r\n") == len(answer) - 4


def test_so_it_is_over_http2(opts: options.Options) -> None:
    driver = Crossing(opts, b"h2", Http1Origin)
    fields = [
        *frames.fields(b"good.test", b"/1", method=b"HEAD"),
        *((b"x-%d" % number, b"y" * 700) for number in range(100)),
    ]
    client = Http2Peer(client=True)
    client.h2.send_headers(1, fields, end_stream=True)
    driver.feed(client.h2.data_to_send())
    client.read(bytes(driver.seen.client))
    stream = client.streams[1]
    assert (stream.head[b":status"], stream.body, stream.ended) == (b"431", b"", True)


def test_what_follows_a_head_that_is_asked_for_elsewhere_is_nobodys(opts: options.Options) -> None:
    misdirected = headers((b":status", b"421"), ends=False) + data(b"no", ends=False) + headers(*TRAILERS, ends=True)
    assert asked(opts, misdirected) == (
        b"HTTP/1.1 421 Misdirected Request\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n"
    )


def test_what_follows_a_stream_that_was_given_up_is_nobodys(opts: options.Options) -> None:
    answer = asked(opts, data(b"no", ends=False) + headers((b":status", b"200"), ends=True))
    assert answer.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")


def test_the_body_of_a_205_goes_no_further(opts: options.Options) -> None:
    answer = asked(opts, headers((b":status", b"205"), ends=False) + data(b"hello", ends=True))
    assert answer == b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"
