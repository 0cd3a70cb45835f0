"""Framing, the other way: what an origin answers must never be taken for two answers, or for another's."""

from tests.wire.tricks.trick import CLOSED, SERVED, Talk, Trick, get, table

_SECOND = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled"
_FAULT = frozenset({502, 503, CLOSED})


def _asks(answer: bytes, says: bytes = b"hello") -> Talk:
    """Ask for that very answer, then for another on the same connection."""
    first = get(b"http://good.test:{port}/answer/" + answer.hex().encode(), b"good.test:{port}")
    return Talk(first + get(b"http://good.test:{port}/hello", b"good.test:{port}"), lingers=True, patience=2, says=says)


_PLAIN = _asks(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
_CHUNKED = _asks(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")


def _answer(
    name: str, head: bytes, body: bytes = b"hello", outcome: frozenset[int] = _FAULT, twin: Talk = _PLAIN
) -> Trick:
    return Trick(f"answer: {name}", _asks(b"HTTP/1.1 " + head + b"\r\n\r\n" + body), outcome, twin, reaches=True)


_OK = b"200 OK\r\n"
TRICKS = table(
    "framing",
    _answer("a length and chunks", _OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked", b"0\r\n\r\n" + _SECOND, outcome=SERVED),
    _answer("two lengths", _OK + b"Content-Length: 5\r\nContent-Length: 50", b"hello" + _SECOND),
    _answer("a length with a plus", _OK + b"Content-Length: +5", outcome=SERVED),  # until the connection closes, as Chromium reads it
    _answer("a negative length", _OK + b"Content-Length: -1", outcome=SERVED),
    _answer("a length beyond counting", _OK + b"Content-Length: " + b"9" * 5000, outcome=SERVED),
    _answer("a coding nobody knows", _OK + b"Transfer-Encoding: xchunked\r\nConnection: close", outcome=SERVED),
    _answer("chunks twice", _OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", b"0\r\n\r\n" + _SECOND, outcome=SERVED),
    _answer("more than its length", _OK + b"Content-Length: 5", b"hello" + _SECOND, SERVED),
    _answer("more than its chunks", _OK + b"Transfer-Encoding: chunked", b"5\r\nhello\r\n0\r\n\r\n" + _SECOND, SERVED, _CHUNKED),
    _answer("a body with 204", b"204 No Content", _SECOND, frozenset({204})),
    _answer("a body with 304", b"304 Not Modified\r\nContent-Length: 5", _SECOND, frozenset({304})),
    _answer("NUL in a header", _OK + b"X: a\0b\r\nContent-Length: 5"),
    _answer("a bare return in a header", _OK + b"X: a\rb\r\nContent-Length: 5", outcome=SERVED),
    _answer("a bare line feed between headers", _OK + b"X: a\nContent-Length: 5", b"hello" + _SECOND, SERVED),
    _answer("a space before a colon", _OK + b"Content-Length : 5", outcome=SERVED),
    _answer("a header without a colon", _OK + b"smuggled\r\nContent-Length: 5", outcome=SERVED),
    _answer("a header without a name", _OK + b": smuggled\r\nContent-Length: 5", outcome=SERVED),
    _answer("a header of 100 kB", _OK + b"X: " + b"y" * 30_000 + b"\r\nContent-Length: 5", outcome=_FAULT | SERVED),
    _answer("a folded length", _OK + b"Content-Length:\r\n 5", b"hello" + _SECOND, SERVED),
    _answer("a status that is none", b"two hundred\r\nContent-Length: 5", outcome=SERVED),
    _answer("a status of four digits", b"2000 OK\r\nContent-Length: 5"),
    _answer("a status below all", b"99 Low\r\nContent-Length: 5"),
    _answer("a reason with NUL", b"200 O\0K\r\nContent-Length: 5"),
    _answer("a switch of protocols that nobody asked for", b"101 Switching Protocols\r\nUpgrade: smuggled", b"smuggled"),
    _answer("a chunk size that is none", _OK + b"Transfer-Encoding: chunked", b"zz\r\nhello\r\n0\r\n\r\n" + _SECOND, _FAULT | SERVED, _CHUNKED),
    _answer("a chunk size beyond counting", _OK + b"Transfer-Encoding: chunked", b"1" * 30 + b"\r\nhello\r\n0\r\n\r\n" + _SECOND, _FAULT | SERVED, _CHUNKED),
    _answer("a chunk that ends early", _OK + b"Transfer-Encoding: chunked", b"5\r\nhelloXX\r\n" + _SECOND, _FAULT | SERVED, _CHUNKED),
    _answer("no answer at all, but bytes", b"", b"", outcome=SERVED),
    Trick("answer: trailers", _asks(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Smuggled: smuggled\r\n\r\n"), SERVED, _CHUNKED, reaches=True),
    Trick("answer: an early hint before it", _asks(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" + _SECOND), SERVED, _PLAIN, reaches=True),
    Trick("answer: 100 unasked before it", _asks(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" + _SECOND), SERVED, _PLAIN, reaches=True),
)  # fmt: skip
