"""Protocol layers that keep the way closed even when every hook fails.

mitmproxy's own stream opens the connection to the origin whatever its hooks did. This one asks the gate first and
answers with a page when a connection cannot be made, where mitmproxy would send a bare error.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from mitmproxy import http
from mitmproxy.net.http.http1 import expected_http_body_size
from mitmproxy.proxy import commands, events, layer, tunnel
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import (
    DropStream,
    ErrorCode,
    GetHttpConnection,
    HttpClient,
    HttpLayer,
    HTTPMode,
    HttpResponseHeadersHook,
    HttpStream,
    RequestProtocolError,
    ResponseEndOfMessage,
    ResponseHeaders,
    SendHttp,
)
from mitmproxy.proxy.layers.websocket import WebsocketEndHook, WebsocketLayer

from addons.proxy import gate
from addons.proxy.strict_http import (
    MOST_PASSED_OVER,
    EndOfRefusal,
    StrictHttp1Server,
    StrictHttp2Server,
    StrictHttpClient,
)

type Unreachable = Callable[[http.HTTPFlow, str], http.Response]
"""Makes the page for a connection that could not be made, from mitmproxy's error message."""


LONGEST_MESSAGE: Final = 16 * 1024 * 1024  # bytes of a WebSocket message; mitmproxy keeps one until it is whole

MOST_FRAMES: Final = 4_096  # of one message


class BoundedWebsocketLayer(WebsocketLayer):
    """A WebSocket of which no message may grow without end."""

    def relay_messages(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Pass messages on, or end a connection on which one is too long."""
        yield from super().relay_messages(event)
        for side in (self.client_ws, self.server_ws):
            if len(side.frame_buf) > MOST_FRAMES or sum(map(len, side.frame_buf)) > LONGEST_MESSAGE:
                yield commands.CloseConnection(self.client_ws.conn)
                yield commands.CloseConnection(self.server_ws.conn)
                yield WebsocketEndHook(self.flow)
                self._handle_event = self.done
                return


class GuardedStream(HttpStream):
    """One request and its response. Goes out only with a verdict for that very destination."""

    def __init__(self, context: Context, stream_id: int, unreachable: Unreachable, distrusted: gate.Distrusted) -> None:
        super().__init__(context, stream_id)
        self._unreachable = unreachable
        self._distrusted = distrusted

    def start_request_stream(self) -> layer.CommandGenerator[None]:
        """Answer a refused request while its body is still coming, or go on as mitmproxy does."""
        if self.flow.response:
            yield from self._answer()
            self.client_state = self.state_errored
        else:
            yield from super().start_request_stream()

    def make_server_connection(self) -> layer.CommandGenerator[bool]:
        """Open or reuse a connection to the origin, if the gate is open."""
        flow = self.flow
        if not gate.is_open(flow) or flow.client_conn in self._distrusted:
            gate.respond(flow, gate.static_refusal())
        else:
            request = flow.request
            connection, error = yield GetHttpConnection(
                (request.host, request.port),
                request.scheme == "https",
                flow.server_conn.via,
                flow.server_conn.transport_protocol,
            )
            if error:
                gate.respond(flow, self._unreachable(flow, error))
            elif flow.client_conn in self._distrusted:  # a hook raised while the connection was made
                gate.respond(flow, gate.static_refusal())
            else:
                self.context.server = flow.server_conn = connection
                return True
        yield from self._answer()
        return False

    def state_wait_for_response_headers(self, event: ResponseHeaders) -> layer.CommandGenerator[None]:
        """As in mitmproxy, but a response that no hook has passed is replaced by a refusal."""
        self.flow.response = event.response
        if (yield from self.check_invalid(False)):
            return
        yield HttpResponseHeadersHook(self.flow)
        if (yield from self.check_killed(True)):
            return
        if not gate.response_passed(self.flow) or self.flow.client_conn in self._distrusted:
            if not event.end_stream or event.response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
                cancel = RequestProtocolError(self.stream_id, "refused", ErrorCode.CANCEL)
                yield SendHttp(cancel, self.context.server)
            gate.respond(self.flow, gate.static_refusal())
            yield from self._answer()
            self.client_state = self.server_state = self.state_errored
        elif self.flow.response.stream and not event.end_stream:
            yield from self.start_response_stream()
        else:
            self.server_state = self.state_consume_response_body

    def flow_done(self) -> layer.CommandGenerator[None]:
        """As in mitmproxy, but a WebSocket's messages are bounded."""
        if not self.flow.websocket:
            yield from super().flow_done()
            return
        self.child_layer = BoundedWebsocketLayer(self.context, self.flow)
        self._handle_event = self.passthrough
        yield from self.child_layer.handle_event(events.Start())
        yield SendHttp(ResponseEndOfMessage(self.stream_id), self.context.client)

    def _answer(self) -> layer.CommandGenerator[None]:
        """Send `flow.response` now. Where the request has not come to its end, little more of it is read."""
        if self.client_state == self.state_done:
            yield from self.send_response()
            return
        assert self.flow.response is not None
        too_much = (
            not self.flow.request.is_http2 and (expected_http_body_size(self.flow.request) or 0) > MOST_PASSED_OVER
        )
        if too_much:
            self.flow.response.headers["Connection"] = "close"
        yield from self.send_response()
        yield SendHttp(EndOfRefusal(self.stream_id), self.context.client)
        self.flow.live = False
        yield DropStream(self.stream_id)
        if too_much:
            yield commands.CloseConnection(self.context.client)


class GuardedHttpLayer(HttpLayer):
    """HTTP in which every stream is guarded and every head read strictly."""

    def __init__(self, context: Context, mode: HTTPMode, unreachable: Unreachable, distrusted: gate.Distrusted) -> None:
        super().__init__(context, mode)
        self._unreachable = unreachable
        self._distrusted = distrusted

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Start) and self.context.client not in self.connections:
            strict = StrictHttp2Server if self.context.client.alpn == b"h2" else StrictHttp1Server
            self.connections[self.context.client] = strict(self.context.fork())
        yield from super()._handle_event(event)

    def event_to_child(self, child: layer.Layer | HttpStream, event: events.Event) -> layer.CommandGenerator[None]:
        """Pass an event on; mitmproxy's connection to an origin, where it starts, is exchanged for the strict one."""
        if isinstance(event, events.Start):
            child = self._strict(child)
        yield from super().event_to_child(child, event)

    def _strict(self, child: layer.Layer) -> layer.Layer:
        if isinstance(child, tunnel.TunnelLayer):
            child.child_layer = self._strict(child.child_layer)
        elif type(child) is HttpClient:
            context = child.context
            context.layers.remove(child)
            strict = StrictHttpClient(context)
            if self.connections.get(context.server) is child:
                self.connections[context.server] = strict
            return strict
        return child

    def make_stream(self, stream_id: int) -> layer.CommandGenerator[None]:
        """Make a guarded stream where mitmproxy makes a plain one."""
        stream = GuardedStream(self.context.fork(), stream_id, self._unreachable, self._distrusted)
        self.streams[stream_id] = stream
        yield from self.event_to_child(stream, events.Start())


class RefusedLayer(layer.Layer):
    """A protocol that is not HTTP: the connection is closed, nothing is relayed."""

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, (events.Start, events.DataReceived)):
            yield commands.CloseConnection(self.context.client)
