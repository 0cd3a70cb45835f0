"""HTTP/2: frames by hand, with what no browser sends but some server would take."""

from tests.wire.tricks import frames
from tests.wire.tricks.frames import Field
from tests.wire.tricks.trick import BAD, CLOSED, ENDED, PAGE, REFUSED, RESET, Talk, Trick, Way, get, table

_LIBRARY = frozenset({RESET, CLOSED})


def _said(*pieces: bytes) -> bytes:
    return frames.opening() + b"".join(pieces)


def _talk(*pieces: bytes, host: str = "h2.test", patience: float = 3.0) -> Talk:
    return Talk(_said(*pieces), Way.H2, host, patience=patience)


_TWIN = _talk(frames.request(frames.fields()))


def _fields(name: str, changed: list[Field], refused: frozenset[int], *, host: str = "h2.test") -> Trick:
    return Trick(name, _talk(frames.request(changed), host=host), refused, _TWIN)


def _more(*added: Field) -> list[Field]:
    return frames.fields() + list(added)


_BLOCKED = b"h2.blocked.test:{port}"

_PSEUDO = [
    _fields("a blocked host", frames.fields(_BLOCKED), PAGE, host="h2.blocked.test"),
    _fields(":authority of a blocked host", frames.fields(_BLOCKED), REFUSED),
    _fields(":authority allowed, CONNECT and SNI blocked", frames.fields(), REFUSED, host="h2.blocked.test"),
    _fields(":authority in capitals", frames.fields(_BLOCKED.upper().replace(b"{PORT}", b"{port}")), PAGE, host="h2.blocked.test"),
    _fields(":authority with a user", frames.fields(b"h2.test@" + _BLOCKED), ENDED | BAD),
    _fields(":authority with another port", frames.fields(b"h2.test:444"), BAD),
    _fields(":authority twice", [*frames.fields()[:3], (b":authority", _BLOCKED), (b":path", b"/")], ENDED),
    _fields(":authority empty", frames.fields(b""), ENDED | BAD),
    _fields("neither :authority nor Host", [one for one in frames.fields() if one[0] != b":authority"], ENDED | BAD),
    _fields("Host blocked beside :authority", _more((b"host", _BLOCKED)), ENDED | BAD),
    _fields("two Hosts", _more((b"host", b"h2.test:{port}"), (b"host", _BLOCKED)), ENDED | BAD),
    _fields("a blocked Host for want of :authority", [*(one for one in frames.fields() if one[0] != b":authority"), (b"host", _BLOCKED)], ENDED | BAD),
    _fields(":path with the whole address", frames.fields(path=b"https://" + _BLOCKED + b"/"), ENDED | BAD),
    _fields(":path empty", frames.fields(path=b""), ENDED | BAD),
    _fields(":path without its slash", frames.fields(path=b"x"), ENDED | BAD),
    _fields(":path twice", _more((b":path", b"/smuggled")), ENDED),
    _fields(":path with a space", frames.fields(path=b"/a HTTP/1.1"), ENDED | BAD),
    _fields(":path with a line end", frames.fields(path=b"/ HTTP/1.1\r\nHost: blocked.test\r\n\r\nGET /smuggled"), ENDED | BAD),
    _fields(":path with NUL", frames.fields(path=b"/\0"), ENDED | BAD),
    _fields(":path an asterisk", frames.fields(path=b"*"), ENDED | BAD),
    _fields(":scheme http under TLS", frames.fields(scheme=b"http"), ENDED | BAD),
    _fields(":scheme unknown", frames.fields(scheme=b"gopher"), ENDED | BAD),
    _fields(":scheme empty", frames.fields(scheme=b""), ENDED | BAD),
    _fields(":scheme missing", [one for one in frames.fields() if one[0] != b":scheme"], ENDED),
    _fields(":method missing", frames.fields()[1:], ENDED),
    _fields(":method with a line end", frames.fields(method=b"GET / HTTP/1.1\r\nX: smuggled"), ENDED | BAD),
    _fields(":method with a space", frames.fields(method=b"GET /smuggled"), ENDED | BAD),
    _fields(":method empty", frames.fields(method=b""), ENDED | BAD),
    _fields("a pseudo-header after the others", [*frames.fields()[:3], (b"x", b"y"), (b":path", b"/")], ENDED),
    _fields("a pseudo-header of a response", _more((b":status", b"200")), ENDED),
    _fields("a pseudo-header nobody knows", [(b":smuggled", b"x"), *frames.fields()], ENDED),
    _fields("CONNECT", [(b":method", b"CONNECT"), (b":authority", _BLOCKED)], ENDED | BAD),
    _fields("CONNECT with all the rest", frames.fields(method=b"CONNECT"), ENDED | BAD),
    _fields("extended CONNECT", [(b":protocol", b"websocket"), *frames.fields(method=b"CONNECT")], ENDED | BAD),
]  # fmt: skip

_HEADERS = [
    _fields(name, _more(field), ENDED | BAD)
    for name, field in [
        ("a name in capitals", (b"X-Odd", b"y")),
        ("a name with a space", (b"x y", b"z")),
        ("a name with a colon", (b"x:y", b"z")),
        ("a name with a line end", (b"x\r\nhost", b"blocked.test")),
        ("an empty name", (b"", b"x")),
        ("a value with a line end", (b"x", b"y\r\nhost: blocked.test")),
        ("a value with a line feed", (b"x", b"y\nhost: blocked.test")),
        ("a value with NUL", (b"x", b"y\0z")),
        ("connection", (b"connection", b"upgrade")),
        ("keep-alive", (b"keep-alive", b"timeout=5")),
        ("proxy-connection", (b"proxy-connection", b"keep-alive")),
        ("transfer-encoding", (b"transfer-encoding", b"chunked")),
        ("upgrade", (b"upgrade", b"h2c")),
        ("te other than trailers", (b"te", b"gzip")),
        ("content-length that is none", (b"content-length", b"+1")),
        ("content-length with no body", (b"content-length", b"5")),
    ]
]

_TWO_LENGTHS = [*frames.fields(method=b"POST"), (b"content-length", b"5"), (b"content-length", b"50")]
_FIVE = [*frames.fields(method=b"POST", path=b"/echo"), (b"content-length", b"5")]
_ECHO = Talk(
    _said(frames.request(_FIVE, ends=False), frames.frame(frames.DATA, b"hello", frames.END_STREAM, 1)),
    Way.H2,
    "h2.test",
)

_FRAMING = [
    Trick("a length shorter than the body", _talk(frames.request(_FIVE, ends=False), frames.frame(frames.DATA, b"hello smuggled", frames.END_STREAM, 1)), ENDED | BAD, _ECHO, reaches=True),
    Trick("a length longer than the body", _talk(frames.request(_FIVE, ends=False), frames.frame(frames.DATA, b"h", frames.END_STREAM, 1)), ENDED | BAD, _ECHO, reaches=True),
    Trick("two lengths", _talk(frames.request(_TWO_LENGTHS, ends=False), frames.frame(frames.DATA, b"hello", frames.END_STREAM, 1)), ENDED | BAD, _ECHO),
    Trick("no preface", Talk(frames.frame(frames.SETTINGS) + frames.request(frames.fields()), Way.H2, "h2.test"), ENDED, _TWIN),
    Trick("HTTP/1.1 where HTTP/2 was agreed on", Talk(get(b"/smuggled", b"h2.test:{port}"), Way.H2, "h2.test"), ENDED, _TWIN),
    Trick("a stream with an even number", _talk(frames.request(frames.fields(), 2)), _LIBRARY, _TWIN),
    Trick("DATA before HEADERS", _talk(frames.frame(frames.DATA, b"smuggled", 1, 1)), _LIBRARY, _TWIN),
    Trick("a promise from the client", _talk(frames.frame(frames.PUSH_PROMISE, b"\0\0\0\2" + frames.block(frames.fields()), 4, 1)), _LIBRARY, _TWIN),
    Trick("HEADERS between CONTINUATIONs", _talk(frames.frame(frames.HEADERS, frames.block(frames.fields()[:2]), 1, 1), frames.request(frames.fields(), 3)), _LIBRARY, _TWIN),
    Trick("a header block cut short", _talk(frames.frame(frames.HEADERS, frames.block(frames.fields())[:-3], 5, 1)), _LIBRARY, _TWIN),
    Trick("a header table without end", _talk(frames.frame(frames.HEADERS, b"\x3f" + b"\xff" * 9, 5, 1)), _LIBRARY, _TWIN),
    Trick("a reference beyond the table", _talk(frames.frame(frames.HEADERS, b"\xff\x80\x01", 5, 1)), _LIBRARY, _TWIN),
    Trick("a frame larger than agreed", _talk(frames.frame(frames.HEADERS, b"\0" * 70_000, 5, 1)), _LIBRARY, _TWIN),
    Trick("CONTINUATION without end", _talk(frames.frame(frames.HEADERS, frames.block(frames.fields()), 1, 1) + frames.frame(frames.CONTINUATION, b"", 0, 1) * 5_000), _LIBRARY, _TWIN),
    Trick("CONTINUATION of large frames", _talk(frames.frame(frames.HEADERS, frames.block(frames.fields()), 1, 1) + frames.frame(frames.CONTINUATION, frames.block([(b"x", b"y" * 8_000)]), 0, 1) * 40), _LIBRARY, _TWIN),
    Trick("a header of 100 kB", _talk(frames.frame(frames.HEADERS, frames.block(frames.fields()), 1, 1) + frames.frame(frames.CONTINUATION, frames.block([(b"x", b"y" * 12_000)]), 0, 1) * 7 + frames.frame(frames.CONTINUATION, frames.block([(b"x", b"y" * 12_000)]), 4, 1)), _LIBRARY | {431}, _TWIN),
    Trick("a header bomb", _talk(frames.frame(frames.HEADERS, b"\x40" + frames.block([(b"x", b"y" * 3_000)])[1:] + frames.block(frames.fields()) + b"\xbe" * 8_000, 5, 1)), _LIBRARY | {431}, _TWIN),
    Trick("a thousand streams at once", _talk(*(frames.request(frames.fields(), number, ends=False) for number in range(1, 2001, 2))), _LIBRARY | {200}, _TWIN, reaches=True),
    Trick("rapid reset", _talk(*(frames.request(frames.fields(_BLOCKED), number) + frames.frame(frames.RST_STREAM, b"\0\0\0\x08", 0, number) for number in range(1, 4001, 2)), host="h2.blocked.test"), _LIBRARY, _TWIN),
    Trick("pings without end", _talk(frames.frame(frames.PING, b"01234567") * 20_000, patience=0.5), _LIBRARY | {4}, _TWIN),
    Trick("settings without end", _talk(frames.frame(frames.SETTINGS) * 20_000, patience=0.5), _LIBRARY | {4}, _TWIN),
    Trick("a window over its limit", _talk(frames.frame(frames.WINDOW_UPDATE, b"\x7f\xff\xff\xff")), _LIBRARY, _TWIN),
]  # fmt: skip

_IN_CLEAR = [
    Trick("prior knowledge on the proxy's own port", Talk(_said(frames.request(frames.fields(_BLOCKED, scheme=b"http")))), frozenset({CLOSED, 400}), Talk(get(b"http://good.test:{port}/", b"good.test:{port}"))),
    Trick("prior knowledge inside CONNECT", Talk(_said(frames.request(frames.fields(_BLOCKED, scheme=b"http"))), Way.TUNNEL, "h2.test"), frozenset({CLOSED, 400}), _TWIN),
    Trick("an upgrade to h2c at a blocked host", Talk(get(b"http://blocked.test:{port}/", b"blocked.test:{port}", more=b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n")), PAGE, Talk(get(b"http://good.test:{port}/", b"good.test:{port}", more=b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"))),
]  # fmt: skip

TRICKS = table("HTTP/2", _PSEUDO, _HEADERS, _FRAMING, _IN_CLEAR)
