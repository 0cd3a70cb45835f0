"""The head of a CONNECT: one meaning, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.proxy.door.connect_head import BadHeadError, read_connect, read_connect_target


@pytest.mark.parametrize(
    ("head", "place"),
    [
        (b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443", ("a.example", 443)),
        (b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example", ("a.example", 443)),
        (b"CONNECT a.example:443 HTTP/1.0", ("a.example", 443)),
        (b"CONNECT A.Example.:8443 HTTP/1.1\r\nHost: A.Example.:8443", ("a.example", 8443)),
        (
            b"CONNECT a.example:443 HTTP/1.1\r\nHost:\ta.EXAMPLE:443 \r\nProxy-Connection: keep-alive",
            ("a.example", 443),
        ),
        (b"CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443", ("2001:db8::1", 443)),
        (b"CONNECT 0x7f.1:443 HTTP/1.1\r\nHost: 127.0.0.1:443", ("127.0.0.1", 443)),
        (b"CONNECT a.example:443 HTTP/1.1\r\nContent-Length: 0", ("a.example", 443)),
    ],
)
def test_where_a_tunnel_is_asked_for(head: bytes, place: tuple[str, int]) -> None:
    connect = read_connect(head)
    assert (connect.host, connect.port) == place


@pytest.mark.parametrize(
    "head",
    [
        b"connect a.example:443 HTTP/1.1",
        b"CONNECT  a.example:443 HTTP/1.1",
        b"CONNECT a.example:443  HTTP/1.1",
        b"CONNECT a.example:443 HTTP/2.0",
        b"CONNECT a.example:443 HTTP/1.1 ",
        b"CONNECT a.example:443",
        b"CONNECT a.example HTTP/1.1",
        b"CONNECT a.example: HTTP/1.1",
        b"CONNECT a.example:0 HTTP/1.1",
        b"CONNECT a.example:65536 HTTP/1.1",
        b"CONNECT a.example:+443 HTTP/1.1",
        b"CONNECT a.example:4 43 HTTP/1.1",
        b"CONNECT https://a.example:443 HTTP/1.1",
        b"CONNECT user@a.example:443 HTTP/1.1",
        b"CONNECT a.example:443/ HTTP/1.1",
        b"CONNECT a.example/b:443 HTTP/1.1",
        b"CONNECT 2001:db8::1:443 HTTP/1.1",
        b"CONNECT :443 HTTP/1.1",
        b"CONNECT a\0.example:443 HTTP/1.1",
        b"CONNECT a.example:443 HTTP/1.1\r\nHost:",
        b"CONNECT a.example:443 HTTP/1.1\r\nHost: b.example:443/x",
        b"CONNECT a.example:443 HTTP/1.1\r\nHost: b@a.example:443",
        b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nHost: a.example:443",
        b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n b.example",
        b"CONNECT a.example:443 HTTP/1.1\r\nHost : a.example:443",
        b"CONNECT a.example:443 HTTP/1.1\r\nX: a\rHost: b",
        b"CONNECT a.example:443 HTTP/1.1\r\nX: a\nHost: b",
        b"CONNECT a.example:443 HTTP/1.1\r\nX: a\0",
        b"CONNECT a.example:443 HTTP/1.1\r\nnothing",
        b"CONNECT a.example:443 HTTP/1.1\r\n: x",
        b"CONNECT a.example:443 HTTP/1.1\r\nContent-Length: 5",
        b"CONNECT a.example:443 HTTP/1.1\r\nTransfer-Encoding: chunked",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(head: bytes) -> None:
    with pytest.raises(BadHeadError):
        read_connect(head)


@pytest.mark.parametrize("named", [b"b.example:443", b"a.example:80", b"a.example", b"127.0.0.1", b"[::1]:443"])
def test_a_host_beside_the_address_counts_for_nothing(named: bytes) -> None:
    read = read_connect(b"CONNECT a.example:443 HTTP/1.1\r\nHost: " + named)
    assert (read.host, read.port) == ("a.example", 443)


@given(st.binary(max_size=100))
def test_nothing_but_its_own_error_comes_of_any_bytes(data: bytes) -> None:
    for head in (data, b"CONNECT " + data, b"CONNECT a.example:443 HTTP/1.1\r\n" + data):
        try:
            connect = read_connect(head)
        except BadHeadError:
            continue
        bracketed = f"[{connect.host}]" if ":" in connect.host else connect.host
        assert read_connect_target(f"{bracketed}:{connect.port}".encode()) == (connect.host, connect.port)
