"""What is tried: the greeting of TLS, the head of a request, a body in chunks. Each raises when something is wrong."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random

import h11
from mitmproxy import options
from mitmproxy.net.check import is_valid_host
from mitmproxy.proxy.layers.http import HTTPMode
from mitmproxy.proxy.layers.tls import parse_client_hello

from saywhy.policy.address import canonical_url
from saywhy.proxy.tls.client_hello import ClientHelloError, read_client_hello
from tests.fuzz import crossing, lanes
from tests.fuzz.driving import Driver
from tests.fuzz.mutating import pieces
from tests.fuzz.recipes import DATA, HEADERS, IN_TWO, ODD, PADDED, RESET, TRAILERS, step
from tests.wire.tricks import hellos

type Try = Callable[[bytes, Random, options.Options], None]
type Greeting = tuple[str | None, tuple[bytes, ...]]
"""The name and the protocols of a ClientHello."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that takes bytes from anybody."""

    name: str
    seeds: Sequence[bytes]
    words: Sequence[bytes]
    run: Try


def try_greeting(data: bytes, chance: Random, settings: options.Options) -> None:
    """Read it as the filter does and as mitmproxy does: where both can, they read the same.

    Of a name that no host could have mitmproxy says that there is none; the filter keeps it, and it fits no host.
    """
    del chance, settings
    ours, theirs = _ours(data), _theirs(data)
    if ours is not None and ours[0] is not None and not is_valid_host(ours[0].encode()):
        ours = (None, ours[1])
    assert ours is None or theirs is None or ours == theirs, f"read as {ours}, and by mitmproxy as {theirs}"


def _ours(data: bytes) -> Greeting | None:
    with suppress(ClientHelloError):
        hello = read_client_hello(data)
        if hello is not None:
            return hello.sni, hello.alpn
    return None


def _theirs(data: bytes) -> Greeting | None:
    with suppress(ValueError, AttributeError):  # its parser looks for names in extensions that it could not read
        hello = parse_client_hello(data)
        if hello is not None:
            return hello.sni, tuple(hello.alpn_protocols)
    return None


def try_request(data: bytes, chance: Random, settings: options.Options) -> None:
    """Say it on a connection. What reaches an origin is canonical, and an honest server can read it to its end."""
    mode = chance.choice((HTTPMode.regular, HTTPMode.regular, HTTPMode.transparent))
    driver = Driver(settings, mode)
    for piece in pieces(data, chance):
        driver.feed(piece)
    if chance.random() < 0.5:
        driver.end()
    for request in driver.seen.requests:
        host = f"[{request.host}]" if ":" in request.host else request.host
        path = request.path if request.path != "*" else "/"
        url = canonical_url(f"{request.scheme}://{host}:{request.port}{path}")
        assert (url.host, url.port, url.origin_form) == (request.host, request.port, path), request
    if mode is HTTPMode.transparent:  # one origin: what it received is one conversation
        _readable(bytes(driver.seen.origin))


def _readable(received: bytes) -> None:
    server = h11.Connection(h11.SERVER, max_incomplete_event_size=200_000)
    server.receive_data(received)
    while True:
        event = server.next_event()  # raises RemoteProtocolError when it cannot be read
        if event is h11.NEED_DATA or event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
            return
        if isinstance(event, h11.Request):
            server.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
        if isinstance(event, h11.EndOfMessage):
            server.send(h11.EndOfMessage())
            if server.our_state is h11.MUST_CLOSE:
                return
            server.start_next_cycle()


_HEADS = (
    b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n",
    b"GET /a/b?c=d HTTP/1.1\r\nHost: good.test\r\nCookie: a=b; c=d\r\nAccept-Encoding: gzip, br\r\nReferer: http://a/\r\n\r\n",
    b"GET http://good.test:80/a%2Fb/../%e2%82%ac;x=1#f HTTP/1.0\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: good.test\r\n\r\n",
    b"HEAD http://[::1]:8080/ HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
    b"CONNECT good.test:443 HTTP/1.1\r\nHost: good.test:443\r\nProxy-Connection: keep-alive\r\n\r\n\x16\x03\x01\x02\x00",
    b"POST http://good.test/ HTTP/1.1\r\nHost: good.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
    b"GET /ws HTTP/1.1\r\nHost: good.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: good.test\r\n\r\nGET /2 HTTP/1.1\r\nHost: good.test\r\nConnection: close\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
)  # fmt: skip
_HEAD_WORDS = (
    b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b"/", b"//", b"..", b"%2e", b"%2f", b"%5c", b"%00", b"%c0%af", b"@", b"#", b"?", b";",
    b"*", b"http://", b"https://", b"bad.test", b"127.1", b"[::ffff:1]", b"xn--", b"%", b"\xc2\xad", b"\xef\xbd\x81", b":99999", b":0", b"HTTP/1.0",
    b"HTTP/1.1", b"HTTP/2.0", b"\r\n ", b"Host: bad.test\r\n", b"Content-Length: 5\r\n", b"Content-Length: 0\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"Upgrade: h2c\r\n", b"Expect: 100-continue\r\n", b"\r\n\r\n", b"CONNECT ", b"GET ",
)  # fmt: skip

_CHUNKED = b"POST / HTTP/1.1\r\nHost: good.test\r\nTransfer-Encoding: chunked\r\n\r\n"
_BODIES = (
    b"5\r\nhello\r\n0\r\n\r\n",
    b"5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\nY: z\r\n\r\n",
    b"0\r\n\r\n" + _CHUNKED + b"1\r\nx\r\n0\r\n\r\n",
    b"0005\r\nhello\r\n000\r\n\r\nGET / HTTP/1.1\r\nHost: good.test\r\n\r\n",
    b"40\r\n" + b"x" * 64 + b"\r\n0\r\n\r\n",
)
_BODY_WORDS = (
    b"\r\n", b"\n", b"\r", b"0", b"00000000", b"f", b"ffffffffffffffff", b"7fffffffffffffff", b"0x", b"+", b"-", b";", b" ", b"\t", b"\0", b":",
    b"0\r\n\r\n", b"5\r\nhello\r\n", b"\r\n\r\n", b"GET / HTTP/1.1\r\nHost: bad.test\r\n\r\n",
)  # fmt: skip


def _greetings() -> tuple[bytes, ...]:
    python, browser = hellos.from_ssl(), hellos.like_chromium()
    return (
        python.record(),
        browser.record(),
        browser.plus(21, bytes(200)).record(),
        python.without(hellos.SERVER_NAME).record(),
        python.named(b"good.test", b"bad.test").record(),
        hellos.records(browser.message(), 90),
        hellos.records(python.message(), 7)[:900],
        hellos.Hello(python.start, ()).record(),
    )


_GREETING_WORDS = (
    b"\x16\x03\x01", b"\x16\x03\x03\x00\x00", b"\0", b"\0\0", b"\0\x01", b"\xff", b"\xff\xff", b"\x01\x00", b"\x00\x00\x00\x0e\x00\x0c\x00\x00\x09good.test",
    b"\x00\x10\x00\x0b\x00\x09\x08http/1.1", b"\xfe\x0d\x00\x00", b"good.test", b"bad.test", b"\x02h2", b"\x00\x2b\x00\x03\x02\x03\x04",
)  # fmt: skip

# a head (which, how many more fields, whether it ends the stream), then pieces (which, whether it ends the stream)
_CONVERSATIONS = (
    step(HEADERS, 0, 0, 1),
    step(HEADERS, 1, 0, 0) + step(DATA, 2, 1),
    step(HEADERS, 1, 1, 7, 0) + step(DATA, 1, 1) + step(HEADERS, 0, 0, 1, stream=3),
    step(HEADERS, 0, 2, 0, 1, 0) + step(DATA, 1, 0) + step(DATA, 0, 0) + step(DATA, 5, 0) + step(TRAILERS, 0),
    step(HEADERS, 3, 0, 0) + step(HEADERS, 1, 0, 0, stream=3) + step(DATA, 3, 1, stream=3) + step(PADDED, 4, 1),
    step(IN_TWO, 0, 0, 0) + step(DATA, 6, 0) + step(ODD, 0) + step(DATA, 7, 1) + step(IN_TWO, 2, 0, 1, stream=3),
    step(HEADERS, 1, 0, 0) + step(DATA, 1, 0) + step(RESET) + step(HEADERS, 4, 0, 1, stream=3),
    step(HEADERS, 5, 0, 0) + step(HEADERS, 0, 0, 0) + step(DATA, 1, 1),
)
_STEPS = (
    step(DATA, 1, 0), step(DATA, 2, 1), step(TRAILERS, 0), step(TRAILERS, 4), step(RESET), step(ODD, 2), step(ODD, 7), step(ODD, 8), step(HEADERS, 1, 0, 0),
    step(HEADERS, 0, 3, 9, 10, 16, 1), step(PADDED, 1, 1), step(DATA, 1, 1, stream=3), step(HEADERS, 1, 1, 8, 0, stream=3), step(IN_TWO, 1, 1, 9, 1),
)  # fmt: skip
_ANSWERS = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\nhello until the end",
    b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: x\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 421 Misdirected Request\r\nContent-Length: 2\r\n\r\nno",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: /a\r\nConnection: X-A\r\nX-A: b\r\nContent-Length: 0\r\n\r\n",
)

_FIELDS = b"Host: good.test\r\nUser-Agent: x\r\nAccept: */*\r\n"
_PLAIN = (
    b"GET http://good.test/ HTTP/1.1\r\n" + _FIELDS + b"\r\n",
    b"GET /a?b HTTP/1.1\r\n"
    + _FIELDS
    + b"Connection: keep-alive\r\n\r\nGET /c HTTP/1.1\r\n"
    + _FIELDS
    + b"Connection: close\r\n\r\n",
    b"POST /a HTTP/1.1\r\n" + _FIELDS + b"Content-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\n" + _FIELDS + b"\r\n",
    b"HEAD http://good.test:80/ HTTP/1.1\r\n" + _FIELDS + b"Cookie: a\r\nCookie: b\r\n\r\n" + _CHUNKED + _BODIES[0],
)
_PLAIN_WORDS = (
    *_HEAD_WORDS, *_BODY_WORDS, b"GET /d HTTP/1.1\r\n" + _FIELDS + b"\r\n", b"Connection: keep-alive\r\n", b"Connection: X\r\n", b"Content-Length: 3\r\n", b"http://good.test",
    b"HEAD ", b"POST ", b"X-Method-Override: PUT\r\n", b"X: y\r\n", b"TE: trailers\r\n", _CHUNKED + _BODIES[1],
)  # fmt: skip

SUBJECTS = (
    Subject("greeting", _greetings(), _GREETING_WORDS, try_greeting),
    Subject("head", _HEADS, _HEAD_WORDS, try_request),
    Subject("chunks", tuple(_CHUNKED + body for body in _BODIES), _BODY_WORDS, try_request),
    Subject("requests to HTTP/1.1", _CONVERSATIONS, _STEPS, crossing.try_http2_requests),
    Subject(
        "requests to HTTP/2",
        (*_HEADS, *(_CHUNKED + body for body in _BODIES)),
        (*_HEAD_WORDS, *_BODY_WORDS),
        crossing.try_http1_requests,
    ),
    Subject("answers of HTTP/2", _CONVERSATIONS, _STEPS, crossing.try_http2_answers),
    Subject("answers of HTTP/1.1", _ANSWERS, (*_HEAD_WORDS, *_BODY_WORDS), crossing.try_http1_answers),
    Subject("requests in both lanes", (*_PLAIN, *_HEADS), _PLAIN_WORDS, lanes.try_requests),
    Subject("answers in both lanes", _ANSWERS, (*_HEAD_WORDS, *_BODY_WORDS), lanes.try_answers),
)
