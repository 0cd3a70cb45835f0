"""HTTP/2 with a client: read strictly, stream by stream, and no client may keep everybody else waiting.

What is malformed resets its stream (`http2_streams`); what floods ends its connection (`http2_budget`). Three holes of
mitmproxy's own are closed: a scheme that is not the connection's, streams that are opened and reset for ever, and error
pages that tell its name.
"""

import time
from typing import Final

import h2.connection
import h2.errors
import h2.events
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import (
    Http2Server,
    HttpEvent,
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseProtocolError,
    ResponseTrailers,
)
from mitmproxy.proxy.layers.http._base import HttpConnection

from saywhy.proxy.http.framing import RAW, Body, Field, http2_answer, nominates_framing, trailers
from saywhy.proxy.http.heads import MOST_REQUEST_HEAD
from saywhy.proxy.mitm.http2_budget import FOR_A_PIECE, FrameBudget
from saywhy.proxy.mitm.http2_streams import StreamBroken, StreamwiseH2Connection
from saywhy.proxy.mitm.strict_http1 import refusal

MOST_RESETS: Final = 100  # streams of one connection that a client may reset, and more only while it keeps half of them
_LARGEST_FRAME: Final = 16_384  # bytes
_PREFACE: Final = 24  # bytes, RFC 9113 section 3.4
_NO_BODY: Final = Body(RAW)  # the end of the stream is its end
_SLICE: Final = 32_768  # bytes that the library is given at once: it copies the rest after each frame


class EndOfRefusal(ResponseEndOfMessage):
    """The end of an answer to a request that is not read to its own end."""


class StrictHttp2Server(Http2Server):
    """The client's side of HTTP/2."""

    def __init__(self, context: Context) -> None:
        HttpConnection.__init__(self, context, context.client)  # mitmproxy would make its own connection first
        # mitmproxy offers to take frames of 128 KiB; this is what RFC 9113 section 4.2 gives everyone
        self.h2_conn = StreamwiseH2Connection(client_side=False, largest_frame=_LARGEST_FRAME)
        self.streams = {}
        self._requests = self._resets = 0
        self._broken: int | None = None  # the stream at hand, of which mitmproxy would say that the connection is wrong
        self._heads: set[int] = set()  # streams whose request was HEAD
        self._bodies: dict[int, Body] = {}
        self._budget = FrameBudget(time.monotonic(), _PREFACE)

    @property
    def head_is_open(self) -> bool:
        """Whether no request has come yet, or one has begun and its head is not whole."""
        return not self._requests or self._budget.block_is_open

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.DataReceived):
            yield from self._receive(event)
        elif isinstance(event, HttpEvent):
            yield from self._send(event)
        else:
            yield from super()._handle_event(event)

    def _receive(self, event: events.DataReceived) -> layer.CommandGenerator[None]:
        wrong = self._budget.take(event.data, time.monotonic())
        if wrong:
            yield from self.protocol_error(wrong, h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
            return
        if len(event.data) <= _SLICE:
            yield from super()._handle_event(event)
            return
        for start in range(0, len(event.data), _SLICE):
            piece = events.DataReceived(event.connection, event.data[start : start + _SLICE])
            yield from self._handle_event_of_library(piece)

    def _handle_event_of_library(self, event: events.Event) -> layer.CommandGenerator[None]:
        if self.h2_conn.state_machine.state is not h2.connection.ConnectionState.CLOSED:
            yield from super()._handle_event(event)

    # Towards the client.
    def _send(self, event: HttpEvent) -> layer.CommandGenerator[None]:
        stream_id = event.stream_id
        if not self.is_open_for_us(stream_id):
            if not isinstance(event, ResponseHeaders):
                yield from super()._handle_event(event)
        elif isinstance(event, ResponseHeaders):
            yield from self._send_head(event)
        else:
            yield from self._send_rest(event, stream_id)

    def _send_rest(self, event: HttpEvent, stream_id: int) -> layer.CommandGenerator[None]:
        if isinstance(event, ResponseData):
            self._budget.earn(FOR_A_PIECE)
            if self._bodies.get(stream_id, _NO_BODY).piece(event.data) is None:
                yield from self._reset(stream_id, h2.errors.ErrorCodes.INTERNAL_ERROR)
                return
        elif isinstance(event, ResponseTrailers):
            event.trailers.fields = tuple(trailers(event.trailers.fields))
            if not event.trailers.fields:
                return
        elif isinstance(event, ResponseProtocolError):
            status = event.code.http_status_code()
            if status is not None and not self._has_begun(stream_id):
                yield from self._answer(stream_id, status, "")
                return
        elif isinstance(event, ResponseEndOfMessage) and self._bodies.pop(stream_id, _NO_BODY).short:
            yield from self._reset(stream_id, h2.errors.ErrorCodes.INTERNAL_ERROR)
            return
        yield from super()._handle_event(event)
        if isinstance(event, EndOfRefusal) and not self.h2_conn.stream_buffers.get(stream_id):
            # a reset without error asks for no more, and the answer counts all the same (RFC 9113 section 8.1)
            yield from self._reset(stream_id, h2.errors.ErrorCodes.NO_ERROR)

    def _send_head(self, event: ResponseHeaders) -> layer.CommandGenerator[None]:
        stream_id, response = event.stream_id, event.response
        method = b"HEAD" if stream_id in self._heads else b"GET"
        try:
            fields, ends = http2_answer(
                response.status_code, response.headers.fields, method, body=not event.end_stream
            )
        except ValueError as error:
            yield from self._answer(stream_id, 502, str(error))
            return
        if response.status_code >= 200:
            self._heads.discard(stream_id)
            length = next((value for name, value in fields if name == b"content-length"), None)
            if length is not None and not ends:
                self._bodies[stream_id] = Body(int(length))
        self.h2_conn.send_headers(stream_id, fields, end_stream=ends)
        yield commands.SendData(self.conn, self.h2_conn.data_to_send())

    def _has_begun(self, stream_id: int) -> bool:
        return bool(self.h2_conn.streams[stream_id].state_machine.headers_sent)

    def _answer(self, stream_id: int, status: int, why: str) -> layer.CommandGenerator[None]:
        """Answer a stream here, and read no more of it."""
        page = refusal(status, why)
        fields: list[Field] = [(b":status", b"%d" % status)]
        fields += [(name.lower(), value) for name, value in page.headers.fields]
        head_alone = stream_id in self._heads
        self._heads.discard(stream_id)
        self.h2_conn.send_headers(stream_id, fields, end_stream=head_alone)
        if not head_alone:
            self.h2_conn.send_data(stream_id, page.raw_content or b"", end_stream=True)
        if not self.is_closed(stream_id) and not self.h2_conn.stream_buffers.get(stream_id):
            self.h2_conn.reset_stream(stream_id, h2.errors.ErrorCodes.NO_ERROR)
        self.streams.pop(stream_id, None)
        yield commands.SendData(self.conn, self.h2_conn.data_to_send())

    def _reset(self, stream_id: int, error: h2.errors.ErrorCodes) -> layer.CommandGenerator[None]:
        self.streams.pop(stream_id, None)
        self._bodies.pop(stream_id, None)
        self._heads.discard(stream_id)
        if not self.is_closed(stream_id):
            self.h2_conn.reset_stream(stream_id, error)
            yield commands.SendData(self.conn, self.h2_conn.data_to_send())

    # From the client.
    def handle_h2_event(self, event: h2.events.Event) -> layer.CommandGenerator[bool]:
        """Take an event, or end the connection. Returns whether it has ended."""
        if isinstance(event, h2.events.RequestReceived):
            return (yield from self._request(event))
        if isinstance(event, h2.events.StreamReset):
            self._heads.discard(event.stream_id)
            self._bodies.pop(event.stream_id, None)
            self._resets += 1
            if self._resets > max(MOST_RESETS, self._requests // 2):
                yield from self.protocol_error("too many streams reset", h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
                return True
            if isinstance(event, StreamBroken):
                self._requests += 1
        return (yield from super().handle_h2_event(event))

    def _request(self, event: h2.events.RequestReceived) -> layer.CommandGenerator[bool]:
        self._requests += 1
        fields, stream_id = event.headers or [], event.stream_id
        assert stream_id is not None
        named = dict(fields[:4])
        if named.get(b":method") == b"HEAD":
            self._heads.add(stream_id)
        if sum(len(name) + len(value) + 4 for name, value in fields) > MOST_REQUEST_HEAD:
            yield from self._answer(stream_id, 431, "")
            return False
        if named.get(b":scheme") != b"https" or named.get(b":method") == b"CONNECT" or nominates_framing(fields):
            yield from self._reset(stream_id, h2.errors.ErrorCodes.PROTOCOL_ERROR)
            return False
        self._broken = stream_id
        try:
            ended = yield from super().handle_h2_event(event)
        finally:
            was_broken, self._broken = self._broken is None, None
        return ended and not was_broken

    def protocol_error(
        self, message: str, error_code: int = h2.errors.ErrorCodes.PROTOCOL_ERROR
    ) -> layer.CommandGenerator[None]:
        """End the connection, or reset the stream at hand where only its request is wrong."""
        if self._broken is None:
            yield from super().protocol_error(message, error_code)
        else:
            stream_id, self._broken = self._broken, None
            yield from self._reset(stream_id, h2.errors.ErrorCodes.PROTOCOL_ERROR)
