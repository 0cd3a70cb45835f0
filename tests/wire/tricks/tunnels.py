"""TLS and tunnel: what goes through CONNECT beside TLS with an honest greeting, and CONNECT itself bent."""

import struct

from tests.wire.tricks import hellos
from tests.wire.tricks.hellos import EARLY_DATA, ENCRYPTED_CLIENT_HELLO, SERVER_NAME, from_ssl, like_chromium, records
from tests.wire.tricks.trick import (
    ALERT,
    BAD,
    CLOSED,
    HONEST_INSIDE,
    NO_REQUEST,
    NOT_SPOKEN,
    PAGE,
    REFUSED,
    SHOOK,
    SILENT,
    Talk,
    Trick,
    Way,
    connect,
    get,
    table,
)  # fmt: skip

# A greeting alone cannot tell a page from a relay: the filter greets back to show its page. The origin's log can.
_NOT_RELAYED = frozenset({SHOOK, ALERT, CLOSED, 400, 403})
_SHAKES = frozenset({SHOOK})
_GOOD, _BLOCKED = from_ssl(), from_ssl("blocked.test")
_GOOD_TUNNEL = Talk(get(b"/", b"good.test:{port}"), Way.TUNNEL)


def _greets(data: bytes, host: str = "good.test", pieces: int = 0) -> Talk:
    return Talk(data, Way.TUNNEL, host, pieces=pieces, says=b"", served=_SHAKES, patience=2)


def _raw(
    name: str, data: bytes, refused: frozenset[int] = NOT_SPOKEN, *, patience: float = 2, host: str = "good.test"
) -> Trick:
    return Trick(name, Talk(data, Way.TUNNEL, host, patience=patience), refused, _GOOD_TUNNEL)


def _greeting(name: str, data: bytes, host: str, twin: bytes, *, pieces: int = 0) -> Trick:
    return Trick(name, _greets(data, host, pieces), _NOT_RELAYED, _greets(twin, pieces=pieces))


# Short of three bytes nobody can tell what it will be; it must wait (or end), and not be relayed.
_WAITS = NOT_SPOKEN | {SILENT}

_RAW = [
    _raw("one byte, then nothing", b"\x16", _WAITS, patience=0.4),
    _raw("two bytes, then nothing", b"\x16\x03", _WAITS, patience=0.4),
    _raw("a record's head, then nothing", b"\x16\x03\x01\x02\x00", _WAITS, patience=0.4),
    _raw("half a greeting, then nothing", _GOOD.record()[:100], _WAITS, patience=0.4),
    _raw("one letter, then nothing", b"G", _WAITS, patience=0.4),
    _raw("SSH", b"SSH-2.0-OpenSSH_9.2\r\n"),
    _raw("SMTP, the client first", b"EHLO good.test\r\n\r\n"),
    _raw("IMAP", b"a1 CAPABILITY\r\n\r\n"),
    _raw("FTP", b"USER smuggled\r\n\r\n", NOT_SPOKEN),
    _raw("BitTorrent", b"\x13BitTorrent protocol" + bytes(48)),
    _raw("SOCKS 4", b"\x04\x01\x00\x50\x7f\x00\x00\x02\x00"),
    _raw("SOCKS 5", b"\x05\x01\x00"),
    _raw("OpenVPN", b"\x00\x0e\x38" + bytes(13)),
    _raw("RDP", b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00"),
    _raw("DNS over TCP", b"\x00\x1d\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07blocked\x04test\x00\x00\x01\x00\x01"),
    _raw("nought bytes", bytes(64)),
    _raw("spaces", b" " * 64 + b"\r\n\r\n", NOT_SPOKEN | {SILENT}),
    _raw("empty lines, then a blocked request", b"\r\n\r\n" + get(b"/", b"blocked.test:{port}"), NOT_SPOKEN),
    _raw("an SSLv2 greeting", b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + bytes(37)),
    _raw("a TLS alert first", b"\x15\x03\x01\x00\x02\x02\x28"),
    _raw("TLS application data first", b"\x17\x03\x03\x00\x05hello"),
    _raw("a change of cipher first", b"\x14\x03\x03\x00\x01\x01" + _GOOD.record()),
    _raw("a record of no length", b"\x16\x03\x01\x00\x00" + _GOOD.record()),
    _raw("a record too long", b"\x16\x03\x01\xff\xff" + bytes(200), NOT_SPOKEN | {SILENT}, patience=0.4),
    _raw("another handshake message first", records(b"\x02" + _GOOD.message()[1:])),
    _raw("a greeting with a wrong length", records(b"\x01\x00\x00\x05" + _GOOD.message()[4:])),
    _raw("a greeting longer than anybody's", records(b"\x01\xff\xff\xff" + bytes(300)), NOT_SPOKEN | {SILENT}, patience=0.4),
    _raw("a lower-case request", b"get / HTTP/1.1\r\nHost: blocked.test\r\n\r\n"),
    _raw("CONNECT inside CONNECT", connect(b"blocked.test:{port}") + get(b"/", b"blocked.test:{port}")),
    _raw("a WebSocket to a blocked host inside CONNECT", get(b"/ws", b"blocked.test:{port}", more=b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n")),
]  # fmt: skip

_INSIDE = [
    Trick("CONNECT inside TLS", Talk(connect(b"blocked.test:{port}"), Way.TLS), REFUSED, HONEST_INSIDE),
    Trick(
        "TLS inside TLS", Talk(_BLOCKED.record(), Way.TLS, patience=2), NOT_SPOKEN | {SILENT}, HONEST_INSIDE
    ),
    Trick("SSH inside TLS", Talk(b"SSH-2.0-x\r\n\r\n", Way.TLS, patience=2), NOT_SPOKEN, HONEST_INSIDE),
    Trick("raw bytes inside TLS", Talk(bytes(64) + b"\r\n\r\n", Way.TLS, patience=2), NOT_SPOKEN, HONEST_INSIDE),
    Trick("one byte inside TLS", Talk(b"G", Way.TLS, patience=0.4), _WAITS, HONEST_INSIDE),
    Trick(
        "an upgrade to something else at a blocked host",
        Talk(get(b"/", b"blocked.test:{port}", more=b"Connection: Upgrade\r\nUpgrade: smuggled\r\n"), Way.TLS, "blocked.test"),
        PAGE,
        Talk(get(b"/", b"good.test:{port}", more=b"Connection: Upgrade\r\nUpgrade: chat/2\r\n"), Way.TLS),
    ),
]  # fmt: skip

_SPLIT = [
    Trick(
        f"a greeting to a blocked host {name}",
        Talk(_BLOCKED.record() if size is None else records(_BLOCKED.message(), size), Way.TUNNEL, "blocked.test", pieces=pieces, patience=2),
        _NOT_RELAYED,
        _greets(_GOOD.record() if size is None else records(_GOOD.message(), size), pieces=pieces),
    )
    for name, size, pieces in [
        ("in one piece", None, 0),
        ("byte by byte", None, 1),
        ("two bytes first", None, 2),
        ("in records of one byte", 1, 0),
        ("in records of five bytes", 5, 0),
        ("in records cut inside the name", 97, 0),
        ("in records cut inside the name, byte by byte", 97, 1),
    ]
]  # fmt: skip

_CUT_SHORT = b"\x01" + (len(_GOOD.message()) - 4 - 3).to_bytes(3) + _GOOD.message()[4:-3]
_ECH = hellos.encrypted_client_hello()
_GREETINGS = [
    _greeting("no SNI", _BLOCKED.without(SERVER_NAME).record(), "blocked.test", _GOOD.without(SERVER_NAME).record()),
    _greeting("no extensions", hellos.Hello(_BLOCKED.start, ()).record(), "blocked.test", _GOOD.record()),
    _greeting("two names, allowed first", _GOOD.named(b"good.test", b"blocked.test").record(), "good.test", _GOOD.record()),
    _greeting("two names, blocked first", _GOOD.named(b"blocked.test", b"good.test").record(), "good.test", _GOOD.record()),
    _greeting("two name extensions", _GOOD.plus(SERVER_NAME, hellos.server_names(b"blocked.test")).record(), "good.test", _GOOD.record()),
    _greeting("two name extensions, blocked first", _GOOD.plus(SERVER_NAME, hellos.server_names(b"blocked.test"), first=True).record(), "good.test", _GOOD.record()),
    _greeting("an empty name", _GOOD.named(b"").record(), "blocked.test", _GOOD.record()),
    _greeting("an empty list of names", _GOOD.without(SERVER_NAME).plus(SERVER_NAME, b"\0\0").record(), "blocked.test", _GOOD.record()),
    _greeting("an empty name extension", _GOOD.without(SERVER_NAME).plus(SERVER_NAME, b"").record(), "blocked.test", _GOOD.record()),
    _greeting("a name of another kind", _GOOD.without(SERVER_NAME).plus(SERVER_NAME, hellos.server_names(b"blocked.test", kind=7)).record(), "blocked.test", _GOOD.record()),
    _greeting("a name with a trailing dot", _GOOD.named(b"blocked.test.").record(), "good.test", _GOOD.record()),
    _greeting("a name in capitals", _GOOD.named(b"BLOCKED.TEST").record(), "good.test", _GOOD.named(b"GOOD.TEST").record()),
    _greeting("a name with NUL", _GOOD.named(b"good.test\0.blocked.test").record(), "good.test", _GOOD.record()),
    _greeting("a name with a space", _GOOD.named(b"good.test blocked.test").record(), "good.test", _GOOD.record()),
    _greeting("a name in UTF-8", _GOOD.named("böse.test".encode()).record(), "good.test", _GOOD.record()),
    _greeting("a number as the name", _GOOD.named(b"127.0.0.2").record(), "good.test", _GOOD.record()),
    _greeting("a longer name than names are", _GOOD.named(b"a" * 300 + b".blocked.test").record(), "good.test", _GOOD.record()),
    _greeting("another name than CONNECT's", _BLOCKED.record(), "good.test", _GOOD.record()),
    _greeting("an allowed name, CONNECT blocked", _GOOD.record(), "blocked.test", _GOOD.record()),
    _greeting("an encrypted name behind CONNECT's, at a blocked host", _BLOCKED.plus(ENCRYPTED_CLIENT_HELLO, _ECH).record(), "blocked.test", _GOOD.plus(ENCRYPTED_CLIENT_HELLO, _ECH).record()),
    _greeting("an encrypted name behind another than CONNECT's", from_ssl("www.good.test").plus(ENCRYPTED_CLIENT_HELLO, _ECH).record(), "good.test", like_chromium().record()),
    _greeting("an encrypted name behind none", _GOOD.without(SERVER_NAME).plus(ENCRYPTED_CLIENT_HELLO, _ECH).record(), "blocked.test", like_chromium().record()),
    _greeting("an encrypted name behind a name that is everybody's", from_ssl("cloudflare-ech.com").plus(ENCRYPTED_CLIENT_HELLO, _ECH).record(), "good.test", like_chromium().record()),
    _greeting("early data", _BLOCKED.plus(EARLY_DATA, b"").record() + b"\x17\x03\x03\x00\x20" + bytes(32), "blocked.test", _GOOD.record()),
    _greeting("an extension cut short", records(_CUT_SHORT), "blocked.test", _GOOD.record()),
    _greeting("an extension longer than the greeting", _GOOD.plus(0x1234, b"x").record().replace(struct.pack("!HH", 0x1234, 1), struct.pack("!HH", 0x1234, 999)), "blocked.test", _GOOD.record()),
    _greeting("an offer of HTTP/3 alone", from_ssl("blocked.test", ("h3",)).record(), "blocked.test", from_ssl("good.test", ("h3", "http/1.1")).record()),
    _greeting("an offer of something else alone", from_ssl("blocked.test", ("smuggled/1",)).record(), "blocked.test", _GOOD.record()),
]  # fmt: skip

_FINE = from_ssl("fine.test")
# At a host that is relayed as it is, only a greeting that names it, and nothing else, may reach it.
_RELAYED = [
    Trick(f"at a host that is relayed, {name}", _greets(data, "fine.test"), _NOT_RELAYED, _greets(twin, "fine.test"))
    for name, data, twin in [
        ("a blocked name", _BLOCKED.record(), _FINE.record()),
        ("another allowed name", _GOOD.record(), _FINE.named(b"FINE.test").record()),
        ("no name", _FINE.without(SERVER_NAME).record(), _FINE.record()),
        ("two names", _FINE.named(b"fine.test", b"blocked.test").record(), _FINE.record()),
        ("two name extensions", _FINE.plus(SERVER_NAME, hellos.server_names(b"blocked.test")).record(), _FINE.record()),
        ("a name with NUL", _FINE.named(b"fine.test\0.blocked.test").record(), _FINE.record()),
        ("a name behind a user", _FINE.named(b"blocked.test@fine.test").record(), _FINE.record()),
        ("a subdomain's name", _FINE.named(b"www.fine.test").record(), _FINE.record()),
        ("an encrypted name behind a blocked one", _BLOCKED.plus(ENCRYPTED_CLIENT_HELLO, _ECH).record(), like_chromium("fine.test").record()),
        ("an encrypted name behind everybody's", from_ssl("cloudflare-ech.com").plus(ENCRYPTED_CLIENT_HELLO, _ECH).record(), _FINE.plus(ENCRYPTED_CLIENT_HELLO, _ECH).record()),
        ("an encrypted name behind none", _FINE.without(SERVER_NAME).plus(ENCRYPTED_CLIENT_HELLO, _ECH).record(), _FINE.record()),
        ("an offer of something else alone", from_ssl("fine.test", ("smuggled/1",)).record(), from_ssl("fine.test", ("h2", "http/1.1")).record()),
        ("a greeting cut short", records(b"\x01" + (len(_FINE.message()) - 7).to_bytes(3) + _FINE.message()[4:-3]), records(_FINE.message(), 97)),
        ("a name in the second record that is another", records(_FINE.message()[:90]) + records(_BLOCKED.message()[90:]), records(_FINE.message(), 1)),
    ]
]  # fmt: skip


def _connects(
    name: str, head: bytes, refused: frozenset[int] = BAD, *, inside: bytes = b"", way: Way = Way.TUNNEL
) -> Trick:
    data = inside or get(b"/", b"blocked.test:{port}")
    return Trick(f"CONNECT {name}", Talk(data, way, "blocked.test", connect=head, patience=2), refused, HONEST_INSIDE)


_LINE = b"CONNECT blocked.test:{port} HTTP/1.1\r\n"
_NAMED = b"Host: blocked.test:{port}\r\n"

_CONNECTS = [
    _connects("with a path", b"CONNECT blocked.test:{port}/ HTTP/1.1\r\n" + _NAMED + b"\r\n"),
    _connects("with a whole address", b"CONNECT https://blocked.test:{port}/ HTTP/1.1\r\n" + _NAMED + b"\r\n"),
    _connects("without a port", connect(b"blocked.test")),
    _connects("without a host", connect(b":{port}")),
    _connects("without a target", b"CONNECT  HTTP/1.1\r\n" + _NAMED + b"\r\n"),
    _connects("to an asterisk", connect(b"*")),
    _connects("with a user", connect(b"good.test@blocked.test:{port}")),
    _connects("in lower case", b"connect blocked.test:{port} HTTP/1.1\r\n" + _NAMED + b"\r\n", NO_REQUEST),
    _connects("in mixed case, with a whole address", b"Connect http://blocked.test:{port}/ HTTP/1.1\r\n" + _NAMED + b"\r\n", NO_REQUEST),
    _connects("with HTTP/1.0", b"CONNECT blocked.test:{port} HTTP/1.0\r\n\r\n", PAGE),
    _connects("with HTTP/0.9", b"CONNECT blocked.test:{port}\r\n\r\n"),
    _connects("with HTTP/2.0 in words", b"CONNECT blocked.test:{port} HTTP/2.0\r\n" + _NAMED + b"\r\n"),
    _connects("with two spaces", b"CONNECT  blocked.test:{port}  HTTP/1.1\r\n" + _NAMED + b"\r\n"),
    _connects("with tabs", b"CONNECT\tblocked.test:{port}\tHTTP/1.1\r\n" + _NAMED + b"\r\n"),
    _connects("with a space first", b" " + _LINE + _NAMED + b"\r\n", NO_REQUEST),
    _connects("with a space last", _LINE[:-2] + b" \r\n" + _NAMED + b"\r\n"),
    _connects("with bare line feeds", (_LINE + _NAMED + b"\r\n").replace(b"\r\n", b"\n")),
    _connects("with a bare return", _LINE + b"X: a\rb\r\n" + _NAMED + b"\r\n"),
    _connects("with NUL", _LINE + b"X: a\0b\r\n" + _NAMED + b"\r\n"),
    _connects("with NUL in its name", connect(b"blocked.test\0:{port}")),
    _connects("with two Hosts", _LINE + _NAMED + b"Host: good.test\r\n\r\n"),
    _connects("with a folded line", _LINE + b"X: a\r\n b\r\n" + _NAMED + b"\r\n"),
    _connects("with no colon in a line", _LINE + b"smuggled\r\n" + _NAMED + b"\r\n"),
    _connects("with a length and a body", _LINE + _NAMED + b"Content-Length: 5\r\n\r\nhello", BAD | {CLOSED}),
    _connects("with chunks", _LINE + _NAMED + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", BAD | {CLOSED}),
    _connects("with 70 kB of headers", _LINE + _NAMED + b"X: " + b"y" * 70_000 + b"\r\n\r\n", frozenset({431})),
    Trick(
        "CONNECT with what follows in one piece",
        Talk(get(b"/", b"blocked.test:{port}"), Way.TUNNEL, "blocked.test", together=True),
        PAGE,
        Talk(get(b"/", b"good.test:{port}"), Way.TUNNEL, together=True),
    ),
    Trick(
        "CONNECT with a greeting in one piece",
        Talk(_BLOCKED.record(), Way.TUNNEL, "blocked.test", together=True, patience=2),
        _NOT_RELAYED,
        Talk(_GOOD.record(), Way.TUNNEL, together=True, says=b"", served=_SHAKES),
    ),
    Trick(
        "CONNECT after a plain request on the same connection",
        Talk(get(b"http://good.test:{port}/", b"good.test:{port}") + connect(b"blocked.test:{port}") + get(b"/smuggled", b"blocked.test:{port}"), lingers=True),
        frozenset({200}),
        HONEST_INSIDE,
        reaches=True,
    ),
]  # fmt: skip

TRICKS = table("TLS and tunnel", _RAW, _INSIDE, _SPLIT, _GREETINGS, _RELAYED, _CONNECTS)
