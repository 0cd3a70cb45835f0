"""The layers of an inspected connection, put together without guessing: TLS that was read already, then HTTP.

mitmproxy would read the ClientHello a second time and choose layers by looking at bytes. Here the front door knows.
"""

from mitmproxy.connection import Connection
from mitmproxy.proxy import events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HTTPMode
from mitmproxy.proxy.layers.tls import ClientTLSLayer, ServerTLSLayer, TLSLayer

from saywhy.proxy.memory import fresh_buffers
from saywhy.proxy.mitm import gate
from saywhy.proxy.mitm.guarded_stream import AnswerOverdueError, GuardedStream
from saywhy.proxy.mitm.http2_flow_control import HELD, FlowControlled, Settle, waiting_on
from saywhy.proxy.mitm.http2_origin import FlowControlledHttp2Client
from saywhy.proxy.mitm.layers import GuardedHttpLayer, Unreachable
from saywhy.proxy.mitm.strict_http1 import StrictHttp1Server
from saywhy.proxy.mitm.strict_http2 import StrictHttp2Server
from saywhy.proxy.mitm.teardown import is_at_work, let_go_of_stack
from saywhy.proxy.mitm.transport import AnswersOverdue, Unanswered
from saywhy.proxy.tls.client_hello import ClientHello


class FlowControlledHttp2Server(FlowControlled, StrictHttp2Server):
    """Towards the client: read strictly, and uploads come as fast as the origin takes them."""


class InsideHttp(GuardedHttpLayer):
    """HTTP of which the driver of the connection can ask how it stands."""

    def __init__(self, context: Context, mode: HTTPMode, unreachable: Unreachable, trust: gate.Distrusted) -> None:
        super().__init__(context, mode, unreachable, trust)
        self._http2_client: FlowControlledHttp2Server | None = None
        self._http2_origins: list[FlowControlledHttp2Client] = []
        self._gone: set[Connection] = set()  # connections to origins that are over

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Start) and self.context.client.alpn == b"h2":
            client = FlowControlledHttp2Server(self.context.fork())
            client.control_flow(self._waiting_for_origins)
            self._http2_client = self.connections[self.context.client] = client
        if isinstance(event, AnswersOverdue):
            for stream_id in event.stream_ids:
                if stream_id in self.streams:
                    yield from self.event_to_child(self.streams[stream_id], AnswerOverdueError(stream_id))
            return
        if isinstance(event, events.ConnectionEvent) and event.connection not in self.connections:
            return  # what was let go of has still said that it is over
        yield from super()._handle_event(event)
        if self._http2_client is not None and isinstance(event, events.DataReceived):
            yield from self._settle(self._http2_client)
        if self._gone:
            self._let_go_of_origins()

    def _settle(self, client: FlowControlledHttp2Server) -> layer.CommandGenerator[None]:
        """Each side may have taken what the other waits to send more of."""
        for origin in self._http2_origins:
            if origin.owed and origin.conn in self.connections:
                yield from self.event_to_child(self.connections[origin.conn], Settle())
        if client.owed:
            yield from client.settle()

    def _let_go_of_origins(self) -> None:
        """Mitmproxy keeps each connection's layers, TLS and all, for as long as the client stays."""
        used = {stream.context.server for stream in self.streams.values()}
        asking = list(self.command_sources.values())
        for server in self._gone - used:
            stack = self.connections.get(server)
            if stack is None or not (stack in asking or is_at_work(stack)):
                self.connections.pop(server, None)
                self._http2_origins = [one for one in self._http2_origins if one.conn is not server]
                self.leaving.discard(server)
                self._gone.discard(server)
                if stack is not None:
                    let_go_of_stack(stack)

    def origin_is_gone(self, server: Connection) -> None:
        """The connection to an origin is over; what belongs to it goes with the next event, once no stream needs it."""
        self._gone.add(server)

    def origin_speaks_http2(self, origin: FlowControlledHttp2Client) -> None:
        """A connection to an origin speaks HTTP/2."""
        origin.control_flow(self._waiting_for_client)
        self._http2_origins = [one for one in self._http2_origins if one.conn.connected] + [origin]

    def _waiting_for_client(self, stream_id: int) -> int:
        return 0 if self._http2_client is None else waiting_on(self._http2_client, stream_id)

    def _waiting_for_origins(self, stream_id: int) -> int:
        return sum(origin.waiting_for_origin(stream_id) for origin in self._http2_origins)

    def not_to_be_read(self) -> set[Connection]:
        """Connections to origins, one for each stream, of whose stream the client takes nothing for now."""
        client = self._http2_client
        if client is None or not client.h2_conn.stream_buffers:
            return set()
        return {
            self.streams[stream_id].context.server
            for stream_id in client.h2_conn.stream_buffers
            if waiting_on(client, stream_id) > HELD
            and stream_id in self.streams
            and self.streams[stream_id].context.server.alpn != b"h2"
        }

    def give_up(self, server: Connection, why: str) -> None:
        """Say why the handshake with an origin ends, before its connection is closed."""
        stack = self.connections.get(server)
        if isinstance(stack, ServerTLSLayer):
            finished = stack._handshake_finished  # noqa: SLF001 — the one place where the reason can be given
            stack._handshake_finished = lambda error: finished(error and why)  # type: ignore[method-assign, assignment]  # noqa: SLF001

    def head_is_open(self) -> bool:
        """Whether the first request has not come, or the head of a further one has begun and is not whole."""
        client = self._http2_client or self.connections.get(self.context.client)
        assert isinstance(client, (StrictHttp1Server, StrictHttp2Server))
        return client.head_is_open

    def rest(self) -> None:
        """Nothing is held here that could be let go of."""

    def has_requests(self) -> bool:
        """Whether a request is under way."""
        return bool(self.streams)

    def unanswered(self) -> list[Unanswered]:
        """The requests that an origin has and has not begun to answer."""
        waiting = []
        for stream_id, stream in self.streams.items():
            assert isinstance(stream, GuardedStream)
            since = stream.unanswered_since()
            if since is not None:
                waiting.append(Unanswered(stream.flow.id, stream_id, stream.flow.request.host, since))
        return waiting


class InsideTls(ClientTLSLayer):
    """TLS with a client whose ClientHello the front door has read; HTTP inside."""

    def __init__(self, context: Context, hello: ClientHello, unreachable: Unreachable, trust: gate.Distrusted) -> None:
        context.layers.append(self)  # mitmproxy looks for the layer above
        super().__init__(context)
        context.client.sni = hello.sni
        context.client.alpn_offers = hello.alpn
        context.server.tls = True
        self.http = InsideHttp(context, HTTPMode.transparent, unreachable, trust)
        self.child_layer = self.http
        self.client_hello_parsed = True
        self._tls_to_come = True
        self.not_to_be_read = self.http.not_to_be_read
        self.give_up = self.http.give_up
        self.origin_is_gone = self.http.origin_is_gone
        self.has_requests = self.http.has_requests
        self.unanswered = self.http.unanswered

    def rest(self) -> None:
        """Let the buffers go that earlier answers needed."""
        if self.context.client.tls_established:
            fresh_buffers(self.tls)

    def head_is_open(self) -> bool:
        """Whether the handshake or a request head has begun and is not whole."""
        return not self.context.client.tls_established or self.http.head_is_open()

    def receive_handshake_data(self, data: bytes) -> layer.CommandGenerator[tuple[bool, str | None]]:
        """Begin TLS with the ClientHello, then as mitmproxy does."""
        if self._tls_to_come:
            self._tls_to_come = not data
            if not data:
                return False, None
            yield from self.start_tls()
            if not self.conn.connected:
                return False, "connection closed early"
        return (yield from TLSLayer.receive_handshake_data(self, data))
