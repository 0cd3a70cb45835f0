"""Disagreement: one request that names two places, in the hope that the filter asks one and the server hears the other."""

from tests.wire.tricks.trick import (
    BAD,
    HONEST,
    HONEST_INSIDE,
    PAGE,
    REFUSED,
    SERVED,
    Talk,
    Trick,
    Way,
    connect,
    get,
    table,
)

_GOOD, _BLOCKED = b"good.test:{port}", b"blocked.test:{port}"


def _plain(name: str, target: bytes, *headers: bytes, refused: frozenset[int] = BAD, version: bytes = b"1.1") -> Trick:
    data = b"GET " + target + b" HTTP/" + version + b"\r\n" + b"".join(one + b"\r\n" for one in headers) + b"\r\n"
    return Trick(name, Talk(data), refused, HONEST)


def _unheeded(name: str, named: bytes) -> Trick:
    """A Host that counts for nothing beside a whole address: the allowed origin is asked, by its own name."""
    return Trick(name, Talk(get(b"http://" + _GOOD + b"/", named)), SERVED, HONEST, reaches=True)


def _inside(name: str, host: str, sni: str, named: bytes, refused: frozenset[int] = REFUSED) -> Trick:
    return Trick(name, Talk(get(b"/", named), Way.TLS, host, sni), refused, HONEST_INSIDE)


_ON_THE_PORT = [
    _plain("target blocked, Host allowed", b"http://" + _BLOCKED + b"/", b"Host: " + _GOOD, refused=PAGE),
    _unheeded("target allowed, Host blocked", _BLOCKED),
    _unheeded("target allowed, Host blocked without a port", b"blocked.test"),
    _unheeded("target allowed, Host a number", b"127.0.0.9:80"),
    _plain("two Hosts, allowed first", b"http://" + _GOOD + b"/", b"Host: " + _GOOD, b"Host: " + _BLOCKED),
    _plain("two Hosts, blocked first", b"http://" + _GOOD + b"/", b"Host: " + _BLOCKED, b"Host: " + _GOOD),
    _plain("two Hosts that agree", b"http://" + _GOOD + b"/", b"Host: " + _GOOD, b"Host: " + _GOOD),
    _plain("two Hosts in one", b"http://" + _GOOD + b"/", b"Host: " + _GOOD + b", " + _BLOCKED),
    _plain("a Host folded", b"http://" + _GOOD + b"/", b"Host: " + _GOOD, b" blocked.test"),
    _plain("a Host on a folded line", b"http://" + _GOOD + b"/", b"X: y", b" Host: " + _BLOCKED, b"Host: " + _GOOD),
    _plain("a Host with a space before its colon", b"http://" + _GOOD + b"/", b"Host : " + _BLOCKED, b"Host: " + _GOOD),
    _plain("a Host with a user", b"http://" + _GOOD + b"/", b"Host: good.test@" + _BLOCKED),
    _plain("a Host with a path", b"http://" + _GOOD + b"/", b"Host: " + _GOOD + b"/blocked.test"),
    _plain("a Host with a scheme", b"http://" + _GOOD + b"/", b"Host: http://" + _BLOCKED),
    _plain("an empty Host", b"http://" + _GOOD + b"/", b"Host:"),
    _plain("an empty Host at a blocked target", b"http://" + _BLOCKED + b"/", b"Host:", refused=REFUSED),
    _plain("no Host", b"http://" + _GOOD + b"/"),
    _plain("no Host at a blocked target, HTTP/1.0", b"http://" + _BLOCKED + b"/", version=b"1.0", refused=REFUSED),
    _unheeded("a Host with another port", b"good.test:81"),
    _unheeded("a Host without the port", b"good.test"),
    _plain("only a Host, blocked", b"/", b"Host: " + _BLOCKED, refused=REFUSED),
    _plain("only X-Forwarded-Host, blocked", b"/", b"X-Forwarded-Host: " + _BLOCKED),
    _plain("a target without its slashes", b"http:" + _BLOCKED + b"/", b"Host: " + _GOOD),
    _plain("a target with one slash", b"http:/" + _BLOCKED + b"/", b"Host: " + _GOOD),
    _plain("a target with a third slash", b"http:///" + _BLOCKED + b"/", b"Host: " + _BLOCKED),
    _plain("a target by name alone", _BLOCKED, b"Host: " + _GOOD),
    _plain("a target with two slashes and no scheme", b"//" + _BLOCKED + b"/", b"Host: " + _BLOCKED, refused=REFUSED),
    _plain("ftp", b"ftp://" + _BLOCKED + b"/", b"Host: " + _BLOCKED),
    _plain("ws", b"ws://" + _BLOCKED + b"/", b"Host: " + _BLOCKED, refused=REFUSED),
    _plain("file", b"file:///etc/passwd", b"Host: " + _GOOD),
    _plain("https on the plain port", b"https://" + _BLOCKED + b"/", b"Host: " + _BLOCKED, refused=REFUSED),
]

_NAMES = {"allowed": b"good.test", "blocked": b"blocked.test"}


def _three_ways() -> list[Trick]:
    """CONNECT, SNI and Host, each of them allowed or blocked, but not all allowed."""
    made = []
    for asked, host in _NAMES.items():
        for greeted, sni in _NAMES.items():
            for called, named in _NAMES.items():
                if {asked, greeted, called} != {"allowed"}:
                    what = f"CONNECT {asked}, SNI {greeted}, Host {called}"
                    made.append(_inside(what, host.decode(), sni.decode(), named + b":{port}"))
    return made


_INSIDE_TLS = [
    _inside("no SNI, Host blocked", "good.test", "", _BLOCKED),
    _inside("no SNI, CONNECT blocked", "blocked.test", "", _BLOCKED),
    _inside("no SNI, CONNECT blocked, Host allowed", "blocked.test", "", _GOOD),
    _inside("SNI in capitals", "blocked.test", "BLOCKED.TEST", _BLOCKED),
    _inside("SNI of a subdomain", "good.test", "www.blocked.test", _GOOD),
    _inside("SNI of another allowed name", "good.test", "www.good.test", _GOOD),
    _inside("Host with another port", "good.test", "good.test", b"good.test:444"),
    _inside("an empty Host inside TLS", "good.test", "good.test", b"", BAD),
    Trick(
        "no Host line at all inside TLS",
        Talk(get(b"/"), Way.TLS),
        BAD,
        HONEST_INSIDE,
    ),
    Trick(
        "CONNECT by number, SNI blocked",
        Talk(get(b"/", _BLOCKED), Way.TLS, "127.0.0.1", "blocked.test"),
        REFUSED,
        HONEST_INSIDE,
    ),
    Trick(
        "CONNECT by the blocked origin's number, SNI allowed",
        Talk(get(b"/", _GOOD), Way.TLS, "127.0.0.2", "good.test"),
        REFUSED,
        HONEST_INSIDE,
    ),
    Trick(
        "the whole address of a blocked place inside TLS",
        Talk(get(b"https://" + _BLOCKED + b"/", _GOOD), Way.TLS),
        BAD,
        HONEST_INSIDE,
    ),
    Trick(
        "the whole address and Host of a blocked place inside TLS",
        Talk(get(b"https://" + _BLOCKED + b"/", _BLOCKED), Way.TLS),
        BAD,
        HONEST_INSIDE,
    ),
    Trick(
        "the whole plain address of a blocked place inside TLS",
        Talk(get(b"http://" + _BLOCKED + b"/", _BLOCKED), Way.TLS),
        BAD,
        HONEST_INSIDE,
    ),
    Trick(
        "the whole plain address of a blocked place inside CONNECT",
        Talk(get(b"http://" + _BLOCKED + b"/", _BLOCKED), Way.TUNNEL),
        BAD,
        Talk(get(b"/", _GOOD), Way.TUNNEL),
    ),
    Trick(
        "a blocked Host inside CONNECT, without TLS",
        Talk(get(b"/", _BLOCKED), Way.TUNNEL),
        BAD,
        Talk(get(b"/", _GOOD), Way.TUNNEL),
    ),
    Trick(
        "CONNECT blocked, without TLS",
        Talk(get(b"/", _BLOCKED), Way.TUNNEL, "blocked.test"),
        REFUSED,
        Talk(get(b"/", _GOOD), Way.TUNNEL),
    ),
    Trick(
        "CONNECT with a blocked Host",
        Talk(get(b"/", _BLOCKED), Way.TLS, "blocked.test", connect=connect(_GOOD, _BLOCKED)),
        REFUSED,
        HONEST_INSIDE,
    ),
    Trick(
        "CONNECT to a blocked place with an allowed Host",
        Talk(get(b"/", _GOOD), Way.TLS, "good.test", connect=connect(_BLOCKED, _GOOD)),
        REFUSED,
        HONEST_INSIDE,
    ),
    Trick(
        "a second request on the connection names a blocked place",
        Talk(get(b"/", _GOOD) + get(b"/smuggled", _BLOCKED), Way.TLS, lingers=True),
        frozenset({200}),
        HONEST_INSIDE,
        reaches=True,
    ),
    Trick(
        "a second request on the proxy's own port names a blocked place",
        Talk(get(b"http://" + _GOOD + b"/", _GOOD) + get(b"http://" + _BLOCKED + b"/smuggled", _BLOCKED), lingers=True),
        frozenset({200}),
        HONEST,
        reaches=True,
    ),
]

TRICKS = table("disagreement", _ON_THE_PORT, _three_ways(), _INSIDE_TLS)
