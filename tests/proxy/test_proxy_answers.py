"""Answers of HTTP/1 origins. Each row is what Chromium makes of those bytes (tests/browser holds the table to Chromium)."""

from contextlib import suppress

import h11
import pytest
from h11._receivebuffer import ReceiveBuffer
from hypothesis import given
from hypothesis import strategies as st

from saywhy.proxy.http.answers import (
    MOST_HEAD,
    AnswerBuffer,
    AnswerChunks,
    _read_generously,
    _read_plain,
    read_answer,
)
from saywhy.proxy.http.framing import CHUNKED, UNTIL_CLOSED
from saywhy.proxy.http.heads import HeadError


def fed(data: bytes) -> AnswerBuffer:
    buffer = AnswerBuffer()
    buffer.__iadd__(data)
    return buffer


@pytest.mark.parametrize(
    ("head", "status", "fields"),
    [
        (b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n", 200, ((b"X", b"y"),)),
        (b"HTTP/1.0 404\r\n\r\n", 404, ()),
        (b"http/1.1 200 OK\r\nX: y\r\n\r\n", 200, ((b"X", b"y"),)),
        (b"HTTP/1.1\r\n\r\n", 200, ()),
        (b"HTTP/1.2 200 OK\r\n\r\n", 200, ()),
        (b"HTTP/2 200\r\n\r\n", 200, ()),
        (b"HTTP/1.1   200   Fine  thanks\r\n\r\n", 200, ()),
        (b"\r\nHTTP/1.1 200 OK\r\n\r\n", 200, ()),
        (b"x\r\n\nHTTP/1.1 200 OK\r\n\r\n", 200, ()),
        (b"HTTP/1.1 200 OK\nX: y\n\n", 200, ((b"X", b"y"),)),
        (b"HTTP/1.1 200 OK\r\nX: y\r\n\t z\r\n\r\n", 200, ((b"X", b"y z"),)),
        (b"HTTP/1.1 200 OK\r\n X: y\r\nZ: a\r\n\r\n", 200, ((b"Z", b"a"),)),
        (b"HTTP/1.1 200 OK\r\nX: a\rb: c\r\n\r\n", 200, ((b"X", b"a"), (b"b", b"c"))),
        (b"HTTP/1.1 200 OK\r\nno colon\r\nX: y\r\n\r\n", 200, ((b"X", b"y"),)),
        (b"HTTP/1.1 200 OK\r\nServer Name: z\r\nX: y\r\n\r\n", 200, ((b"X", b"y"),)),
        (b"HTTP/1.1 200 OK\r\n: y\r\nX: y\r\n\r\n", 200, ((b"X", b"y"),)),
        (b"HTTP/1.1 200 OK\r\nX : y\r\n\r\n", 200, ((b"X", b"y"),)),
        (b"HTTP/1.1 200 OK\r\nX: a\x01b\r\nZ: caf\xe9\r\n\r\n", 200, ((b"Z", b"caf\xe9"),)),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No\r\n\r\n", 204, ()),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", 101, ((b"Upgrade", b"websocket"),)),
        (b"HTTP/1.1 200 OK\r\nConnection: X, Content-Type\r\nX: y\r\nContent-Type: z\r\n\r\n", 200,
            ((b"Connection", b"X, Content-Type"), (b"Content-Type", b"z"))),
    ],
)  # fmt: skip
def test_a_head_is_read_as_a_browser_reads_it(
    head: bytes, status: int, fields: tuple[tuple[bytes, bytes], ...]
) -> None:
    answer = fed(head).next_answer()
    assert answer is not None
    assert (answer.status, answer.fields) == (status, fields)


@pytest.mark.parametrize(
    "head",
    [
        b"hello, this is no answer\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"abcdefHTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 0 OK\r\n\r\n",
        b"HTTP/1.1 20000 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length:\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /a\r\nLocation: /b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * MOST_HEAD,
    ],
)
def test_what_could_be_two_answers_is_none(head: bytes) -> None:
    with pytest.raises(HeadError) as caught:
        fed(head).next_answer()
    assert caught.value.status == 502


@pytest.mark.parametrize(
    ("fields", "length"),
    [
        (b"", UNTIL_CLOSED),
        (b"Content-Length: 5\r\n", 5),
        (b"content-length :5 \r\n", 5),
        (b"Content-Length: 5\r\nContent-Length: 5\r\n", 5),
        (b"Content-Length: 5, 5\r\n", 5),
        (b"Content-Length:\r\n", UNTIL_CLOSED),
        (b"Content-Length: five\r\n", UNTIL_CLOSED),
        (b"Content-Length: +5\r\n", UNTIL_CLOSED),
        (b"Content-Length: -5\r\n", UNTIL_CLOSED),
        (b"Content-Length: 9223372036854775808\r\n", UNTIL_CLOSED),
        (b"Content-Length: 0000000000000000000005\r\n", 5),
        (b"Content-Length: 000\r\n", 0),
        (b"Transfer-Encoding: chunked\r\n", CHUNKED),
        (b"Transfer-Encoding: Chunked\r\nContent-Length: 5\r\n", CHUNKED),
        (b"Content-Length: 5\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n", CHUNKED),
        (b"Transfer-Encoding: gzip, chunked\r\n", CHUNKED),
        (b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n", 5),
        (b"Transfer-Encoding: xchunked\r\n", UNTIL_CLOSED),
    ],
)
def test_the_length_of_a_body_is_what_a_browser_takes_it_for(fields: bytes, length: int) -> None:
    answer = read_answer(b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n")
    assert answer.body_length(b"GET") == length
    announced = [value for name, value in answer.fields if name.lower() == b"content-length"]
    assert announced == ([b"%d" % length] if length >= 0 else [])


def test_more_than_one_carriage_return_ends_no_head() -> None:
    assert fed(b"HTTP/1.1 200 OK\r\nX: y\r\r\n\r\r\nhello").next_answer() is None


@pytest.mark.parametrize(("method", "status"), [(b"HEAD", 200), (b"GET", 204), (b"GET", 304), (b"GET", 101)])
def test_some_answers_have_no_body_whatever_they_say(method: bytes, status: int) -> None:
    head = b"HTTP/1.1 %d X\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" % status
    assert read_answer(head).body_length(method) == 0


def test_chunks_need_http_1_1() -> None:
    head = b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
    assert read_answer(head).body_length(b"GET") == 5


def taken_apart(data: bytes, step: int = 1_000) -> tuple[bytes, bool]:
    """The body, and whether it came to its end."""
    buffer, reader, body = ReceiveBuffer(), AnswerChunks(), b""
    for at in range(0, len(data), step):
        buffer.__iadd__(data[at : at + step])
        while (event := reader(buffer)) is not None:
            if isinstance(event, h11.EndOfMessage):
                return body, True
            assert isinstance(event, h11.Data)
            body += bytes(event.data)
    return body, False


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"5\nhello\n0\n\n", b"hello"),
        (b"5 \r\nhello\r\n0 \r\n\r\n", b"hello"),
        (b"005\r\nhello\r\n000\r\n\r\n", b"hello"),
        (b'5;x="y"\r\nhello\r\n0;z\r\n\r\n', b"hello"),
        (b"a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\nX: y\r\nnot: \0 read\r\n\r\n", b"01234567890123456789a"),
    ],
)
def test_chunks_are_taken_apart_as_a_browser_does(data: bytes, body: bytes) -> None:
    for step in (1, 2, 7, 1_000):
        assert taken_apart(data, step) == (body, True)


@pytest.mark.parametrize(
    "data",
    [b"x\r\n", b"\r\n", b" 5\r\nhello", b"-5\r\n", b"+5\r\n", b"0x5\r\n", b"5\r\nhelloX\r\n", b"1" * 20_000, b"0\r\n" + b"X: y\r\n" * 20_000],
)  # fmt: skip
def test_chunks_that_could_end_elsewhere_end_the_answer(data: bytes) -> None:
    with pytest.raises(h11.RemoteProtocolError):
        taken_apart(data)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5), st.integers(1, 9), st.sampled_from([b"\r\n", b"\n"]))
def test_chunks_come_out_as_they_went_in(pieces: list[bytes], step: int, end: bytes) -> None:
    data = b"".join(b"%x%b%b%b" % (len(piece), end, piece, end) for piece in pieces) + b"0" + end + end
    assert taken_apart(data, step) == (b"".join(pieces), True)


def test_a_body_that_is_cut_short_has_no_end() -> None:
    assert taken_apart(b"5\r\nhello\r\n")[1] is False
    with pytest.raises(h11.RemoteProtocolError):
        AnswerChunks().read_eof()


@given(st.binary(max_size=200), st.integers(1, 9))
def test_any_bytes_are_an_answer_or_none(data: bytes, step: int) -> None:
    buffer = AnswerBuffer()
    with suppress(HeadError):
        for at in range(0, len(data), step):
            buffer.__iadd__(data[at : at + step])
            buffer.next_answer()


NAMES = [
    "Server",
    "Content-Type",
    "Location",
    "Content-Disposition",
    "Keep-Alive",
    "Close",
    "Connection",
    "Transfer-Encoding",
]
VALUES = [
    b"", b"x", b" text/html ", b"keep-alive", b"close", b"Keep-Alive, X", b"chunked", b"gzip", b"5", b"05", b"5, 5", b"caf\xe9",
    b"\x01", b"99999999999999999999",
]  # fmt: skip


@given(
    first=st.sampled_from(
        [
            b"HTTP/1.1 200 OK",
            b"HTTP/1.1 404",
            b"HTTP/1.1 200",
            b"HTTP/1.1  200 OK",
            b"HTTP/1.0 200 OK",
            b"HTTP/1.1 099 X",
            b"HTTP/1.1 204 No  Content ",
            b"HTTP/1.1 2000 X",
            b"HTTP/1.1 200\tOK",
            b"HTTP/1.1 200 \tOK",
            b"http/1.1 200 ok",
        ]
    ),
    fields=st.lists(
        st.tuples(st.sampled_from([*NAMES, "Content-Length", "x", "", "a b", " y"]), st.sampled_from(VALUES))
    ),
    end=st.sampled_from([b"\r\n", b"\n"]),
)
def test_what_is_read_in_one_go_is_read_as_generously(
    first: bytes, fields: list[tuple[str, bytes]], end: bytes
) -> None:
    head = end.join([first, *(name.encode() + b":" + value for name, value in fields), b"", b""])
    quickly = _read_plain(head)
    if quickly is not None:
        assert quickly == _read_generously(head)


def test_an_ordinary_head_is_read_in_one_go() -> None:
    assert _read_plain(
        b"HTTP/1.1 200 OK\r\nServer: x\r\nConnection: Keep-Alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 5\r\n\r\n"
    )
