"""One request and its answer, behind the gate.

mitmproxy's own stream opens the connection to the origin whatever its hooks did. This one asks the gate first, answers
with a page where mitmproxy would send a bare error, and asks an origin once more where that is safe (`resending`).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from mitmproxy import http
from mitmproxy.connection import Connection, Server
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import (
    DropStream,
    ErrorCode,
    GetHttpConnection,
    HttpResponseHeadersHook,
    HttpStream,
    RequestData,
    RequestEndOfMessage,
    RequestHeaders,
    RequestProtocolError,
    RequestTrailers,
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseProtocolError,
    ResponseTrailers,
    SendHttp,
)

from saywhy.proxy.http.bounds import MOST_PASSED_OVER
from saywhy.proxy.http.framing import has_no_body, not_beside
from saywhy.proxy.http.heads import request_length
from saywhy.proxy.mitm import gate
from saywhy.proxy.mitm.awaited import Awaited, awaited
from saywhy.proxy.mitm.bounded_websocket import BoundedWebsocketLayer
from saywhy.proxy.mitm.chain_incomplete import ChainIncompleteHook, Incomplete
from saywhy.proxy.mitm.reading import heed_whole_address
from saywhy.proxy.mitm.request_use import end_with_head
from saywhy.proxy.mitm.retry import Kept
from saywhy.proxy.mitm.strict_http2 import EndOfRefusal
from saywhy.proxy.outbound.connect_to import ConnectToHost, asked_of
from saywhy.proxy.outbound.not_reachable import NotReachableError
from saywhy.proxy.tls.chains import is_incomplete

type Unreachable = Callable[[http.HTTPFlow, str], http.Response]
"""Makes the page for a connection that could not be made, or an answer that could not be read, from its message."""


class AnswerOverdueError(ResponseProtocolError):
    """The origin has the request and does not begin to answer for longer than policy waits."""

    def __init__(self, stream_id: int) -> None:
        super().__init__(stream_id, NotReachableError.TIMED_OUT, ErrorCode.CANCEL)


@dataclass(eq=False)
class GetOpenConnection(GetHttpConnection):
    """Asks for a connection, but not one that takes no new requests, nor one that failed for somebody else before.

    `through` is the host to connect to in the place of that of `address`.
    """

    leaving: set[Connection] = field(default_factory=set)
    through: str = ""

    def connection_spec_matches(self, connection: Connection) -> bool:
        """Whether the connection leads there, by the same way, and takes requests."""
        if connection.error or connection in self.leaving or not isinstance(connection, Server):
            return False
        if connection.address is None or isinstance(connection.address[0], ConnectToHost) != bool(self.through):
            return False
        if not self.through:
            return super().connection_spec_matches(connection)
        host, port = connection.address
        there = (host, asked_of(host), port) == (self.through, *self.address)
        return there and connection.tls == self.tls


class GuardedStream(HttpStream):
    """One request and its response. Goes out only with a verdict for that very destination."""

    def __init__(
        self,
        context: Context,
        stream_id: int,
        unreachable: Unreachable,
        distrusted: gate.Distrusted,
        leaving: set[Connection],
    ) -> None:
        super().__init__(context, stream_id)
        self._unreachable = unreachable
        self._distrusted = distrusted
        self._leaving = leaving
        self._kept = Kept()
        self._bodiless = False
        self._beginning: list[ResponseData | ResponseTrailers | ResponseEndOfMessage] = []  # of a held answer
        self._watching: Awaited | None = None
        self._asked_at = 0.0  # monotonic seconds

    def unanswered_since(self) -> float | None:
        """Since when (monotonic seconds) the origin has had the whole request and has not begun to answer, or None."""
        unanswered = (self.state_wait_for_response_headers, self.state_hold_response)
        waits = self.client_state == self.state_done and self.server_state in unanswered
        return self._asked_at if waits else None

    def state_wait_for_request_headers(self, event: RequestHeaders) -> layer.CommandGenerator[None]:
        """As in mitmproxy, but beside a whole address a Host header counts for nothing (RFC 9112 section 3.2.2)."""
        heed_whole_address(event.request)
        if event.end_stream:
            end_with_head(event.request)
        yield from super().state_wait_for_request_headers(event)

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
            connection, error = yield self._open_connection()
            if error and is_incomplete(error):
                incomplete = Incomplete(request.host)
                yield ChainIncompleteHook(incomplete)
                if incomplete.completed:
                    connection, error = yield self._open_connection()
            if error:
                gate.respond(flow, self._unreachable(flow, error))
            elif flow.client_conn in self._distrusted:  # a hook raised while the connection was made
                gate.respond(flow, gate.static_refusal())
            else:
                self.context.server = flow.server_conn = connection
                self._asked_at = time.monotonic()
                return True
        yield from self._answer()
        return False

    def _open_connection(self) -> GetOpenConnection:
        request, server = self.flow.request, self.flow.server_conn
        tls = request.scheme == "https"
        address = (request.host, request.port)
        through = gate.leads_through(self.flow)
        return GetOpenConnection(address, tls, server.via, server.transport_protocol, self._leaving, through)

    def state_stream_request_body(
        self, event: RequestData | RequestTrailers | RequestEndOfMessage
    ) -> layer.CommandGenerator[None]:
        """As in mitmproxy, but a small body is kept until the answer begins."""
        if isinstance(event, RequestData):
            self._kept.add(event)
        else:
            self._asked_at = time.monotonic()
            if isinstance(event, RequestTrailers):
                event.trailers.fields = tuple(not_beside(self.flow.request.headers.fields, event.trailers.fields))
        yield from super().state_stream_request_body(event)

    def state_wait_for_response_headers(self, event: ResponseHeaders) -> layer.CommandGenerator[None]:
        """As in mitmproxy, but a response that no hook has passed is replaced by a refusal."""
        method, status = self.flow.request.data.method, event.response.status_code
        if status == HTTPStatus.MISDIRECTED_REQUEST and self._kept.whole and not self._kept.tries:
            self._leaving.add(self.context.server)  # another connection may be the right one (RFC 9110 section 15.5.20)
            yield SendHttp(RequestProtocolError(self.stream_id, "misdirected", ErrorCode.CANCEL), self.context.server)
            yield from self._send_again()
            return
        self._kept.forget()
        self._bodiless = has_no_body(method, status) or status == HTTPStatus.RESET_CONTENT
        self.flow.response = event.response
        yield HttpResponseHeadersHook(self.flow)
        if (yield from self.check_killed(True)):
            return
        if not gate.response_passed(self.flow) or self.flow.client_conn in self._distrusted:
            ended = event.end_stream and event.response.status_code != HTTPStatus.SWITCHING_PROTOCOLS
            yield from self._refuse_answer(ended=ended)
            return
        held = awaited(self.flow)
        if held is not None and (event.end_stream or self._bodiless) and held.refuses(held.held.by_head):
            yield from self._refuse_answer(ended=event.end_stream)
        elif self.flow.response.stream and not event.end_stream and not self._bodiless:
            if held is None:
                yield from self.start_response_stream()
            else:
                self._asked_at = time.monotonic()
                self.server_state = self.state_hold_response
                if held.held.live:
                    yield from self._go_on_held(held, ended=False)
        else:
            self.server_state = self.state_consume_response_body

    def state_hold_response(
        self, event: ResponseData | ResponseTrailers | ResponseEndOfMessage
    ) -> layer.CommandGenerator[None]:
        """Keep the beginning of a body until it is known what file it is; then stream it, or refuse it."""
        awaiting = awaited(self.flow)
        assert awaiting is not None
        ended = isinstance(event, ResponseEndOfMessage)
        self._asked_at = time.monotonic()
        self._beginning.append(event)
        if isinstance(event, ResponseData):
            awaiting.held.add(event.data)
        yield from self._go_on_held(awaiting, ended=ended)

    def _go_on_held(self, awaiting: Awaited, *, ended: bool) -> layer.CommandGenerator[None]:
        use = awaiting.held.told(ended=ended)
        if use is None:
            return
        if awaiting.refuses(use) or self.flow.client_conn in self._distrusted:
            self._beginning.clear()
            yield from self._refuse_answer(ended=ended)
            return
        self._watching = awaiting if awaiting.held.watched() is None else None
        yield from self.start_response_stream()
        beginning, self._beginning = self._beginning, []
        for piece in beginning:
            yield from super().state_stream_response_body(piece)

    def state_stream_response_body(
        self, event: ResponseData | ResponseTrailers | ResponseEndOfMessage
    ) -> layer.CommandGenerator[None]:
        """As in mitmproxy, but an answer that turns out to be a file that is closed is broken off."""
        watching = self._watching
        if watching is not None:
            if isinstance(event, ResponseData):
                watching.held.add(event.data)
            ended = isinstance(event, ResponseEndOfMessage)
            use = watching.held.watched(ended=ended)
            self._watching = watching if use is None else None
            if use is not None and watching.refuses(use):
                if not ended:
                    cancel = RequestProtocolError(self.stream_id, "refused", ErrorCode.CANCEL)
                    yield SendHttp(cancel, self.context.server)
                error = ResponseProtocolError(self.stream_id, "refused", ErrorCode.CANCEL)
                yield from super().handle_protocol_error(error)
                return
            if use is None and watching.held.begins_as_file:
                self._beginning.append(event)
                return
        beginning, self._beginning = [*self._beginning, event], []
        for piece in beginning:
            yield from super().state_stream_response_body(piece)

    def _refuse_answer(self, *, ended: bool) -> layer.CommandGenerator[None]:
        """Send what the client gets instead. The origin's connection serves nobody else where either message has not ended."""
        if not ended or self.client_state != self.state_done:
            cancel = RequestProtocolError(self.stream_id, "refused", ErrorCode.CANCEL)
            yield SendHttp(cancel, self.context.server)
        gate.respond(self.flow, gate.response_instead(self.flow))
        yield from self._answer_for_good()

    def state_consume_response_body(
        self, event: ResponseData | ResponseTrailers | ResponseEndOfMessage
    ) -> layer.CommandGenerator[None]:
        """As in mitmproxy, but an answer that has no body gets none, whatever the origin sends."""
        if not (self._bodiless and isinstance(event, ResponseData)):
            yield from super().state_consume_response_body(event)

    def handle_protocol_error(
        self, event: RequestProtocolError | ResponseProtocolError
    ) -> layer.CommandGenerator[None]:
        """Ask once more where that is safe; otherwise say what happened, while nothing has been said yet."""
        if isinstance(event, AnswerOverdueError):
            if self.unanswered_since() is None:  # it began just now
                return
            yield SendHttp(RequestProtocolError(self.stream_id, "overdue", ErrorCode.CANCEL), self.context.server)
        answering = (self.state_wait_for_response_headers, self.state_hold_response)
        waiting = self.server_state in answering and self.client_state != self.state_errored
        h1_wanted = event.code is ErrorCode.HTTP_1_1_REQUIRED and self.context.client.alpn == b"h2"
        if not (isinstance(event, ResponseProtocolError) and waiting) or h1_wanted:
            yield from super().handle_protocol_error(event)
        elif self._kept.may_be_sent_again(self.flow.request.data.method, event):
            yield from self._send_again()
        else:
            gate.respond(self.flow, self._unreachable(self.flow, event.message))
            yield from self._answer_for_good()

    def _send_again(self) -> layer.CommandGenerator[None]:
        """Send the request once more, on another connection where this one takes no more."""
        self._kept.tries += 1
        if not (yield from self.make_server_connection()):
            self.client_state = self.server_state = self.state_errored
            return
        ended = self.client_state == self.state_done
        pieces = list(self._kept.pieces)
        head = RequestHeaders(self.stream_id, self.flow.request, end_stream=ended and not pieces)
        yield SendHttp(head, self.context.server)
        for piece in pieces:
            yield SendHttp(RequestData(self.stream_id, piece), self.context.server)
        if ended:
            yield SendHttp(RequestEndOfMessage(self.stream_id), self.context.server)

    def check_invalid(self, request: bool) -> layer.CommandGenerator[bool]:  # noqa: FBT001 — mitmproxy's own
        """As in mitmproxy for requests; answers are checked where they are read, each for itself."""
        return (yield from super().check_invalid(request)) if request else False

    def flow_done(self) -> layer.CommandGenerator[None]:
        """As in mitmproxy, but a WebSocket's messages are bounded."""
        if not self.flow.websocket:
            yield from super().flow_done()
            return
        self.child_layer = BoundedWebsocketLayer(self.context, self.flow)
        self._handle_event = self.passthrough
        yield from self.child_layer.handle_event(events.Start())
        yield SendHttp(ResponseEndOfMessage(self.stream_id), self.context.client)

    def _answer_for_good(self) -> layer.CommandGenerator[None]:
        yield from self._answer()
        self.client_state = self.server_state = self.state_errored

    def _answer(self) -> layer.CommandGenerator[None]:
        """Send `flow.response` now. Where the request has not come to its end, little more of it is read."""
        if self.client_state == self.state_done:
            yield from self.send_response()
            return
        assert self.flow.response is not None
        too_much = (
            not self.flow.request.is_http2
            and request_length(self.flow.request.headers.fields, self.flow.request.data.http_version) > MOST_PASSED_OVER
        )
        if too_much:
            self.flow.response.headers["Connection"] = "close"
        yield from self.send_response()
        yield SendHttp(EndOfRefusal(self.stream_id), self.context.client)
        self.flow.live = False
        yield DropStream(self.stream_id)
        if too_much:
            yield commands.CloseConnection(self.context.client)
