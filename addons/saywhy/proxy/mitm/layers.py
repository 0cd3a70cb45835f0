"""Protocol layers that keep the way closed even when every hook fails.

`GuardedStream` (`guarded_stream`) asks the gate before a connection to an origin is opened. This layer puts it, and the
strict readers of both sides, where mitmproxy puts its own.
"""

from mitmproxy.connection import Connection, Server
from mitmproxy.proxy import commands, events, layer, tunnel
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import GetHttpConnection, HttpClient, HttpLayer, HTTPMode, HttpStream
from mitmproxy.proxy.layers.tls import ServerTLSLayer

from saywhy.proxy.mitm import gate
from saywhy.proxy.mitm.guarded_stream import GetOpenConnection, GuardedStream, Unreachable
from saywhy.proxy.mitm.origin_client import StrictHttpClient
from saywhy.proxy.mitm.origin_tls import OriginTls
from saywhy.proxy.mitm.strict_http1 import StrictHttp1Server
from saywhy.proxy.mitm.strict_http2 import StrictHttp2Server
from saywhy.proxy.mitm.teardown import Streams
from saywhy.proxy.outbound.connect_to import ConnectToHost

__all__ = ["GuardedHttpLayer", "RefusedLayer", "Unreachable"]


class GuardedHttpLayer(HttpLayer):
    """HTTP in which every stream is guarded and every head read strictly."""

    def __init__(self, context: Context, mode: HTTPMode, unreachable: Unreachable, distrusted: gate.Distrusted) -> None:
        super().__init__(context, mode)
        self._unreachable = unreachable
        self._distrusted = distrusted
        self.streams: Streams = Streams()
        self.leaving: set[Connection] = set()  # connections to origins that take no new requests
        self._wanted: GetOpenConnection | None = None

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Start) and self.context.client not in self.connections:
            strict = StrictHttp2Server if self.context.client.alpn == b"h2" else StrictHttp1Server
            self.connections[self.context.client] = strict(self.context.fork())
        if isinstance(event, events.Start):  # mitmproxy would make one of its own besides
            yield from self.event_to_child(self.connections[self.context.client], event)
        else:
            yield from super()._handle_event(event)
        self.streams.settle()

    def get_connection(self, event: GetHttpConnection, *, reuse: bool = True) -> layer.CommandGenerator[None]:
        """As in mitmproxy; a new connection that has to lead through another host is told so before it is opened."""
        self._wanted = event if isinstance(event, GetOpenConnection) and event.through else None
        try:
            yield from super().get_connection(event, reuse=reuse)
        finally:
            self._wanted = None

    def _lead_through(self, server: Server) -> None:
        """Have a connection that is not open yet go to another host; in TLS it still asks for the site's own."""
        wanted, self._wanted = self._wanted, None
        if wanted is not None and server.address == wanted.address and not server.connected:
            host, port = wanted.address
            server.address = (ConnectToHost(wanted.through, host), port)

    def event_to_child(self, child: layer.Layer | HttpStream, event: events.Event) -> layer.CommandGenerator[None]:
        """Pass an event on; mitmproxy's connection to an origin, where it starts, is exchanged for the strict one."""
        if isinstance(event, events.Start):
            child = self._strict(child)
            if self._wanted is not None:
                self._lead_through(child.context.server)
        yield from super().event_to_child(child, event)

    def _strict(self, child: layer.Layer) -> layer.Layer:
        if type(child) is ServerTLSLayer:
            tls = OriginTls(child.context)
            tls.child_layer = child.child_layer
            child = self._exchanged(child, tls)
        elif type(child) is HttpClient:
            child = self._exchanged(child, StrictHttpClient(child.context))
        if isinstance(child, tunnel.TunnelLayer):
            child.child_layer = self._strict(child.child_layer)
        return child

    def _exchanged(self, child: layer.Layer, strict: layer.Layer) -> layer.Layer:
        strict.context.layers.remove(child)
        if self.connections.get(strict.context.server) is child:
            self.connections[strict.context.server] = strict
        return strict

    def make_stream(self, stream_id: int) -> layer.CommandGenerator[None]:
        """Make a guarded stream where mitmproxy makes a plain one."""
        stream = GuardedStream(self.context.fork(), stream_id, self._unreachable, self._distrusted, self.leaving)
        self.streams[stream_id] = stream
        yield from self.event_to_child(stream, events.Start())


class RefusedLayer(layer.Layer):
    """A protocol that is not HTTP: the connection is closed, nothing is relayed."""

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, (events.Start, events.DataReceived)):
            yield commands.CloseConnection(self.context.client)
