"""Addresses: a place that may not be opened, as a number in every notation that something still reads."""

from tests.wire.tricks.trick import BAD, HONEST, PAGE, REFUSED, Talk, Trick, Way, connect, get, table


def _at(host: str) -> Talk:
    return Talk(get(b"http://" + host.encode() + b":{port}/", host.encode() + b":{port}"))


# 127.0.0.9 is this machine, and not among the addresses that the school opens; 127.0.0.1 is.
_NUMBERS: list[tuple[str, str, str | None, frozenset[int]]] = [
    ("as it is usually written", "127.0.0.9", "127.0.0.1", PAGE),
    ("decimal", "2130706441", "2130706433", PAGE),
    ("hexadecimal", "0x7f000009", "0x7f000001", PAGE),
    ("hexadecimal in capitals", "0X7F000009", "0X7F000001", PAGE),
    ("octal", "017700000011", "017700000001", PAGE),
    ("two parts", "127.9", "127.1", PAGE),
    ("three parts", "127.0.9", "127.0.1", PAGE),
    ("a hexadecimal part", "0x7f.0.0.9", "0x7f.0.0.1", PAGE),
    ("an octal part", "0177.0.0.011", "0177.0.0.01", PAGE),
    ("hexadecimal and octal and short", "0x7f.011", "0x7f.01", PAGE),
    ("parts with many noughts", "127.000.000.011", "127.000.000.001", PAGE),
    ("a trailing dot", "127.0.0.9.", "127.0.0.1.", PAGE),
    ("a number over its part", "127.0.0.256", None, REFUSED),
    ("five parts", "127.0.0.0.9", None, BAD),
    ("full-width digits", "127.0.0.\uff19", None, REFUSED),
    ("an ideographic full stop", "127\u30020\u30020\u30029", None, REFUSED),
    ("a circled digit", "127.0.0.\u2468", None, REFUSED),
    ("percent-encoded", "127.0.0.%39", None, REFUSED),
    ("nought", "0", None, PAGE),
    ("nought in four parts", "0.0.0.0", None, PAGE),
    ("mapped into IPv6", "[::ffff:127.0.0.9]", None, REFUSED),
    ("mapped into IPv6, in hexadecimal", "[::ffff:7f00:9]", None, REFUSED),
    ("mapped into IPv6, written out", "[0:0:0:0:0:ffff:7f00:0009]", None, REFUSED),
    ("IPv4-compatible IPv6", "[::127.0.0.9]", None, REFUSED),
    ("by NAT64", "[64:ff9b::7f00:9]", None, REFUSED),
    ("by local NAT64", "[64:ff9b:1::7f00:9]", None, REFUSED),
    ("by 6to4", "[2002:7f00:9::]", None, REFUSED),
    ("by Teredo", "[2001:0:7f00:9::80ff:fff6]", None, REFUSED),
    ("IPv6 loopback", "[::1]", None, REFUSED),
    ("IPv6 unspecified", "[::]", None, REFUSED),
    ("IPv6 with a zone", "[fe80::1%25lo]", None, REFUSED),
    ("IPv6 with a zone, plainly", "[fe80::1%lo]", None, BAD),
    ("IPv6 without its brackets", "::1", None, REFUSED),
    ("unique local IPv6", "[fd00::1]", None, REFUSED),
    ("a multicast address", "224.0.0.1", None, PAGE),
    ("broadcast", "255.255.255.255", None, PAGE),
    ("the cloud's metadata", "169.254.169.254", None, PAGE),
    ("a public address as a number", "93.184.216.34", None, PAGE),
]

_NAMES = [
    ("this machine", "private.test"),
    ("two addresses, one of them private", "rebound.test"),
    ("a private network", "ten.test"),
    ("nought", "zero.test"),
    ("IPv6 loopback", "six.test"),
    ("IPv6 unspecified", "sixzero.test"),
    ("an address mapped into IPv6", "mapped.test"),
    ("an address behind NAT64", "translated.test"),
    ("the cloud's metadata", "metadata.test"),
]

_CONNECTED = [
    Trick(
        f"{name}, in CONNECT",
        Talk(get(b"/", host.encode() + b":{port}"), Way.TLS, sni="", connect=connect(host.encode() + b":{port}")),
        REFUSED,
        Talk(get(b"/", twin.encode() + b":{port}"), Way.TUNNEL, connect=connect(twin.encode() + b":{port}")),
    )
    for name, host, twin in [
        ("as it is usually written", "127.0.0.9", "127.0.0.1"),
        ("decimal", "2130706441", "2130706433"),
        ("short", "127.9", "127.1"),
        ("octal", "0177.0.0.011", "0177.0.0.01"),
        ("mapped into IPv6", "[::ffff:127.0.0.9]", "127.0.0.1"),
        ("IPv6 loopback", "[::1]", "127.0.0.1"),
    ]
]

TRICKS = table(
    "address",
    [Trick(name, _at(host), refused, HONEST if twin is None else _at(twin)) for name, host, twin, refused in _NUMBERS],
    [Trick(f"a name for {name}", _at(host), PAGE, HONEST) for name, host in _NAMES],
    _CONNECTED,
)
