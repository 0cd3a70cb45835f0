"""Answers of origins, whole and odd, and what a client has to get of each.

The client asks for `/x`, which the origin answers so, and then for `/end`. What counts for browsers counts here: form is read
generously, lengths exactly (saywhy.proxy.http.answers).
"""

from dataclasses import dataclass

from tests.wire.noting_origin import End, Said

BROKEN = (502, 200)  # a page in its place, and the connection goes on
SERVED = (200, 200)
CUT = (200,)  # an answer that is not whole is the last of its connection


@dataclass(frozen=True, slots=True)
class Case:
    """`comes`: the statuses of the answers, that of `/end` among them. `later`: the body is sent after the head, bit by bit."""

    name: str
    said: Said
    comes: tuple[int, ...] = SERVED
    method: bytes = b"GET"
    lines: bytes = b""
    body: bytes = b""
    later: bool = False

    def pieces(self, *, inside: bool) -> tuple[bytes, ...]:
        """What is asked."""
        at = b"" if inside else b"http://good.test:{port}"
        host = b" HTTP/1.1\r\nHost: good.test:{port}\r\n"
        first = self.method + b" " + at + b"/x" + host + self.lines + b"\r\n"
        body = tuple(bytes([one]) for one in self.body)
        asked = (first, *body) if self.later else (first + self.body,)
        return *asked, b"GET " + at + b"/end" + host + b"Connection: close\r\n\r\n"


_CHUNKED = b"Transfer-Encoding: chunked"
_HELLO = b"5\r\nhello\r\n0\r\n\r\n"
_SECOND = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled"


def _raw(
    name: str, *pieces: bytes, comes: tuple[int, ...] = SERVED, end: End = End.KEEP, method: bytes = b"GET"
) -> Case:
    return Case(name, Said(pieces, end), comes, method)


def _ok(
    name: str,
    lines: bytes,
    *bodies: bytes,
    comes: tuple[int, ...] = SERVED,
    end: End = End.KEEP,
    method: bytes = b"GET",
) -> Case:
    head = b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n\r\n"
    first = bodies[0] if bodies else b"hello"
    return Case(name, Said((head + first, *bodies[1:]), end), comes, method)


_LENGTHS = [
    _ok("a length", b"Content-Length: 5"),
    _ok("a length, and the end", b"Content-Length: 5", end=End.CLOSE),
    _ok("a length, a word of closing, and the end", b"Content-Length: 5\r\nConnection: close", end=End.CLOSE),
    _ok("a body in five pieces", b"Content-Length: 5", b"h", b"e", b"l", b"l", b"o"),
    _ok("a length of nought", b"Content-Length: 0", b""),
    _ok("a length of nought, and the end", b"Content-Length: 0", b"", end=End.CLOSE),
    _ok("100,000 bytes", b"Content-Length: 100000", b"x" * 100_000),
    _ok("no length, until the end", b"X: y", end=End.CLOSE),
    _ok("no length, in pieces until the end", b"X: y", b"he", b"llo", end=End.CLOSE),
    _ok("no length, and nothing until the end", b"X: y", b"", end=End.CLOSE),
    _ok("no length, and a second answer behind", b"X: y", b"hello" + _SECOND, end=End.CLOSE),
    _ok("less than the length", b"Content-Length: 9", end=End.CLOSE, comes=CUT),
    _ok("less than the length, and a reset", b"Content-Length: 9", end=End.RESET, comes=CUT),
    _ok("nothing of the length", b"Content-Length: 9", b"", end=End.CLOSE, comes=CUT),
    _ok("more than the length", b"Content-Length: 5", b"hello" + _SECOND),
    _ok("two lengths that agree", b"Content-Length: 5\r\nContent-Length: 5"),
    _ok("two lengths in one that agree", b"Content-Length: 5, 5"),
    _ok("two lengths", b"Content-Length: 5\r\nContent-Length: 6", comes=BROKEN),
    _ok("two lengths in one", b"Content-Length: 5, 6", comes=BROKEN),
    _ok("a length with noughts", b"Content-Length: 0005"),
    *(_ok(f"the length {one!r}", b"Content-Length:" + one, end=End.CLOSE) for one in (b"", b" +5", b" -5", b" five", b" 5x", b" 0x5", b" 5.0", b" 99999999999999999999", b" 5 5")),
    _ok("a length and chunks", b"Content-Length: 3\r\n" + _CHUNKED, _HELLO),
    _ok("chunks and a length", _CHUNKED + b"\r\nContent-Length: 3", _HELLO),
]  # fmt: skip

_CHUNKS = [
    *(_ok(f"chunks {one[:40]!r}", _CHUNKED, one) for one in (
        _HELLO, b"0\r\n\r\n", b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", b"5\nhello\n0\n\n", b"005\r\nhello\r\n00\r\n\r\n", b"5;x=y\r\nhello\r\n0;z\r\n\r\n", b"5 \r\nhello\r\n0\r\n\r\n", b"5  ;x\r\nhello\r\n0\r\n\r\n", b"5\r\nhello\r\n0\r\nX: y\r\n\r\n", b"A\r\n0123456789\r\n0\r\n\r\n",
        b"5\r\nhello\r\n0\r\njunk\r\nContent-Length: 4\r\n\r\n", b"5\r\nhello\n0\r\n\n", b"5\r\nhell\r\n0\r\n\r\n", _HELLO + _SECOND, b"fa0\r\n" + b"x" * 4_000 + b"\r\n0\r\n\r\n",
    )),
    *(_ok(f"chunks {one[:40]!r}", _CHUNKED, one, end=End.CLOSE, comes=CUT) for one in (
        b"", b"5", b"5\r\n", b"5\r\nhel", b"5\r\nhello", b"5\r\nhello\r\n", b"5\r\nhello\r\n0", b"5\r\nhello\r\n0\r\n", b"5\r\nhello\r\n0\r\nX: y\r\n", b"x\r\nhello", b"\r\n" + _HELLO, b"-5\r\nhello", b"+5\r\nhello", b"0x5\r\nhello", b" 5\r\nhello\r\n0\r\n\r\n", b"5\thello", b"5\r\nhelloX\r\n0\r\n\r\n",
        b"1" * 30 + b"\r\nhello", b"5;" + b"x" * 20_000, b"5\r\nhello\r\nG\r\n", b"5\r\nhello\r\n0\r\nX: " + b"y" * 70_000,
    )),
    _ok("chunks, cut by a reset", _CHUNKED, b"5\r\nhello\r\n", end=End.RESET, comes=CUT),
    _ok("chunks byte by byte", _CHUNKED, *(bytes([one]) for one in _HELLO)),
    _ok("chunks that say no more, and are wrong", _CHUNKED, b"zz\r\nhello\r\n0\r\n\r\n", comes=CUT),
    _ok("chunks twice", _CHUNKED + b"\r\n" + _CHUNKED, _HELLO),
    _ok("chunks among codings", b"Transfer-Encoding: gzip, chunked", _HELLO),
    _ok("chunks, in capitals", b"TRANSFER-ENCODING: CHUNKED", _HELLO),
    _ok("another coding", b"Transfer-Encoding: gzip", _HELLO, end=End.CLOSE),
    _ok("the coding identity and a length", b"Transfer-Encoding: identity\r\nContent-Length: 5", b"hello"),
    _raw("chunks of HTTP/1.0", b"HTTP/1.0 200 OK\r\n" + _CHUNKED + b"\r\n\r\n" + _HELLO, end=End.CLOSE),
]  # fmt: skip

_STATUSES = [
    *(_raw(f"{one}", b"HTTP/1.1 %d Some\r\nContent-Length: 5\r\n\r\nhello" % one, comes=(one, 200)) for one in (201, 202, 206, 226, 299, 300, 301, 302, 307, 400, 401, 403, 404, 410, 416, 429, 500, 502, 503, 599, 600, 999)),
    _raw("204", b"HTTP/1.1 204 No Content\r\n\r\n", comes=(204, 200)),
    _raw("204 with a length", b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", comes=(204, 200)),
    _raw("204 with chunks", b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n" + _HELLO, comes=(204, 200)),
    _raw("204 with an answer behind", b"HTTP/1.1 204 No Content\r\n\r\n" + _SECOND, comes=(204, 200)),
    _raw("304", b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", comes=(304, 200)),
    _raw("304 with a length", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", comes=(304, 200)),
    _raw("304 with a body", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello", comes=(304, 200)),
    _raw("304 with chunks", b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n" + _HELLO, comes=(304, 200)),
    _raw("205 with a length", b"HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nhello", comes=(205, 200)),
    _raw("205 with nothing", b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", comes=(205, 200)),
    _raw("205 with chunks", b"HTTP/1.1 205 Reset Content\r\nTransfer-Encoding: chunked\r\n\r\n" + _HELLO, comes=(205, 200)),
    _raw("205 until the end", b"HTTP/1.1 205 Reset Content\r\n\r\nhello", comes=(205, 200), end=End.CLOSE),
    _raw("101 unasked", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nsmuggled", comes=(503, 200)),
    _raw("101 without a word", b"HTTP/1.1 101 Switching Protocols\r\n\r\n", comes=(503, 200)),
    _raw("407", b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n", comes=BROKEN),
    _raw("407 with a body that never ends", b"HTTP/1.1 407 No\r\nContent-Length: 500\r\n\r\nhello", comes=BROKEN),
    _raw("421", b"HTTP/1.1 421 Misdirected\r\nContent-Length: 5\r\n\r\nhello", comes=(421, 200)),
    _raw("421 and the end", b"HTTP/1.1 421 Misdirected\r\n\r\nhello", comes=(421, 200), end=End.CLOSE),
    _raw("426", b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: TLS/1.2\r\nContent-Length: 0\r\n\r\n", comes=(426, 200)),
    *(_raw(f"{one} before it", b"HTTP/1.1 %d Wait\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" % one) for one in (100, 102, 103, 199)),
    _raw("100 three times", b"HTTP/1.1 100 C\r\n\r\n" * 3 + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    _raw("103 in a piece of its own", b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    _raw("100 and no more", b"HTTP/1.1 100 Continue\r\n\r\n", comes=BROKEN, end=End.CLOSE),
    _raw("100 with a length", b"HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
]  # fmt: skip

_FORMS = [
    _raw("HTTP/1.0 with a length", b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    _raw("HTTP/1.0 that keeps", b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello"),
    _raw("HTTP/1.0 until the end", b"HTTP/1.0 200 OK\r\n\r\nhello", end=End.CLOSE),
    _raw("HTTP/0.9", b"hello", comes=BROKEN, end=End.CLOSE),
    _raw("HTTP/0.9 that is longer", b"<html>hello</html>" * 20, comes=BROKEN, end=End.CLOSE),
    _raw("http in lower case", b"http/1.1 200 ok\r\ncontent-length: 5\r\n\r\nhello"),
    _raw("HTTP/2.0 in words", b"HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    _raw("HTTP/1.10", b"HTTP/1.10 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    _raw("HTTP alone", b"HTTP 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    _raw("no reason", b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello"),
    _raw("a reason in UTF-8", b"HTTP/1.1 200 \xc3\xa9\r\nContent-Length: 5\r\n\r\nhello"),
    _raw("a reason with control characters", b"HTTP/1.1 200 O\x01K\r\nContent-Length: 5\r\n\r\nhello"),
    _raw("several spaces", b"HTTP/1.1   200   OK\r\nContent-Length: 5\r\n\r\nhello"),
    _raw("no status", b"HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"),
    _raw("a status that is none", b"HTTP/1.1 abc\r\nContent-Length: 5\r\n\r\nhello"),
    _raw("a status of two digits", b"HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello", comes=BROKEN),
    _raw("a status of four digits", b"HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nhello", comes=BROKEN),
    _raw("a status of nought", b"HTTP/1.1 000 OK\r\nContent-Length: 5\r\n\r\nhello", comes=BROKEN),
    _raw("four bytes before it", b"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    _raw("five bytes before it", b"12345HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", comes=BROKEN),
    _raw("bare line feeds", b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"),
    _raw("a bare return", b"HTTP/1.1 200 OK\r\nX: a\rContent-Length: 5\r\n\r\nhello"),
    _raw("NUL in its head", b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 5\r\n\r\nhello", comes=BROKEN),
    _raw("nothing, and the end", comes=BROKEN, end=End.CLOSE),
    _raw("nothing, and a reset", comes=BROKEN, end=End.RESET),
    _raw("a head that is cut", b"HTTP/1.1 200 OK\r\nContent-Le", comes=BROKEN, end=End.CLOSE),
    _raw("a head that is cut by a reset", b"HTTP/1.1 200 OK\r\nContent-Le", comes=BROKEN, end=End.RESET),
    _raw("a head in many pieces", *(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"[at : at + 3] for at in range(0, 45, 3))),
    _raw("a head of 100,000 bytes", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\nContent-Length: 5\r\n\r\nhello"),
    _raw("a head of 300,000 bytes", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000 + b"\r\nContent-Length: 5\r\n\r\nhello", comes=BROKEN),
    _raw("TLS", b"\x15\x03\x01\x00\x02\x02\x46", comes=BROKEN, end=End.CLOSE),
    _raw("two answers at once", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" + _SECOND),
]  # fmt: skip

_FIELDS = [
    *(_ok(f"field {one[:40]!r}", one + b"\r\nContent-Length: 5") for one in (
        b"X:", b"X: y", b"X:y", b"X:  y  ", b"x : y", b" X: y", b"X: y\r\n z", b"X: y\r\n\tz", b": y", b"X", b"X y: z", b"X: \xc3\xa9", b"X: a\x01b", b"X: a\tb", b"X: y\r\nx: z", b"Set-Cookie: a=b\r\nSet-Cookie: c=d", b"Connection: close", b"Connection: X\r\nX: y", b"Connection: keep-alive",
        b"Connection: Content-Length", b"Connection: content-type\r\nContent-Type: a", b"Connection: upgrade\r\nUpgrade: h2c", b"Upgrade: h2c", b"Keep-Alive: timeout=5", b"Proxy-Connection: close", b"Proxy-Authenticate: Basic", b"Proxy-Authentication-Info: x", b"TE: trailers", b"Trailer: X",
        b'Alt-Svc: h3=":443"', b"ALT-SVC: clear\r\nalt-svc: x", b"Location: /a", b"Location: /a\r\nLocation: /a", b"WWW-Authenticate: NTLM", b"WWW-Authenticate: Negotiate x", b"WWW-Authenticate: Basic", b"Content-Encoding: gzip", b"Content-Type: text/event-stream", b"Accept-CH: x", b"Via: 1.1 x", b"Age: 1",
        b"Strict-Transport-Security: max-age=1", b"Content-Disposition: attachment", b"Date: x", b"Server: x\r\nServer: y", b"X: " + b"y" * 9_000, b"Connection: close\r\nConnection: X\r\nX: y", b"Connection: ,,x\r\nX: y", b"Refresh: 0",
    )),
    _ok("two Locations that differ", b"Location: /a\r\nLocation: /b\r\nContent-Length: 5", comes=BROKEN),
    _ok("two Content-Dispositions that differ", b"Content-Disposition: a\r\nContent-Disposition: b\r\nContent-Length: 5", comes=BROKEN),
    _ok("Connection: close, and a body until the end", b"Connection: close", end=End.CLOSE),
    _ok("Connection: close with more behind it", b"Connection: close\r\nContent-Length: 5", b"hello" + _SECOND),
]  # fmt: skip

_METHODS = [
    *(_ok(f"HEAD: {name}", lines, b"", method=b"HEAD") for name, lines in (
        ("a length", b"Content-Length: 5"), ("chunks", _CHUNKED), ("neither", b"X: y"), ("both", b"Content-Length: 5\r\n" + _CHUNKED), ("a length of nought", b"Content-Length: 0"), ("a length that is none", b"Content-Length: x"),
    )),
    _ok("HEAD: a body all the same", b"Content-Length: 5", method=b"HEAD"),
    _ok("HEAD: the end", b"Content-Length: 5", b"", method=b"HEAD", end=End.CLOSE),
    _raw("HEAD: 204", b"HTTP/1.1 204 No Content\r\n\r\n", method=b"HEAD", comes=(204, 200)),
    _raw("HEAD: 304", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", method=b"HEAD", comes=(304, 200)),
    _raw("HEAD: 205", b"HTTP/1.1 205 Reset\r\nContent-Length: 5\r\n\r\n", method=b"HEAD", comes=(205, 200)),
    *(_ok(f"{one.decode()}: a length", b"Content-Length: 5", method=one) for one in (b"OPTIONS", b"DELETE", b"PUT", b"POST", b"PATCH", b"TRACE", b"PROPFIND")),
    *(_raw(f"{one.decode()}: no answer", method=one, end=End.CLOSE, comes=BROKEN) for one in (b"PUT", b"HEAD", b"OPTIONS")),
]  # fmt: skip

_PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
_POSTS = [
    Case("POST: answered whole", Said((_PLAIN,)), SERVED, b"POST", b"Content-Length: 5\r\n", b"hello"),
    Case("POST: answered early", Said((_PLAIN,), early=True), SERVED, b"POST", b"Content-Length: 5\r\n", b"hello"),
    Case("POST: chunks answered early", Said((_PLAIN,), early=True), SERVED, b"POST", b"Transfer-Encoding: chunked\r\n", _HELLO),
    *(
        Case(f"POST: {name} before the body", Said(pieces, early=True), SERVED, b"POST", b"Content-Length: 5\r\n", b"hello", later=True)
        for name, pieces in (
            ("all is said", (_PLAIN,)), ("the head is said", (_PLAIN[:-5], b"he", b"llo")), ("chunks are said", (b"HTTP/1.1 200 OK\r\n" + _CHUNKED + b"\r\n\r\n" + _HELLO,)), ("half is said", (_PLAIN[:20], _PLAIN[20:])),
        )
    ),
    Case("POST: 413 before the body", Said((b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n",), early=True), (413, 200), b"POST", b"Content-Length: 5\r\n", b"hello", later=True),
    Case("POST: 407 before the body", Said((b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n",), early=True), BROKEN, b"POST", b"Content-Length: 5\r\n", b"hello", later=True),
    Case("POST: junk before the body", Said((b"junkjunkjunk",), early=True), BROKEN, b"POST", b"Content-Length: 5\r\n", b"hello", later=True),
    Case("POST: 421", Said((b"HTTP/1.1 421 No\r\nContent-Length: 0\r\n\r\n",)), (421, 200), b"POST", b"Content-Length: 5\r\n", b"hello"),
    Case("POST: 401 early", Said((b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",), early=True), (401, 200), b"POST", b"Content-Length: 5\r\n", b"hello"),
    Case("POST: no answer", Said((), End.CLOSE), BROKEN, b"POST", b"Content-Length: 5\r\n", b"hello"),
    Case("POST: a reset", Said((), End.RESET), BROKEN, b"POST", b"Content-Length: 5\r\n", b"hello"),
    Case("GET with close: whole", Said((_PLAIN,)), (200,), b"GET", b"Connection: close\r\n"),
    Case("GET with close: chunks", Said((b"HTTP/1.1 200 OK\r\n" + _CHUNKED + b"\r\n\r\n" + _HELLO,)), (200,), b"GET", b"Connection: close\r\n"),
    Case("GET with close: until the end", Said((b"HTTP/1.1 200 OK\r\n\r\nhello",), End.CLOSE), (200,), b"GET", b"Connection: close\r\n"),
    Case("GET with NTLM", Said((_PLAIN,)), SERVED, b"GET", b"Authorization: NTLM x\r\n"),
]  # fmt: skip

CASES = [*_LENGTHS, *_CHUNKS, *_STATUSES, *_FORMS, *_FIELDS, *_METHODS, *_POSTS]
