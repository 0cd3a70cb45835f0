"""The layers of an inspected connection, put together without guessing: TLS that was read already, then HTTP.

mitmproxy would read the ClientHello a second time and choose layers by looking at bytes. Here the front door knows.
"""

from mitmproxy.proxy import layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HTTPMode
from mitmproxy.proxy.layers.http._http1 import Http1Server
from mitmproxy.proxy.layers.http._http2 import Http2Connection
from mitmproxy.proxy.layers.tls import ClientTLSLayer, TLSLayer

from addons.proxy import gate
from addons.proxy.client_hello import ClientHello
from addons.proxy.layers import GuardedHttpLayer, Unreachable


class InsideHttp(GuardedHttpLayer):
    """HTTP of which the driver of the connection can ask how it stands."""

    def backlog(self) -> int:
        """Bytes for the client that HTTP/2 holds back until the client takes them."""
        client = self.connections.get(self.context.client)
        if not isinstance(client, Http2Connection):
            return 0
        waiting = client.h2_conn.stream_buffers
        return sum(len(piece.data) for pieces in waiting.values() for piece in pieces) if waiting else 0

    def head_is_open(self) -> bool:
        """Whether a request head has begun and is not whole."""
        client = self.connections.get(self.context.client)
        return isinstance(client, Http1Server) and bool(client.buf) and client.state == client.read_headers


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
        self.backlog = self.http.backlog

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
