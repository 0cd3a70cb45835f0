"""Indirect: an allowed site that is asked to fetch a blocked one, and other ways that never name it to the filter."""

from tests.wire.tricks.trick import HONEST, PAGE, Talk, Trick, Way, get, table


def _via(name: str, host: bytes, blocked: bytes, good: bytes) -> Trick:
    def talk(path: bytes) -> Talk:
        return Talk(get(b"http://" + host + b":{port}" + path, host + b":{port}"))

    return Trick(name, talk(blocked), PAGE, talk(good))


def _by_host(name: str, blocked: bytes, good: bytes) -> Trick:
    def talk(host: bytes) -> Talk:
        return Talk(get(b"http://" + host + b":{port}/", host + b":{port}"))

    return Trick(name, talk(blocked), PAGE, talk(good))


_CARRIERS = [
    _via("a translator", b"translate.google.com", b"/translate?sl=en&tl=de&u=http://blocked.test/", b"/translate?sl=en&tl=de&u=http://good.test/"),
    _via("a translator, its address encoded", b"translate.google.com", b"/translate?u=http%3A%2F%2Fblocked%2Etest%2F", b"/translate?u=http%3A%2F%2Fgood%2Etest%2F"),
    _via("a translator, without a scheme", b"translate.google.com", b"/translate?u=blocked.test", b"/translate?u=good.test"),
    _by_host("a translator's own name for it", b"blocked-test.translate.goog", b"good-test.translate.goog"),
    _via("an archive", b"web.archive.org", b"/web/2020/http://blocked.test/", b"/web/2020/http://good.test/"),
    _via("an archive, without a scheme", b"web.archive.org", b"/web/2020id_/blocked.test", b"/web/2020id_/good.test"),
    _via("a cache", b"webcache.googleusercontent.com", b"/search?q=cache:blocked.test/", b"/search?q=cache:good.test/"),
]  # fmt: skip

_DNS = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07blocked\x04test\x00\x00\x01\x00\x01"


def _dns(name: str, data: bytes, twin: bytes) -> Trick:
    return Trick(name, Talk(data, Way.TLS), PAGE, Talk(twin, Way.TLS, says=b"o"))


_RESOLVERS = [
    _dns(
        "DNS over HTTPS by POST",
        b"POST /dns-query HTTP/1.1\r\nHost: good.test:{port}\r\nContent-Type: application/dns-message\r\n"
        b"Content-Length: 30\r\n\r\n" + _DNS,
        b"POST /echo HTTP/1.1\r\nHost: good.test:{port}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    ),
    _dns(
        "DNS over HTTPS by GET",
        get(b"/dns-query?dns=EjQBAAABAAAAAAAAB2Jsb2NrZWQEdGVzdAAAAQAB", b"good.test:{port}", more=b"Accept: application/dns-message\r\n"),
        get(b"/dns-help?about=dns", b"good.test:{port}"),
    ),
    _dns(
        "DNS over HTTPS in JSON",
        get(b"/resolve?name=blocked.test&type=A", b"good.test:{port}", more=b"Accept: application/dns-json\r\n"),
        get(b"/resolve?name=x", b"good.test:{port}", more=b"Accept: application/json\r\n"),
    ),
]  # fmt: skip

_SOCKET = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
_RAISES = b"HTTP/1.1 302 Found\r\nLocation: http://blocked.test/\r\nContent-Length: 5\r\n\r\nhello"


def _lines(name: str, lines: bytes) -> Trick:
    """Words about an allowed place do not open a blocked one, and words about a blocked one do not close an allowed."""
    blocked, good = b"blocked.test:{port}", b"good.test:{port}"
    return Trick(
        name,
        Talk(get(b"http://" + blocked + b"/", blocked, more=lines.replace(b"NAMED", good))),
        PAGE,
        Talk(get(b"http://" + good + b"/", good, more=lines.replace(b"NAMED", blocked))),
    )


_WORDS = [
    _lines("a referrer", b"Referer: http://NAMED/\r\n"),
    _lines("an origin", b"Origin: http://NAMED\r\n"),
    _lines("a forwarded host", b"X-Forwarded-Host: NAMED\r\n"),
    _lines("Forwarded", b"Forwarded: for=127.0.0.1;host=NAMED\r\n"),
    _lines("another client's address", b"X-Forwarded-For: 10.0.0.1\r\nForwarded: for=10.0.0.1\r\n"),
    _lines("another URL", b"X-Original-URL: http://NAMED/\r\nX-Rewrite-URL: http://NAMED/\r\n"),
    _lines("another method", b"X-HTTP-Method-Override: CONNECT\r\n"),
    _lines("an alternative service", b"Alt-Used: NAMED\r\n"),
    _lines("a password for the proxy", b"Proxy-Authorization: Basic NAMED\r\n"),
    Trick(
        "an allowed address in a blocked one's query",
        Talk(get(b"http://blocked.test:{port}/?url=http://good.test/", b"blocked.test:{port}")),
        PAGE,
        Talk(get(b"http://good.test:{port}/?url=http://blocked.test/", b"good.test:{port}")),
    ),
    Trick(
        "a WebSocket",
        Talk(get(b"http://blocked.test:{port}/ws", b"blocked.test:{port}", more=_SOCKET)),
        PAGE,
        Talk(get(b"http://good.test:{port}/ws", b"good.test:{port}", more=_SOCKET), served=frozenset({101}), says=b""),
    ),
    Trick(
        "a WebSocket inside TLS",
        Talk(get(b"/ws", b"blocked.test:{port}", more=_SOCKET), Way.TLS, "blocked.test"),
        PAGE,
        Talk(get(b"/ws", b"good.test:{port}", more=_SOCKET), Way.TLS, served=frozenset({101}), says=b""),
    ),
    Trick(
        "what a redirect leads to",
        Talk(get(b"http://blocked.test:{port}/", b"blocked.test:{port}")),
        PAGE,
        Talk(get(b"http://good.test:{port}/answer/" + _RAISES.hex().encode(), b"good.test:{port}"), served=frozenset({302})),
    ),
    Trick(
        "a method that changes nothing",
        Talk(b"TRACE http://blocked.test:{port}/ HTTP/1.1\r\nHost: blocked.test:{port}\r\n\r\n"),
        PAGE,
        HONEST,
    ),
]  # fmt: skip

TRICKS = table("indirect", _CARRIERS, _RESOLVERS, _WORDS)
