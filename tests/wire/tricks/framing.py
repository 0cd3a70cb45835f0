"""Framing: where one message ends and the next begins, and what a head is made of."""

from tests.wire.tricks.trick import (
    BAD,
    CLOSED,
    HONEST,
    HONEST_INSIDE,
    NO_REQUEST,
    PAGE,
    SERVED,
    SILENT,
    TOO_LARGE,
    Talk,
    Trick,
    Way,
    get,
    table,
)  # fmt: skip

_SMUGGLED = b"GET http://blocked.test:{port}/smuggled HTTP/1.1\r\nHost: blocked.test:{port}\r\n\r\n"
_TO = b"POST http://good.test:{port}/echo HTTP/1.1\r\nHost: good.test:{port}\r\n"
_CHUNKED = _TO + b"Transfer-Encoding: chunked\r\n\r\n"
_BROKEN = BAD | {CLOSED}  # a body turns out to be broken when the head has gone on: the connection ends

_ECHO = Talk(_TO + b"Content-Length: 5\r\n\r\nhello", says=b"5 bytes")
_ECHO_CHUNKED = Talk(_CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", says=b"bytes")


def _lengths(name: str, headers: bytes, body: bytes = b"hello" + _SMUGGLED, twin: Talk = _ECHO) -> Trick:
    return Trick(name, Talk(_TO + headers + b"\r\n" + body, says=b"bytes", lingers=True), BAD, twin)


_CL_TE = b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"
_LENGTHS = [
    _lengths("a length and chunks", _CL_TE, b"0\r\n\r\n" + _SMUGGLED),
    _lengths("chunks and a length", b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"0\r\n\r\n" + _SMUGGLED),
    _lengths("a length of nought and chunks", b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + _SMUGGLED),
    *(
        _lengths(f"two lengths: {first}, {second}", f"Content-Length: {first}\r\nContent-Length: {second}\r\n".encode())
        for first, second in [("5", "50"), ("50", "5"), ("5", "5"), ("0", "5")]
    ),
    *(
        _lengths(f"the length {value!r}", b"Content-Length: " + value + b"\r\n")
        for value in [
            b"+5", b"-5", b"5,5", b"5, 5", b"0x5", b"05", b"5 5", b"5\t", b"5;", b"5.0", b"5e0", b"1_0", b"", b" ", b"five",
            "\u0665".encode(), b"5\x0b", b"9" * 20, b"9" * 5000, b'"5"',
        ]
        if value.strip() != b"5"
    ),
]  # fmt: skip


def _codings(name: str, lines: bytes, refused: frozenset[int] = BAD) -> Trick:
    talk = Talk(_TO + lines + b"\r\n0\r\n\r\n" + _SMUGGLED, lingers=True)
    return Trick(f"transfer coding: {name}", talk, refused, _ECHO_CHUNKED)


_CODINGS = [
    _codings(repr(value)[2:-1], b"Transfer-Encoding: " + value + b"\r\n")
    for value in [
        b"chunked, identity", b"identity", b"xchunked", b"chunkedx", b"x, chunked", b"chunked;q=1", b"chunked chunked",
        b"chunked, chunked", b'"chunked"', b"chunked\x0b", b"\x0bchunked", b"chunked\0", b"", b",", b"chunked,", b",chunked",
        b"gzip", b"c\xc2\xadhunked", "\uff43hunked".encode(), b"chun\tked", b"trailers",
    ]
] + [
    _codings("twice", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
    _codings("twice, one of them none", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
    _codings("a space before the colon", b"Transfer-Encoding : chunked\r\n"),
    _codings("a tab before the colon", b"Transfer-Encoding\t: chunked\r\n"),
    _codings("a space before the name", b" Transfer-Encoding: chunked\r\n"),
    _codings("folded", b"Transfer-Encoding:\r\n chunked\r\n"),
    _codings("folded with a tab", b"Transfer-Encoding:\r\n\tchunked\r\n"),
    _codings("an underscore for the hyphen and a length", b"Transfer_Encoding: chunked\r\nContent-Length: +5\r\n"),
    _codings("after a bare return", b"X: y\rTransfer-Encoding: chunked\r\n"),
    _codings("after a bare line feed", b"X: y\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
    Trick("transfer coding: with HTTP/1.0", Talk(_CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"0\r\n\r\n" + _SMUGGLED, lingers=True), BAD, _ECHO_CHUNKED),
]  # fmt: skip


def _chunks(name: str, body: bytes, *, refused: frozenset[int] = _BROKEN | SERVED) -> Trick:
    """The head is good, so it may go on; then the body ends it, or is put in order. What is behind must not go."""
    talk = Talk(_CHUNKED + body, says=b"bytes", lingers=True, patience=1)
    return Trick(f"chunks: {name}", talk, refused, _ECHO_CHUNKED, reaches=True)


_CHUNKS = [
    _chunks(name, body + _SMUGGLED, refused=_BROKEN)
    for name, body in [
        ("hexadecimal with 0x", b"0x5\r\nhello\r\n0\r\n\r\n"),
        ("a plus sign", b"+5\r\nhello\r\n0\r\n\r\n"),
        ("a minus sign", b"-5\r\nhello\r\n0\r\n\r\n"),
        ("a size beyond 64 bits", b"10000000000000005\r\nhello\r\n0\r\n\r\n"),
        ("a size of 40 digits", b"0" * 39 + b"5\r\nhello\r\n0\r\n\r\n"),
        ("no size", b"\r\nhello\r\n0\r\n\r\n"),
        ("a size that is none", b"g\r\nhello\r\n0\r\n\r\n"),
        ("an underscore in the size", b"0_5\r\nhello\r\n0\r\n\r\n"),
        ("a space before the size", b" 5\r\nhello\r\n0\r\n\r\n"),
        ("a space inside the size", b"0 5\r\nhello\r\n0\r\n\r\n"),
        ("nothing after the chunk", b"5\r\nhello0\r\n\r\n"),
        ("other bytes after the chunk", b"5\r\nhelloXX0\r\n\r\n"),
        ("a bare line feed after the size", b"5\nhello\r\n0\r\n\r\n"),
        ("a bare line feed after the chunk", b"5\r\nhello\n0\r\n\r\n"),
        ("a bare return after the size", b"5\rXhello\r\n0\r\n\r\n"),
        ("a line feed in an extension", b"5;a\nb\r\nhello\r\n0\r\n\r\n"),
        ("a return in an extension", b"5;a\rb\r\nhello\r\n0\r\n\r\n"),
        ("NUL in an extension", b"5;a\0b\r\nhello\r\n0\r\n\r\n"),
        ("bare line feeds at the end", b"5\r\nhello\r\n0\n\n"),
        ("trailers of 100 kB", b"5\r\nhello\r\n0\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"),
        ("a trailer without a colon", b"5\r\nhello\r\n0\r\nsmuggled\r\n\r\n"),
        ("a trailer with a bare return", b"5\r\nhello\r\n0\r\nX: a\rb\r\n\r\n"),
    ]
] + [
    # mitmproxy may be too early to close what it reads in the moment of connecting; then it only stops reading
    _chunks("an extension of 100 kB", b"5;" + b"x" * 100_000 + b"\r\nhello\r\n0\r\n\r\n" + _SMUGGLED, refused=_BROKEN | {SILENT}),
    Trick("chunks: a trailer that names another host", Talk(_CHUNKED + b"5\r\nhello\r\n0\r\nHost: blocked.test\r\nX-Smuggled: smuggled\r\n\r\n", says=b"bytes"), SERVED | _BROKEN, Talk(_CHUNKED + b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", says=b"bytes"), reaches=True),
    Trick("chunks: an extension is not passed on", Talk(_CHUNKED + b"5;smuggled\r\nhello\r\n0\r\n\r\n", says=b"bytes"), SERVED | _BROKEN, Talk(_CHUNKED + b"5;a=b\r\nhello\r\n0\r\n\r\n", says=b"bytes"), reaches=True),
]  # fmt: skip


def _head(name: str, head: bytes, refused: frozenset[int] = BAD, twin: Talk = HONEST) -> Trick:
    return Trick(f"head: {name}", Talk(head, lingers=True, patience=1), refused, twin)


_LINE = b"GET http://good.test:{port}/ HTTP/1.1\r\n"
_HOST = b"Host: good.test:{port}\r\n"


def _header(name: str, lines: bytes, refused: frozenset[int] = BAD) -> Trick:
    return _head(name, _LINE + _HOST + lines + b"\r\n", refused)


def _line(name: str, line: bytes, refused: frozenset[int] = BAD) -> Trick:
    return _head(name, line + b"\r\n" + _HOST + b"\r\n", refused)


_T = b"http://good.test:{port}/"
_HEADS = [
    _header("a folded header", b"X: a\r\n b\r\n"),
    _header("a header folded with a tab", b"X: a\r\n\tb\r\n"),
    _head("a first header that is folded", _LINE + b" X: a\r\n" + _HOST + b"\r\n"),
    _header("a bare return in a value", b"X: a\rHost: blocked.test\r\n"),
    _header("a bare line feed between headers", b"X: a\nY: b\r\n"),
    _head("bare line feeds throughout", (_LINE + _HOST + b"\r\n").replace(b"\r\n", b"\n")),
    _head("a return twice before the line feed", _LINE + _HOST + b"X: y\r\r\n\r\n"),
    _header("NUL in a value", b"X: a\0b\r\n"),
    _header("NUL in a name", b"X\0: a\r\n"),
    _header("a control character in a value", b"X: a\x01b\r\n"),
    _header("DEL in a value", b"X: a\x7fb\r\n"),
    _header("a form feed in a value", b"X: a\x0cb\r\n"),
    _header("a space before the colon", b"X : a\r\n"),
    _header("a space in a name", b"X Y: a\r\n"),
    _header("no colon", b"smuggled\r\n"),
    _header("no name", b": a\r\n"),
    _header("a name in UTF-8", "Ü: a\r\n".encode()),
    _header("a name with brackets", b"X(y): a\r\n"),
    _header("70 kB in one header", b"X: " + b"y" * 70_000 + b"\r\n", TOO_LARGE),
    _header("70 kB in many headers", b"X: yyyyyyyyyyyyyyyyyyyy\r\n" * 3_000, TOO_LARGE),
    _head("70 kB that never end", _LINE + _HOST + b"X: yyyyyyyyyyyyyyyyyyyy\r\n" * 3_000, TOO_LARGE),
    _head("a request line of 70 kB", b"GET http://good.test:{port}/" + b"a" * 70_000 + b" HTTP/1.1\r\n" + _HOST + b"\r\n", TOO_LARGE | {414}),
    _head("70 kB without a line", b"G" * 70_000, TOO_LARGE | BAD),
    _line("HTTP/0.9", b"GET " + _T, BAD | {CLOSED}),
    _line("HTTP/1.2", b"GET " + _T + b" HTTP/1.2", BAD | {505}),
    _line("HTTP/2.0 in words", b"GET " + _T + b" HTTP/2.0", BAD | {505}),
    _line("HTTP/3.0 in words", b"GET " + _T + b" HTTP/3.0", BAD | {505}),
    _line("HTTP/0.9 in words", b"GET " + _T + b" HTTP/0.9", BAD | {505}),
    _line("HTTP/1.10", b"GET " + _T + b" HTTP/1.10"),
    _line("HTTP/01.1", b"GET " + _T + b" HTTP/01.1"),
    _line("http/1.1 in lower case", b"GET " + _T + b" http/1.1"),
    _line("a version of another protocol", b"GET " + _T + b" RTSP/1.0"),
    _line("something after the version", b"GET " + _T + b" HTTP/1.1 x"),
    _line("a space after the version", b"GET " + _T + b" HTTP/1.1 "),
    _line("a return after the version", b"GET " + _T + b" HTTP/1.1\r"),
    _line("two spaces", b"GET  " + _T + b" HTTP/1.1"),
    _line("tabs", b"GET\t" + _T + b"\tHTTP/1.1"),
    _line("a form feed for a space", b"GET\x0c" + _T + b" HTTP/1.1"),
    _line("a space first", b" GET " + _T + b" HTTP/1.1", NO_REQUEST),
    _line("a space in the target", b"GET " + _T + b"a b HTTP/1.1"),
    _line("no target", b"GET HTTP/1.1"),
    _line("no method", _T + b" HTTP/1.1", NO_REQUEST),
    _line("a method with NUL", b"GE\0T " + _T + b" HTTP/1.1", NO_REQUEST),
    _line("a method with a colon", b"GET: " + _T + b" HTTP/1.1"),
    _line("a method in UTF-8", "GÉT ".encode() + _T + b" HTTP/1.1", NO_REQUEST),
    _line("HEAD in lower case", b"head " + _T + b" HTTP/1.1", NO_REQUEST),
    _line("CONNECT in lower case, with a whole address", b"connect " + _T + b" HTTP/1.1", NO_REQUEST),
    Trick("head: an empty line before a blocked request", Talk(b"\r\n" + get(b"http://blocked.test:{port}/", b"blocked.test:{port}")), PAGE | BAD, Talk(b"\r\n" + get(b"http://good.test:{port}/", b"good.test:{port}"))),
    Trick("head: byte by byte to a blocked host", Talk(get(b"http://blocked.test:{port}/", b"blocked.test:{port}"), pieces=1), PAGE, Talk(get(b"http://good.test:{port}/", b"good.test:{port}"), pieces=1)),
]  # fmt: skip

_BLOCKED_POST = b"POST http://blocked.test:{port}/ HTTP/1.1\r\nHost: blocked.test:{port}\r\n"
_BODIES = [
    Trick("a request behind a body", Talk(_TO + b"Content-Length: 5\r\n\r\nhello" + _SMUGGLED, says=b"5 bytes", lingers=True), SERVED, _ECHO, reaches=True),
    Trick("a request behind a body of no length", Talk(_TO + b"\r\n" + _SMUGGLED, says=b"0 bytes", lingers=True), SERVED, _ECHO, reaches=True),
    Trick("a body with GET that is a request", Talk(get(b"http://good.test:{port}/", b"good.test:{port}", more=b"Content-Length: 12\r\n") + b"GET /smuggle" + _SMUGGLED, lingers=True), SERVED, HONEST, reaches=True),
    Trick("100-continue at a blocked host", Talk(_BLOCKED_POST + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"), PAGE, Talk(_TO + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\nhello", served=frozenset({100}), says=b"100 Continue")),
    Trick("100-continue at a blocked host inside TLS", Talk(b"POST / HTTP/1.1\r\nHost: blocked.test:{port}\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n", Way.TLS, "blocked.test"), PAGE, HONEST_INSIDE),
    Trick("an upload to a blocked host is not waited for", Talk(_BLOCKED_POST + b"Content-Length: 1000000000\r\n\r\nhello", patience=2), PAGE, _ECHO),
    Trick("an upload in chunks to a blocked host is not waited for", Talk(_BLOCKED_POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", patience=2), PAGE, _ECHO_CHUNKED),
    Trick("an upload to a blocked host inside TLS is not waited for", Talk(b"POST / HTTP/1.1\r\nHost: blocked.test:{port}\r\nContent-Length: 1000000000\r\n\r\nhello", Way.TLS, "blocked.test", patience=2), PAGE, HONEST_INSIDE),
]  # fmt: skip

TRICKS = table("framing", _LENGTHS, _CODINGS, _CHUNKS, _HEADS, _BODIES)
