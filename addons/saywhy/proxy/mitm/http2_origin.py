"""HTTP/2 with an origin: one stream's trouble stays in its stream, and a polite goodbye cuts nobody off.

Streams up to the last that a GOAWAY names go on to their end, those after it are said to be unprocessed, so that they can
be asked for again elsewhere; no new ones are begun (RFC 9113 section 6.8). A malformed answer is that stream's alone.
"""

import collections
import time
from typing import Final

import h2.errors
import h2.events
from mitmproxy.connection import Connection
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import (
    ErrorCode,
    Http2Client,
    HttpEvent,
    ReceiveHttp,
    RequestData,
    RequestEndOfMessage,
    RequestHeaders,
    RequestProtocolError,
    RequestTrailers,
)
from mitmproxy.proxy.layers.http._base import HttpConnection
from mitmproxy.proxy.layers.http._http2 import StreamState

from saywhy.proxy.http.framing import RAW, Body, http2_request, trailers
from saywhy.proxy.mitm.http2_budget import FOR_A_PIECE, FrameBudget
from saywhy.proxy.mitm.http2_flow_control import FlowControlled, Settle, waiting_on
from saywhy.proxy.mitm.http2_streams import GoingAway, StreamBroken, StreamwiseH2Connection
from saywhy.proxy.mitm.request_head import head_of
from saywhy.proxy.mitm.retry import ClosedUnansweredError, GoneAwayError, UnprocessedError, UpstreamError

_LARGEST_FRAME: Final = 131_072  # bytes
_NO_BODY: Final = Body(RAW)  # the end of the stream is its end
_MOST_STREAMS: Final = 2**30  # of one connection; their numbers end at 2^31


class FlowControlledHttp2Client(FlowControlled, Http2Client):
    """The origin's side of HTTP/2: downloads come as fast as the client takes them."""

    def __init__(self, context: Context) -> None:
        HttpConnection.__init__(self, context, context.server)  # mitmproxy would make its own connection first
        self.h2_conn = StreamwiseH2Connection(client_side=True, largest_frame=_LARGEST_FRAME)
        self.streams = {}
        self.our_stream_id = {}
        self.their_stream_id = {}
        self.stream_queue = collections.defaultdict(list)
        self._bodies: dict[int, Body] = {}
        self._answered = 0
        self._last: int | None = None  # the last stream that the origin still answers, once it has said goodbye
        self._budget = FrameBudget(time.monotonic())
        self._leaving: set[Connection] = set()
        self.waiting = lambda _: 0  # in somebody's own mitmproxy
        for one in context.layers:
            self._leaving = getattr(one, "leaving", self._leaving)
            register = getattr(one, "origin_speaks_http2", None)
            if register is not None:
                register(self)
                return
        self.control_flow(self.waiting)

    def number_for_client(self, stream_id: int) -> int:
        """Mitmproxy numbers the streams to an origin anew."""
        return self.their_stream_id.get(stream_id, stream_id)

    def waiting_for_origin(self, stream_id: int) -> int:
        """Bytes of a stream, by the client's number, that wait for the origin's window."""
        ours = self.our_stream_id.get(stream_id)
        return 0 if ours is None else waiting_on(self, ours)

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, Settle):
            yield from self.settle()
            return
        if isinstance(event, events.DataReceived):
            wrong = self._budget.take(event.data, time.monotonic())
            if wrong:
                for command in self.protocol_error(wrong, h2.errors.ErrorCodes.ENHANCE_YOUR_CALM):
                    yield self._for_client(command)
                return
        elif isinstance(event, RequestHeaders):
            self.our_stream_id.pop(event.stream_id, None)  # it may have been here before, and refused
        yield from super()._handle_event(event)
        if self._last is not None and not self.streams:
            yield commands.CloseConnection(self.conn)

    def _for_client(self, command: commands.Command) -> commands.Command:
        if isinstance(command, ReceiveHttp):
            command.event.stream_id = self.their_stream_id[command.event.stream_id]
        return command

    # Towards the origin; the numbers of streams are ours from here on.
    def _handle_event2(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, RequestHeaders):
            yield from self._send_head(event)
            return
        if isinstance(event, HttpEvent) and event.stream_id not in self.streams:
            return  # it was refused, or answered to its end
        if isinstance(event, RequestData):
            self._budget.earn(FOR_A_PIECE)
            if self._bodies.get(event.stream_id, _NO_BODY).piece(event.data) is None:
                yield from self._give_up(event.stream_id, "the body of the request is longer than it said")
                return
        elif isinstance(event, RequestTrailers):
            event.trailers.fields = tuple(trailers(event.trailers.fields))
            if not event.trailers.fields:
                return
        elif isinstance(event, RequestEndOfMessage) and self._bodies.pop(event.stream_id, _NO_BODY).short:
            yield from self._give_up(event.stream_id, "the body of the request is shorter than it said")
            return
        yield from super()._handle_event2(event)
        if isinstance(event, RequestProtocolError):
            self._forget(event.stream_id)  # whoever asked is gone, or asks elsewhere

    def _send_head(self, event: RequestHeaders) -> layer.CommandGenerator[None]:
        stream_id = event.stream_id
        self.streams[stream_id] = StreamState.EXPECTING_HEADERS
        try:
            fields = http2_request(head_of(event.request), body=not event.end_stream)
        except ValueError as error:
            self._forget(stream_id)
            yield ReceiveHttp(UpstreamError(stream_id, str(error)))
            return
        length = next((value for name, value in fields if name == b"content-length"), None)
        if length is not None and not event.end_stream:
            self._bodies[stream_id] = Body(int(length))
        self.h2_conn.send_headers(stream_id, fields, end_stream=event.end_stream)
        if stream_id > _MOST_STREAMS:
            self._leaving.add(self.conn)
        yield commands.SendData(self.conn, self.h2_conn.data_to_send())

    def _forget(self, stream_id: int) -> None:
        self.streams.pop(stream_id, None)
        self._bodies.pop(stream_id, None)

    def _give_up(self, stream_id: int, why: str) -> layer.CommandGenerator[None]:
        """Reset a stream, and tell whoever asked."""
        self._forget(stream_id)
        if not self.is_closed(stream_id):
            self.h2_conn.reset_stream(stream_id, h2.errors.ErrorCodes.PROTOCOL_ERROR)
            yield commands.SendData(self.conn, self.h2_conn.data_to_send())
        yield ReceiveHttp(UpstreamError(stream_id, why))

    # From the origin.
    def handle_h2_event(self, event: h2.events.Event) -> layer.CommandGenerator[bool]:
        """Take an event, or end the connection. Returns whether it has ended."""
        if isinstance(event, GoingAway):
            yield from self._going_away(event.last_stream_id)
            return False
        stream_id: int | None = getattr(event, "stream_id", None)
        if isinstance(event, h2.events.StreamReset):
            yield from self._was_reset(event)
            return False
        if (
            isinstance(event, (h2.events.ResponseReceived, h2.events.TrailersReceived))
            and stream_id not in self.streams
        ):
            return False  # it came together with what the stream was given up for
        if stream_id is not None and self.streams.get(stream_id) is StreamState.EXPECTING_HEADERS:
            if isinstance(event, h2.events.DataReceived):
                yield from self._give_up(stream_id, "the answer is malformed: its body came before its head")
                self.h2_conn.acknowledge_received_data(event.flow_controlled_length or 0, stream_id)
                return False
            if isinstance(event, h2.events.ResponseReceived):
                self._answered += 1
        self._budget.earn(FOR_A_PIECE if isinstance(event, h2.events.DataReceived) else 0)
        return (yield from super().handle_h2_event(event))

    def _was_reset(self, event: h2.events.StreamReset) -> layer.CommandGenerator[None]:
        stream_id = event.stream_id
        assert stream_id is not None
        state = self.streams.get(stream_id)
        self._forget(stream_id)
        if state is None:
            return
        if isinstance(event, StreamBroken):
            error = UpstreamError(stream_id, f"the answer is malformed: {event.why}")
        elif event.error_code == h2.errors.ErrorCodes.REFUSED_STREAM and state is StreamState.EXPECTING_HEADERS:
            error = UnprocessedError(stream_id, "the origin refused the stream")
        else:
            error = UpstreamError(stream_id, "the origin reset the stream, closed connection")
            if event.error_code == h2.errors.ErrorCodes.HTTP_1_1_REQUIRED:
                error.code = ErrorCode.HTTP_1_1_REQUIRED
        yield ReceiveHttp(error)

    def _going_away(self, last: int) -> layer.CommandGenerator[None]:
        """Nothing new goes to this connection; what it will not answer is asked elsewhere."""
        self._leaving.add(self.conn)
        self._last = last if self._last is None else min(self._last, last)
        for stream_id in [one for one in self.streams if one > self._last]:
            self._forget(stream_id)
            if not self.is_closed(stream_id):
                self.h2_conn.reset_stream(stream_id, h2.errors.ErrorCodes.CANCEL)
            yield ReceiveHttp(GoneAwayError(stream_id, "the origin closed the connection politely"))
        queued, self.stream_queue = self.stream_queue, collections.defaultdict(list)
        for client_id in queued:  # these have no number of ours yet
            self.their_stream_id[-client_id] = client_id
            yield ReceiveHttp(GoneAwayError(-client_id, "the origin closed the connection politely"))

    def close_connection(self, msg: str) -> layer.CommandGenerator[None]:
        """The connection is over: each stream is told whether it may have been heard."""
        yield commands.CloseConnection(self.conn)
        self._leaving.add(self.conn)
        streams, self.streams = self.streams, {}
        self._handle_event = self.done  # type: ignore[method-assign]
        for stream_id, state in streams.items():
            unanswered = state is StreamState.EXPECTING_HEADERS and self._answered
            kind = ClosedUnansweredError if unanswered else UpstreamError
            yield ReceiveHttp(kind(stream_id, self.conn.error or f"closed connection: {msg}"))
        queued, self.stream_queue = self.stream_queue, collections.defaultdict(list)
        for client_id in queued:
            self.their_stream_id[-client_id] = client_id
            yield ReceiveHttp(GoneAwayError(-client_id, "the origin closed the connection"))
