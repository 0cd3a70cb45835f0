"""mitmproxy's HTTP/1 and HTTP/2 connections, without what they let through and should not.

HTTP/1 heads are checked as bytes (`heads`). A malformed or too long one is answered here, in words, and the
connection closed. HTTP/2 has three holes of its own: a scheme that is not the connection's, a length without a body,
and streams that are opened and reset for ever.
"""

from typing import Final

import h2.errors
import h2.events
from mitmproxy import http
from mitmproxy.connection import ConnectionState
from mitmproxy.net.http.http1 import assemble_response
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import (
    ErrorCode,
    Http1Client,
    Http1Server,
    Http2Server,
    HttpClient,
    HttpEvent,
    ReceiveHttp,
    RegisterHttpConnection,
    ResponseEndOfMessage,
    ResponseProtocolError,
)

from addons.explain.fault import FaultKind, fault_page
from addons.proxy import gate
from addons.proxy.heads import AnswerBuffer, HeadError, RequestBuffer
from addons.proxy.patient_http2 import PatientHttp2Client

MOST_RESETS: Final = 100  # streams of one connection that a client may reset, and more only while it keeps half of them
MOST_PASSED_OVER: Final = 262_144  # bytes of a refused request's body that are read to keep its connection
_LARGEST_FRAME: Final = 16_384  # bytes
_TOO_LONG: Final = (
    b"<!doctype html><html lang=en><title>This request is too large</title><h1>This request is too large</h1>"
    b"<p>The web filter does not take requests with so much in their headers. Often the cookies of the site have "
    b"grown too many: clear them for this site and try again."
)


class StrictHttp1Server(Http1Server):
    """The client's side of HTTP/1."""

    buf: RequestBuffer

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.buf = RequestBuffer()
        self._passed_over = 0

    def read_headers(self, event: events.ConnectionEvent) -> layer.CommandGenerator[None]:
        """Read a head, or answer what is none and close."""
        self.buf.reads_head = True
        try:
            yield from super().read_headers(event)
        except HeadError as error:
            yield from self._refuse(error.status, str(error))
            self.state = self.done

    def read_body(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Read a body. Of one that was answered already only a little, so that the connection can go on."""
        self.buf.reads_head = False
        if self.response_done and isinstance(event, events.DataReceived):
            self._passed_over += len(event.data)
            if self._passed_over > MOST_PASSED_OVER:
                yield commands.CloseConnection(self.conn)
                return
        else:
            self._passed_over = 0
        yield from super().read_body(event)

    def send(self, event: HttpEvent) -> layer.CommandGenerator[None]:
        """Send, and tell a client what was wrong where mitmproxy would tell its own name."""
        status = event.code.http_status_code() if isinstance(event, ResponseProtocolError) else None
        if status is None or self.response:
            yield from super().send(event)
        else:
            yield from self._refuse(status, "")

    def _refuse(self, status: int, why: str) -> layer.CommandGenerator[None]:
        if self.conn.state & ConnectionState.CAN_WRITE:
            yield commands.SendData(self.conn, assemble_response(_refusal(status, why)))
        yield commands.CloseConnection(self.conn)


def _refusal(status: int, why: str) -> http.Response:
    if status == 431:
        page = http.Response.make(status, _TOO_LONG, {"Content-Type": "text/html; charset=utf-8"})
    else:
        kind = FaultKind.AMBIGUOUS_REQUEST if status < 500 else FaultKind.UPSTREAM_REPLY
        page = gate.response_from(fault_page(kind, None, None, why))
    page.headers["Connection"] = "close"
    return page


class StrictHttp1Client(Http1Client):
    """The origin's side of HTTP/1."""

    buf: AnswerBuffer

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.buf = AnswerBuffer()

    def read_headers(self, event: events.ConnectionEvent) -> layer.CommandGenerator[None]:
        """Read the head of an answer, or give up the connection."""
        self.buf.reads_head = True
        try:
            yield from super().read_headers(event)
        except HeadError as error:
            yield commands.CloseConnection(self.conn)
            assert self.stream_id is not None
            fault = ResponseProtocolError(self.stream_id, str(error), ErrorCode.GENERIC_SERVER_ERROR)
            yield ReceiveHttp(fault)

    def read_body(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Read a body."""
        self.buf.reads_head = False
        yield from super().read_body(event)


class EndOfRefusal(ResponseEndOfMessage):
    """The end of an answer to a request that is not read to its own end."""


class StrictHttp2Server(Http2Server):
    """The client's side of HTTP/2."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._requests = self._resets = 0
        # mitmproxy offers to take frames of 128 KiB; this is what RFC 9113 section 4.2 gives everyone
        self.h2_conn.local_settings.max_frame_size = self.h2_conn.max_inbound_frame_size = _LARGEST_FRAME
        self.h2_conn.local_settings.acknowledge()

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        yield from super()._handle_event(event)
        if isinstance(event, EndOfRefusal):
            # a reset without error asks for no more, and the answer counts all the same (RFC 9113 section 8.1)
            stream_id = event.stream_id
            if not self.is_closed(stream_id) and not self.h2_conn.stream_buffers.get(stream_id):
                self.h2_conn.reset_stream(stream_id, h2.errors.ErrorCodes.NO_ERROR)
                self.streams.pop(stream_id, None)
                yield commands.SendData(self.conn, self.h2_conn.data_to_send())

    def handle_h2_event(self, event: h2.events.Event) -> layer.CommandGenerator[bool]:
        """Take an event, or end the connection. Returns whether it has ended."""
        if isinstance(event, h2.events.RequestReceived):
            self._requests += 1
            wrong = _wrong_with(event)
            if wrong:
                yield from self.protocol_error(wrong)
                return True
        elif isinstance(event, h2.events.StreamReset):
            self._resets += 1
            if self._resets > max(MOST_RESETS, self._requests // 2):
                yield from self.protocol_error("too many streams reset", h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
                return True
        return (yield from super().handle_h2_event(event))


def _wrong_with(event: h2.events.RequestReceived) -> str:
    """What is wrong with a request that the library lets pass (RFC 9113 sections 8.1.1 and 8.3.1), or nothing."""
    headers = event.headers or []
    if any(name == b":scheme" and value != b"https" for name, value in headers):
        return "the scheme is not that of the connection"
    lengths = [value for name, value in headers if name == b"content-length"]
    if event.stream_ended and any(value.strip(b"0") for value in lengths):
        return "a length is announced, but there is no body"
    return ""


class StrictHttpClient(HttpClient):
    """Opens a connection to an origin and chooses the protocol on it, as mitmproxy does, but the strict one."""

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        error: str | None = None
        if not self.context.server.connected:
            error = yield commands.OpenConnection(self.context.server)
        if not error:
            h2_agreed = self.context.server.alpn == b"h2"
            self.child_layer = (PatientHttp2Client if h2_agreed else StrictHttp1Client)(self.context)
            self._handle_event = self.child_layer.handle_event  # type: ignore[method-assign]
            yield from self.child_layer.handle_event(event)
        yield RegisterHttpConnection(self.context.server, error)
