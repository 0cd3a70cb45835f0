"""The beginning of a connection to an origin: opened, then spoken on as was agreed in its handshake."""

from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers.http import HttpClient, RegisterHttpConnection

from saywhy.proxy.mitm.http2_origin import FlowControlledHttp2Client
from saywhy.proxy.mitm.strict_http1 import StrictHttp1Client


class StrictHttpClient(HttpClient):
    """Opens a connection to an origin and chooses the protocol on it, as mitmproxy does, but the strict one."""

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        error: str | None = None
        if not self.context.server.connected:
            error = yield commands.OpenConnection(self.context.server)
        if not error:
            h2_agreed = self.context.server.alpn == b"h2"
            self.child_layer = (FlowControlledHttp2Client if h2_agreed else StrictHttp1Client)(self.context)
            self._handle_event = self.child_layer.handle_event  # type: ignore[method-assign]
            yield from self.child_layer.handle_event(event)
        yield RegisterHttpConnection(self.context.server, error)
