"""Heads, byte by byte. What the whole filter makes of them is in the tables under tests/wire/tricks."""

import pytest
from h11 import LocalProtocolError
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy.net.http.http1 import assemble_request_head, read_request_head

from saywhy.proxy.http.heads import (
    MOST_REQUEST_HEAD,
    HeadError,
    RequestBuffer,
    check_request_head,
)

GET = b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"


def fed(buffer: RequestBuffer, data: bytes, *, reads_head: bool = True) -> RequestBuffer:
    buffer.reads_head = reads_head
    buffer.__iadd__(data)
    return buffer


@pytest.mark.parametrize(
    "head",
    [
        GET,
        b"GET http://a.test/?q=%20 HTTP/1.0\r\n\r\n",
        b"M-SEARCH * HTTP/1.1\r\nHost:\r\n\r\n",
        b"POST /\xc3\xa4 HTTP/1.1\r\nHost: a\r\nX:\tcaf\xe9 \t\r\nX-Empty:\r\n\r\n",
        b"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\nContent-Length: 0\r\n\r\n",
        b"patch / HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
)
def test_what_browsers_and_programs_send_is_taken(head: bytes) -> None:
    check_request_head(head)


def test_a_head_may_be_as_long_as_the_limit_and_not_longer() -> None:
    longest = GET[:-2] + b"X: " + b"y" * (MOST_REQUEST_HEAD - len(GET) - 5) + b"\r\n\r\n"
    assert len(longest) == MOST_REQUEST_HEAD
    assert fed(RequestBuffer(), longest).maybe_extract_lines()
    with pytest.raises(HeadError) as caught:
        fed(RequestBuffer(), longest.replace(b"yyy", b"yyyy", 1)).maybe_extract_lines()
    assert caught.value.status == 431


@pytest.mark.parametrize("data", [b"\x16\x03\x01", b" GET", b"\x00", b":", b"\n", b"\rX"])
def test_what_does_not_begin_as_a_request_is_told_at_once(data: bytes) -> None:
    with pytest.raises(HeadError) as caught:
        fed(RequestBuffer(), data).maybe_extract_lines()
    assert caught.value.status == 400


@pytest.mark.parametrize("data", [b"", b"\r", b"\r\n", b"\r\n\r\n\r", b"GET", GET[:-1], GET[:-3]])
def test_what_may_become_a_request_is_waited_for(data: bytes) -> None:
    assert fed(RequestBuffer(), data).maybe_extract_lines() is None


@given(st.lists(st.sampled_from([GET, b"\r\n"]), min_size=1, max_size=5), st.integers(1, 9))
def test_heads_come_out_whole_however_they_came_in(pieces: list[bytes], step: int) -> None:
    data, buffer, heads = b"".join(pieces), RequestBuffer(), []
    for at in range(0, len(data), step):
        fed(buffer, data[at : at + step])
        while (lines := buffer.maybe_extract_lines()) is not None:
            heads.append([bytes(line) for line in lines])
    assert heads == [[b"GET / HTTP/1.1", b"Host: a.test"]] * pieces.count(GET)


heads = st.builds(
    lambda method, target, lines: (
        method + b" " + target + b" HTTP/1.1\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"
    ),
    st.from_regex(rb"\A[!#$%&'*+.^_`|~0-9A-Z-]{1,5}\Z"),
    st.one_of(st.from_regex(rb"\A(http://[a-z.]{1,9})?/[!-~\x80-\xff]{0,9}\Z"), st.binary(max_size=5)),
    st.lists(st.one_of(st.from_regex(rb"\A[A-Za-z-]{1,9}:[\t -~\x80-\xff]{0,9}\Z"), st.binary(max_size=9)), max_size=3),
)


@given(heads)
def test_a_head_that_is_taken_is_written_anew_as_it_was_read(head: bytes) -> None:
    """So nobody behind the filter reads another head: for decisions and for the wire it is one."""
    try:
        check_request_head(head)
        request = read_request_head(head[:-4].split(b"\r\n"))
    except ValueError:
        return
    written = assemble_request_head(request)
    check_request_head(written)
    again = read_request_head(written[:-4].split(b"\r\n"))
    assert again.data.method == request.data.method
    assert (again.host, again.port, again.data.path) == (request.host, request.port, request.data.path)
    assert again.headers.fields == request.headers.fields


@given(st.binary(max_size=200))
def test_any_bytes_are_a_head_or_refused_or_waited_for(data: bytes) -> None:
    try:
        lines = fed(RequestBuffer(), data).maybe_extract_lines()
    except HeadError as error:
        lines = None
        told = (error.status, bool(str(error)))
    else:
        told = (400, True)
    assert told in {(400, True), (431, True)}
    assert lines is None or b"\n" not in b"".join(lines)


@pytest.mark.parametrize("trailers", [b"\r\n", b"X: y\r\n\r\n", b"X: y\r\nZ: a\r\n\r\n"])
def test_trailers_are_dropped(trailers: bytes) -> None:
    buffer = fed(RequestBuffer(), trailers + GET, reads_head=False)
    assert buffer.maybe_extract_lines() == []
    assert bytes(buffer) == GET


@pytest.mark.parametrize("trailers", [b"X\r\n\r\n", b"X: a\rb\r\n\r\n", b"X: a\n\n", b"X: " + b"y" * 70_000])
def test_malformed_trailers_end_the_connection(trailers: bytes) -> None:
    with pytest.raises(LocalProtocolError):
        fed(RequestBuffer(), trailers, reads_head=False).maybe_extract_lines()


@pytest.mark.parametrize("line", [b"5\r\n", b"a0\r\n", b"5;x\r\n", b'5 ; x="y"\r\n', b"0005\r\n", b"5 \r\n"])
def test_the_line_before_a_chunk(line: bytes) -> None:
    assert bytes(fed(RequestBuffer(), line, reads_head=False).maybe_extract_next_line() or b"") == line


@pytest.mark.parametrize(
    "line", [b"\r\n", b"0x5\r\n", b"+5\r\n", b" 5\r\n", b"5;a\rb\r\n", b"5;\0\r\n", b"1234567890abcdef\r\n", b"5;" + b"x" * 5_000]
)  # fmt: skip
def test_the_line_before_a_chunk_is_strict(line: bytes) -> None:
    with pytest.raises(LocalProtocolError):
        fed(RequestBuffer(), line, reads_head=False).maybe_extract_next_line()
