"""Names: the blocked host written so that a list of names might not know it."""

from tests.wire.tricks.trick import BAD, CLOSED, HONEST, PAGE, REFUSED, Talk, Trick, Way, connect, get, table

_NAMES_OF_THEIR_OWN = ("www.blocked.test", "under_score.blocked.test", "www.good.test")
_INSIDE_GOOD = get(b"/", b"good.test:{port}")
_CONNECT_TWIN = Talk(_INSIDE_GOOD, Way.TLS)


def _absolute(name: str, blocked: str, good: str | None, refused: frozenset[int]) -> Trick:
    """As the target and the Host of a request to the proxy. Without a good one, the spelling itself is what is wrong."""

    def talk(host: str) -> Talk:
        return Talk(get(b"http://" + host.encode() + b":{port}/", host.encode() + b":{port}"))

    return Trick(f"{name}, in a plain request", talk(blocked), refused, HONEST if good is None else talk(good))


def _connected(name: str, blocked: str, good: str | None, refused: frozenset[int]) -> Trick:
    """As the target of CONNECT, with an honest handshake and request inside."""

    def talk(host: str, inside: bytes, plain: str) -> Talk:
        return Talk(inside, Way.TLS, plain, connect=connect(host.encode() + b":{port}"))

    if good in _NAMES_OF_THEIR_OWN:
        twin = Talk(get(b"/", good.encode() + b":{port}"), Way.TLS, good)
    else:
        twin = _CONNECT_TWIN if good is None else talk(good, _INSIDE_GOOD, "good.test")
    plain = blocked if blocked in _NAMES_OF_THEIR_OWN else "blocked.test"
    inside = get(b"/", plain.encode() + b":{port}")
    return Trick(f"{name}, in CONNECT", talk(blocked, inside, plain), refused | PAGE, twin)


_SPELLINGS: list[tuple[str, str, str | None, frozenset[int]]] = [
    ("upper case", "BLOCKED.TEST", "GOOD.TEST", PAGE),
    ("mixed case", "bLoCkEd.TeSt", "gOoD.tEsT", PAGE),
    ("a trailing dot", "blocked.test.", "good.test.", PAGE),
    ("two trailing dots", "blocked.test..", None, BAD),
    ("a leading dot", ".blocked.test", None, BAD),
    ("an empty label", "www..blocked.test", None, BAD),
    ("a subdomain", "www.blocked.test", "www.good.test", PAGE),
    ("a label with an underscore", "under_score.blocked.test", None, PAGE),
    ("a soft hyphen", "blo\u00adcked.test", None, REFUSED),
    ("a zero-width joiner", "blo\u200dcked.test", None, REFUSED),
    ("full-width letters", "\uff42locked.test", None, REFUSED),
    ("an ideographic full stop", "blocked\u3002test", None, REFUSED),
    ("a full-width full stop", "blocked\uff0etest", None, REFUSED),
    ("a Kelvin sign for k", "bloc\u212aed.test", None, REFUSED),
    ("a letter percent-encoded", "block%65d.test", None, REFUSED),
    ("the dot percent-encoded", "blocked%2etest", None, REFUSED),
    ("a soft hyphen percent-encoded", "blo%C2%ADcked.test", None, REFUSED),
    ("NUL percent-encoded", "blocked.test%00.good.test", None, REFUSED),
    ("a user before it", "x@blocked.test", None, BAD),
    ("an allowed name as the user", "good.test@blocked.test", None, BAD),
    ("user and password", "good.test:443@blocked.test", None, BAD),
    ("an allowed name after a backslash", "blocked.test\\.good.test", None, BAD),
    ("an allowed name after a slash and at", "blocked.test\\@good.test", None, BAD),
    ("brackets around a name", "[blocked.test]", None, BAD),
    ("a name in quotes", '"blocked.test"', None, BAD),
    ("a comma and a second name", "good.test,blocked.test", None, BAD),
    ("a label of 64 letters", "a" * 64 + ".blocked.test", None, REFUSED),
    ("a name of 254 letters", "a." * 121 + "blocked.test", None, REFUSED),
]

_INTERNATIONAL = [
    Trick(
        "an international name as punycode",
        Talk(get(b"http://xn--bse-sna.test:{port}/", b"xn--bse-sna.test:{port}")),
        PAGE,
        Talk(get(b"http://xn--bcher-kva.test:{port}/", b"xn--bcher-kva.test:{port}")),
    ),
    Trick(
        "an international name as punycode in capitals",
        Talk(get(b"http://XN--BSE-SNA.TEST:{port}/", b"XN--BSE-SNA.TEST:{port}")),
        PAGE,
        Talk(get(b"http://XN--BCHER-KVA.test:{port}/", b"XN--BCHER-KVA.test:{port}")),
    ),
    Trick(
        "an international name as UTF-8",
        Talk(get("http://böse.test:{port}/".encode(), "böse.test:{port}".encode())),
        REFUSED,
        Talk(get(b"http://xn--bcher-kva.test:{port}/", b"xn--bcher-kva.test:{port}")),
    ),
    Trick(
        "an international name as Latin-1",
        Talk(get("http://böse.test:{port}/".encode("latin-1"), b"xn--bse-sna.test:{port}")),
        REFUSED,
        Talk(get(b"http://xn--bcher-kva.test:{port}/", b"xn--bcher-kva.test:{port}")),
    ),
]


def _port(name: str, port: bytes, refused: frozenset[int], twin: Talk = HONEST) -> Trick:
    target = b"blocked.test" + port
    return Trick(f"port: {name}", Talk(get(b"http://" + target + b"/", target)), refused, twin)


_PORTS = [
    _port("none but the colon", b":", REFUSED),
    _port("nought", b":0", REFUSED),
    _port("one too many", b":65536", BAD),
    _port("five thousand digits", b":" + b"9" * 5000, BAD),
    _port("leading noughts", b":00{port}", REFUSED),
    _port("a plus sign", b":+{port}", BAD),
    _port("a minus sign", b":-1", BAD),
    _port("hexadecimal", b":0x50", BAD),
    _port("a space before it", b": {port}", BAD),
    _port("two of them", b":{port}:{port}", BAD),
    _port("Arabic-Indic digits", ":٨٠".encode(), BAD),
    _port("one that is not answered", b":8081", PAGE),
    Trick(
        "port: digits beyond counting in Host",
        Talk(get(b"http://good.test:{port}/", b"good.test:" + b"0" * 5000 + b"1")),
        BAD,
        HONEST,
    ),
    Trick(
        "port: a host that is allowed, at port 25", Talk(get(b"http://good.test:25/", b"good.test:25")), PAGE, HONEST
    ),
    Trick(
        "port: a host that is allowed, at port 25 by CONNECT",
        Talk(get(b"/", b"good.test:25"), Way.TLS, connect=connect(b"good.test:25")),
        REFUSED | {CLOSED},
        _CONNECT_TWIN,
    ),
    Trick(
        "port: 587 by CONNECT, where the server speaks first",
        Talk(b"", Way.TUNNEL, connect=connect(b"good.test:587"), patience=1),
        frozenset({CLOSED, 4, 403}),
        _CONNECT_TWIN,
    ),
]

_CONTROLS = [
    Trick(
        f"{name} inside the name",
        Talk(get(b"http://block" + byte + b"ed.test:{port}/", b"blocked.test:{port}")),
        BAD,
        HONEST,
    )
    for name, byte in [("a tab", b"\t"), ("a line feed", b"\n"), ("a return", b"\r"), ("NUL", b"\0"), ("a space", b" ")]
]

TRICKS = table(
    "name",
    [_absolute(*one) for one in _SPELLINGS],
    [_connected(*one) for one in _SPELLINGS],
    _INTERNATIONAL,
    _PORTS,
    _CONTROLS,
)
