"""One client connection without a socket: bytes in, the real layers and the real reading, bytes out.

The layer, the gate and `read_target` are those of the running proxy; instead of a policy, every request that can be
read is allowed. An origin that is connected to answers each request it has been sent with 200, at once.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mitmproxy import http, options
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.connection import Client, ConnectionState, Server
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import (
    HttpErrorHook,
    HTTPMode,
    HttpRequestHeadersHook,
    HttpRequestHook,
    HttpResponseHeadersHook,
)
from mitmproxy.test import taddons

from saywhy.explain.answer import Answer
from saywhy.proxy.mitm import gate
from saywhy.proxy.mitm.gate import Distrusted
from saywhy.proxy.mitm.layers import GuardedHttpLayer
from saywhy.proxy.mitm.reading import AmbiguousRequestError, read_target

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
REFUSED = Answer(400, "text/plain", b"no", {})


@dataclass
class Seen:
    """What came of it."""

    client: bytearray = field(default_factory=bytearray)
    origin: bytearray = field(default_factory=bytearray)
    requests: list[http.Request] = field(default_factory=list)
    closed: bool = False


class Driver:
    """Feeds a connection and does what it commands."""

    def __init__(
        self,
        settings: options.Options,
        mode: HTTPMode = HTTPMode.regular,
        answer: bytes = OK,
        alpn: bytes | None = None,
        origin_alpn: bytes | None = None,
    ) -> None:
        self.seen = Seen()
        self._origin_alpn = origin_alpn
        self._answer = answer
        self._client = Client(
            peername=("127.0.0.1", 1), sockname=("127.0.0.1", 2), state=ConnectionState.OPEN, timestamp_start=0
        )
        self._client.alpn = alpn
        context = Context(self._client, settings)
        context.server = Server(address=("good.test", 80))
        self._layer = GuardedHttpLayer(context, mode, lambda _, error: http.Response.make(502, error), Distrusted())
        self._events: deque[events.Event] = deque([events.Start()])
        self._run()

    def feed(self, data: bytes) -> None:
        """Bytes from the client."""
        if not self.seen.closed:
            self._events.append(events.DataReceived(self._client, data))
            self._run()

    def end(self) -> None:
        """The client has gone."""
        self._client.state = ConnectionState.CLOSED
        self._events.append(events.ConnectionClosed(self._client))
        self._run()

    def _run(self) -> None:
        while self._events:
            for command in self._layer.handle_event(self._events.popleft()):
                self._do(command)

    def _do(self, command: commands.Command) -> None:
        match command:
            case commands.SendData() if command.connection is self._client:
                self.seen.client += command.data
            case commands.SendData():
                self._send(command.connection, command.data)  # type: ignore[arg-type]
            case commands.CloseConnection():
                command.connection.state = ConnectionState.CLOSED
                self.seen.closed |= command.connection is self._client
            case commands.OpenConnection():
                command.connection.state = ConnectionState.OPEN
                command.connection.alpn = self._origin_alpn
                self._events.append(events.OpenConnectionCompleted(command, None))
            case commands.StartHook():
                self._hook(command)
                self._events.append(events.HookCompleted(command))
            case layer.NextLayer():
                pass
            case commands.Log() | commands.RequestWakeup():
                pass
            case _:
                raise AssertionError(f"nobody knows how to do {command}")

    def _send(self, origin: Server, data: bytes) -> None:
        self.seen.origin += data
        if (
            origin.state is ConnectionState.OPEN
            and data.endswith(b"\r\n\r\n")
            and b" HTTP/1." in data.partition(b"\r\n")[0]
        ):
            self._events.append(events.DataReceived(origin, self._answer))

    def _hook(self, hook: commands.StartHook) -> None:
        match hook:
            case HttpRequestHeadersHook():
                self._decide(hook.flow)
            case HttpRequestHook() if hook.flow.response is None and not gate.is_open(hook.flow):
                gate.refuse_without_explaining(hook.flow)
            case HttpResponseHeadersHook() if gate.is_open(hook.flow):
                if hook.flow.response is not None and hook.flow.response.status_code != 101:
                    gate.pass_response(hook.flow)
            case HttpErrorHook() | _:
                pass

    def _decide(self, flow: http.HTTPFlow) -> None:
        gate.close(flow)
        if flow.error is not None:
            return
        try:
            read_target(flow.request, flow.client_conn.sni)
        except AmbiguousRequestError:
            gate.refuse(flow, REFUSED)
        else:
            self.seen.requests.append(flow.request)
            flow.request.stream = True
            gate.open_for(flow)


@contextmanager
def settings() -> Iterator[options.Options]:
    """mitmproxy's options, with those that its proxy adds."""
    with taddons.context(Proxyserver(), loadcore=False) as context:
        context.options.update(connection_strategy="lazy", rawtcp=False)
        yield context.options
