"""Messages that cross from one version of HTTP to the other, said well and badly; what leaves is read strictly.

Of each request that is allowed and comes to its end the origin reads exactly one, with the same body, and of the others
none; a client takes an answer for whole only where it was.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import h2.exceptions
import h11
from mitmproxy import http, options
from mitmproxy.connection import ConnectionState, Server
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.layers.http import (
    HTTPMode,
    HttpRequestHeadersHook,
    HttpRequestHook,
    HttpResponseHeadersHook,
    HttpResponseHook,
)

from saywhy.proxy.mitm import gate
from tests.fuzz import recipes
from tests.fuzz.driving import REFUSED, Driver
from tests.fuzz.mutating import bent, pieces
from tests.fuzz.peers import Heard, Http1Origin, Http2Origin, Http2Peer, Origin, Stream
from tests.wire.tricks import frames

_OF_FRAMES = (b"\0", b"\1", b"\4", b"\5", b"\xff", b"\0\0\0", b"\x80\0\0\1", frames.frame(frames.PING, bytes(8)))
_OURS = frozenset({400, 431, 502, 503})  # what the filter says itself


@dataclass
class Told:
    """A request as the filter has read it, and its answer."""

    request: http.Request
    body: bytearray = field(default_factory=bytearray)
    whole: bool = False
    response: http.Response | None = None
    answer: bytearray = field(default_factory=bytearray)
    answered: bool = False

    @property
    def heard(self) -> Heard:
        return self.request.data.method, self.request.data.path, bytes(self.body)

    @property
    def all_that_it_announced(self) -> bool:
        """Whether only the end of the stream is missing, which HTTP/1.1 does not know."""
        return not self.whole and _announced(self.request) == len(self.body)


class Crossing(Driver):
    """A connection whose bodies are noted as they pass, and whose origins are strict."""

    def __init__(
        self, settings: options.Options, client: bytes, origin: Callable[[], Origin], mode: HTTPMode = HTTPMode.transparent
    ) -> None:  # fmt: skip
        self.told: dict[str, Told] = {}
        self.origins: dict[Server, Origin] = {}
        self._new_origin = origin
        self._asks_for_tls = mode is HTTPMode.regular  # by a whole address (https://)
        alpn = b"h2" if isinstance(origin(), Http2Peer) else b"http/1.1"
        super().__init__(settings, mode, alpn=client, origin_alpn=alpn)

    def close_origins(self) -> None:
        """The origins end their connections."""
        for server in self.origins:
            if server.state is not ConnectionState.CLOSED:
                server.state = ConnectionState.CLOSED
                self._events.append(events.ConnectionClosed(server))
        self._run()

    def check_requests(self, *, gone: bool) -> None:
        """One request at the origins for each that was allowed and is whole. `gone`: no more of them can come."""
        heard = Counter(one for origin in self.origins.values() for one in origin.heard)
        told = Counter(one.heard for one in self.told.values() if one.whole)
        may_be = Counter(one.heard for one in self.told.values() if one.all_that_it_announced)
        assert told <= heard <= told + may_be, f"the origin read {heard}, the filter {told}"
        for server, origin in self.origins.items():
            assert not (gone and origin.open and server.state is ConnectionState.OPEN), "half a request waits for ever"

    def _send(self, origin: Server, data: bytes) -> None:
        if origin.state is ConnectionState.OPEN:
            peer = self.origins.setdefault(origin, self._new_origin())
            if answer := peer.receive(data):
                self._events.append(events.DataReceived(origin, answer))

    def _decide(self, flow: http.HTTPFlow) -> None:
        if self._asks_for_tls and flow.request.scheme == "https":
            gate.refuse(flow, REFUSED)  # no origin here speaks TLS
        else:
            super()._decide(flow)

    def _hook(self, hook: commands.StartHook) -> None:
        super()._hook(hook)
        match hook:
            case HttpRequestHeadersHook() if gate.is_open(hook.flow):
                told = self.told[hook.flow.id] = Told(hook.flow.request)
                hook.flow.request.stream = _noted(told.body)
            case HttpRequestHook() if hook.flow.id in self.told:
                self.told[hook.flow.id].whole = True
            case HttpResponseHeadersHook() if gate.response_passed(hook.flow) and hook.flow.response is not None:
                self.told[hook.flow.id].response = hook.flow.response
                hook.flow.response.stream = _noted(self.told[hook.flow.id].answer)
            case HttpResponseHook() if hook.flow.id in self.told and gate.response_passed(hook.flow):
                self.told[hook.flow.id].answered = True
            case _:
                pass


def _announced(message: http.Message | None) -> int | None:
    said = set() if message is None else set(message.headers.get_all("content-length"))  # several may say the same
    return int(length) if len(said) == 1 and (length := said.pop()).isdigit() else None


def _noted(body: bytearray) -> Callable[[bytes], bytes]:
    def note(data: bytes) -> bytes:
        body.extend(data)
        return data

    return note


def _frames(recipe: bytes, heads: tuple[recipes.Head, ...], chance: Random) -> bytes:
    """What a recipe says, and now and then bent once more."""
    said = recipes.said(recipe, heads)
    return bent((said,), _OF_FRAMES, chance) if chance.random() < 0.2 else said


def _ask_and_check(driver: Crossing, said: bytes, chance: Random) -> None:
    for piece in pieces(said, chance):
        driver.feed(piece)
    gone = chance.random() < 0.5
    if gone:
        driver.end()
    driver.check_requests(gone=gone)


def try_http2_requests(data: bytes, chance: Random, settings: options.Options) -> None:
    """Requests over HTTP/2 to an origin of HTTP/1.1."""
    said = frames.opening() + _frames(data, tuple(recipes.REQUESTS), chance)
    driver = Crossing(settings, b"h2", Http1Origin)
    _ask_and_check(driver, said, chance)
    reader = Http2Peer(client=False)
    with suppress(h2.exceptions.ProtocolError):
        reader.read(said)
        theirs = Counter((one.head[b":method"], one.body) for one in reader.streams.values() if one.ended)
        ours = Counter((method, body) for method, _, body in (one.heard for one in driver.told.values() if one.whole))
        assert ours <= theirs, f"a strict server reads {theirs}, the filter {ours}"


def try_http1_requests(data: bytes, chance: Random, settings: options.Options) -> None:
    """Requests over HTTP/1.1 to an origin of HTTP/2."""
    driver = Crossing(settings, b"http/1.1", Http2Origin, chance.choice((HTTPMode.regular, HTTPMode.transparent)))
    _ask_and_check(driver, data, chance)


def try_http2_answers(data: bytes, chance: Random, settings: options.Options) -> None:
    """Answers over HTTP/2 to a client of HTTP/1.1."""
    said = _frames(data, tuple(recipes.ANSWERS), chance)
    method = chance.choice((b"GET", b"GET", b"HEAD", b"POST"))
    driver = Crossing(settings, b"http/1.1", lambda: Http2Origin(said))
    body = b"Content-Length: 5\r\n\r\nhello" if method == b"POST" else b"\r\n"
    driver.feed(method + b" /1 HTTP/1.1\r\nHost: good.test\r\n" + body)
    if chance.random() < 0.5:
        driver.close_origins()
    (told,) = driver.told.values()
    client = h11.Connection(h11.CLIENT, max_incomplete_event_size=300_000)
    client.send(
        h11.Request(method=method, target="/1", headers=[("Host", "good.test"), ("Transfer-Encoding", "chunked")])
    )
    client.send(h11.EndOfMessage())
    if driver.seen.client:  # none at all would be the end
        client.receive_data(bytes(driver.seen.client))
    read = _read(client, closed=driver.seen.closed)
    _same(told, read, method)
    assert read.ended or not told.answered
    assert not client.trailing_data[0], f"after the answer: {bytes(driver.seen.client)!r}"


def _read(client: h11.Connection, *, closed: bool) -> Stream:
    """One answer, as far as it has come."""
    read = Stream()
    while True:
        event = client.next_event()
        if event is h11.NEED_DATA and closed:
            client.receive_data(b"")
            with suppress(h11.RemoteProtocolError):  # cut off
                while not isinstance(event := client.next_event(), h11.ConnectionClosed):
                    assert not isinstance(event, h11.EndOfMessage), "an answer that was cut passes for whole"
            return read
        if event is h11.NEED_DATA or event is h11.PAUSED or isinstance(event, (h11.ConnectionClosed, h11.EndOfMessage)):
            read.ended = isinstance(event, h11.EndOfMessage)
            return read
        if isinstance(event, h11.Response):
            read.head[b":status"] = b"%d" % event.status_code
        elif isinstance(event, h11.Data):
            read.body += bytes(event.data)


def _same(told: Told, read: Stream, method: bytes) -> None:
    """Whoever has taken an answer for whole has the one that the origin gave, or one of the filter's own."""
    assert not (method == b"HEAD" and read.body)
    if read.ended and told.answered:
        bodiless = method == b"HEAD" or read.head[b":status"] == b"205"  # RFC 9110 section 15.3.6
        assert read.body == (b"" if bodiless else bytes(told.answer))
    elif read.ended and _announced(told.response) != len(told.answer):  # else all that was announced has come
        assert int(read.head[b":status"]) in _OURS, "an answer that was cut passes for whole"


def try_http1_answers(data: bytes, chance: Random, settings: options.Options) -> None:
    """Answers over HTTP/1.1 to a client of HTTP/2."""
    method, closes = chance.choice((b"GET", b"GET", b"HEAD", b"POST")), chance.random() < 0.7
    driver = Crossing(settings, b"h2", lambda: Http1Origin(data))
    client = Http2Peer(client=True)
    for number in (1, 3):
        client.h2.send_headers(number, frames.fields(b"good.test", b"/%d" % number, method=method), end_stream=True)
    driver.feed(client.h2.data_to_send())
    if closes:
        driver.close_origins()
    client.read(bytes(driver.seen.client))
    assert not client.goodbye
    for told in driver.told.values():
        read = client.streams.get(int(told.request.path[1:]), Stream())
        _same(told, read, method)
        assert read.ended or not told.answered
        assert read.ended or read.reset or not closes, "the client waits for ever"
    _as_strict(driver, data, method, closes=closes)


def _as_strict(driver: Crossing, data: bytes, method: bytes, *, closes: bool) -> None:
    """Where a strict reader takes the origin's bytes for a whole answer, the filter has read the same body.

    But h11 knows chunks in HTTP/1.0, browsers do not, and the body of a 205 goes no further (RFC 9110 section 15.3.6).
    """
    strict = h11.Connection(h11.CLIENT, max_incomplete_event_size=300_000)
    strict.send(h11.Request(method=method, target="/1", headers=[("Host", "good.test"), ("Content-Length", "0")]))
    strict.send(h11.EndOfMessage())
    if data:
        strict.receive_data(data)
    with suppress(h11.RemoteProtocolError):
        theirs = _until_whole(strict, closes=closes)
        for told in driver.told.values():
            alike = theirs.head.get(b"version") == b"1.1" and theirs.head[b":status"] != b"205"
            assert not (theirs.ended and told.answered and alike) or told.answer == theirs.body


def _until_whole(strict: h11.Connection, *, closes: bool) -> Stream:
    read = Stream()
    while not isinstance(event := strict.next_event(), (h11.ConnectionClosed, h11.EndOfMessage)):
        if event is h11.PAUSED or (event is h11.NEED_DATA and not closes):
            return read
        if event is h11.NEED_DATA:
            strict.receive_data(b"")
        elif isinstance(event, h11.Response):
            read.head = {b":status": b"%d" % event.status_code, b"version": event.http_version}
        elif isinstance(event, h11.Data):
            read.body += bytes(event.data)
    read.ended = isinstance(event, h11.EndOfMessage)
    return read
