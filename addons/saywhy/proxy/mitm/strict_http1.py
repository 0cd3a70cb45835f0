"""HTTP/1 on both sides: requests are read strictly, answers generously, and whatever leaves is framed anew.

Heads of requests are checked as bytes (`heads`), answers read as browsers do (`answers`); `framing` says how each
message leaves. A malformed or too long request is answered here, in words, and the connection closed.
"""

import time
from http import HTTPStatus
from typing import Final

from mitmproxy import http
from mitmproxy.connection import ConnectionState
from mitmproxy.net.http import http1
from mitmproxy.net.http.http1 import assemble_response
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import (
    Http1Client,
    Http1Server,
    HttpEvent,
    ReceiveHttp,
    RequestData,
    RequestEndOfMessage,
    RequestHeaders,
    RequestProtocolError,
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseProtocolError,
)
from mitmproxy.proxy.layers.http._http1 import make_body_reader, should_make_pipe

from saywhy.explain.fault import FaultKind, fault_page
from saywhy.proxy.http.answers import HEAD_CUT_SHORT, AnswerBuffer, AnswerChunks
from saywhy.proxy.http.bounds import MOST_PASSED_OVER, MOST_WAITING
from saywhy.proxy.http.framing import CHUNKED, LAST_CHUNK, RAW, UNTIL_CLOSED, Body, http1_answer, http1_request
from saywhy.proxy.http.heads import HeadError, RequestBuffer, request_length
from saywhy.proxy.mitm import gate
from saywhy.proxy.mitm.request_head import head_of
from saywhy.proxy.mitm.retry import ClosedUnansweredError, UpstreamError

_TOO_LONG: Final = (
    b"<!doctype html><html lang=en><title>This request is too large</title><h1>This request is too large</h1>"
    b"<p>The web filter does not take requests with so much in their headers. Often the cookies of the site have "
    b"grown too many: clear them for this site and try again."
)


def refusal(status: int, why: str) -> http.Response:
    """The page for a request, or an answer, that cannot be read."""
    if status == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
        return http.Response.make(status, _TOO_LONG, {"Content-Type": "text/html; charset=utf-8"})
    kind = FaultKind.AMBIGUOUS_REQUEST if status < 500 else FaultKind.UPSTREAM_REPLY
    return gate.response_from(fault_page(kind, None, None, why))


class StrictHttp1Server(Http1Server):
    """The client's side of HTTP/1."""

    buf: RequestBuffer

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.buf = RequestBuffer()
        self._passed_over = 0
        self._body = Body(0)
        self._keeps = True

    @property
    def head_is_open(self) -> bool:
        """Whether the first request has not come, or the head of a further one has begun and is not whole."""
        return self.state == self.read_headers and (bool(self.buf) or (self.stream_id == 1 and self.request is None))

    def read_headers(self, event: events.ConnectionEvent) -> layer.CommandGenerator[None]:
        """Read a head, or answer what is none and close."""
        if isinstance(event, events.ConnectionClosed):
            yield commands.CloseConnection(self.conn)
            return
        self.buf.reads_head = True
        try:
            lines = self.buf.maybe_extract_lines()
            if not lines:
                return
            request = http1.read_request_head([bytes(line) for line in lines])
            length = request_length(request.headers.fields, request.data.http_version)
        except ValueError as error:
            yield from self._refuse(error.status if isinstance(error, HeadError) else 400, str(error))
            self.state = self.done
            return
        self.request = request
        self._keeps = _is_kept(request)
        yield ReceiveHttp(RequestHeaders(self.stream_id, request, length == 0))
        self.body_reader = make_body_reader(None if length == CHUNKED else length)
        self.state = self.read_body
        yield from self.state(event)

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

    def wait(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Let further requests wait for their turn, but not without end."""
        if isinstance(event, events.DataReceived) and len(self.buf) > MOST_WAITING:
            yield commands.CloseConnection(self.conn)
            self.state = self.done
            event = events.ConnectionClosed(self.conn)
        yield from super().wait(event)

    def send(self, event: HttpEvent) -> layer.CommandGenerator[None]:
        """Write an answer, framed anew."""
        if isinstance(event, ResponseHeaders):
            yield from self._send_head(event)
        elif isinstance(event, ResponseData):
            piece = self._body.piece(event.data)
            if piece is None:
                yield from self._cut()
            elif piece:
                yield commands.SendData(self.conn, piece)
        elif isinstance(event, ResponseEndOfMessage):
            if self._body.short:
                yield from self._cut()
                return
            if self._body.left == CHUNKED:
                yield commands.SendData(self.conn, LAST_CHUNK)
            yield from self.mark_done(response=True)
        elif isinstance(event, ResponseProtocolError):
            status = event.code.http_status_code()
            if status is None or self.response:
                yield from self._cut()
            else:
                yield from self._refuse(status, "")
        # trailers are not passed on (RFC 9110 section 6.5.1 lets us)

    def _send_head(self, event: ResponseHeaders) -> layer.CommandGenerator[None]:
        response = event.response
        assert self.request is not None
        chunks = self.request.data.http_version != b"HTTP/1.0"
        if response.status_code < 200 and response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            if chunks:  # a client of HTTP/1.0 expects no interim answer (RFC 9110 section 15.2)
                yield commands.SendData(self.conn, b"HTTP/1.1 %d Continue\r\n\r\n" % response.status_code)
            return
        self.response = response
        if "close" in response.headers.get("connection", "").lower():  # one of ours: an origin's word is for us alone
            self._keeps = False
        try:
            head, self._body = http1_answer(
                response.status_code,
                response.data.reason,
                response.headers.fields,
                self.request.data.method,
                body=not event.end_stream,
                chunks=chunks,
                keeps=self._keeps,
            )
        except ValueError as error:
            yield from self._refuse(502, str(error))
            return
        if self._body.left == UNTIL_CLOSED:
            self._keeps = False
        yield commands.SendData(self.conn, head)

    def mark_done(self, *, request: bool = False, response: bool = False) -> layer.CommandGenerator[None]:
        """One half is over; after both the next request has its turn, or the connection ends."""
        self.request_done = self.request_done or request
        self.response_done = self.response_done or response
        if not (self.request_done and self.response_done):
            if self.request_done:
                self.state = self.wait
            return
        assert self.request is not None
        assert self.response is not None
        if should_make_pipe(self.request, self.response):
            yield from self.make_pipe()
        elif not self._keeps:
            yield commands.CloseConnection(self.conn)
            self.state = self.done
        else:
            self.request_done = self.response_done = False
            self.request = self.response = None
            self.stream_id += 2
            self.state = self.read_headers
            if self.buf:
                yield from self.state(events.DataReceived(self.conn, b""))

    def _cut(self) -> layer.CommandGenerator[None]:
        """End the connection where the answer ends too early or too late: nobody may take it for whole."""
        yield commands.CloseConnection(self.conn)
        self.state = self.done

    def _refuse(self, status: int, why: str) -> layer.CommandGenerator[None]:
        if self.conn.state & ConnectionState.CAN_WRITE:
            page = refusal(status, why)
            page.headers["Connection"] = "close"
            if self.request is not None and self.request.data.method.upper() == b"HEAD":
                page.data.content = b""  # past the setter, which would change Content-Length
            yield commands.SendData(self.conn, assemble_response(page))
        yield commands.CloseConnection(self.conn)


def _is_kept(request: http.Request) -> bool:
    """Whether a client leaves its connection open (RFC 9112 section 9.3)."""
    said = {one.strip().lower() for one in request.headers.get("connection", "").split(",")}
    said |= {one.strip().lower() for one in request.headers.get("proxy-connection", "").split(",")}
    return "close" not in said and (request.data.http_version != b"HTTP/1.0" or "keep-alive" in said)


class StrictHttp1Client(Http1Client):
    """The origin's side of HTTP/1."""

    buf: AnswerBuffer

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.buf = AnswerBuffer()
        self._answered = 0
        self._body = Body(0)
        self._keeps = True

    def send(self, event: HttpEvent) -> layer.CommandGenerator[None]:
        """Write a request, framed anew."""
        if isinstance(event, RequestProtocolError):
            self.state = self.done  # whoever asked is gone, or asks elsewhere: what still comes is for nobody
            yield commands.CloseConnection(self.conn)
        elif isinstance(event, RequestHeaders):
            self.stream_id, self.request = event.stream_id, event.request
            try:
                head, self._body = http1_request(head_of(event.request), body=not event.end_stream)
            except ValueError as error:
                yield from self._give_up(str(error))
                return
            yield commands.SendData(self.conn, head)
        elif isinstance(event, RequestData):
            piece = event.data if self.state == self.passthrough else self._body.piece(event.data)
            if piece is None:
                yield from self._give_up("the body of the request is longer than it said")
            elif piece:
                yield commands.SendData(self.conn, piece)
        elif isinstance(event, RequestEndOfMessage):
            if self._body.short:
                yield from self._give_up("the body of the request is shorter than it said")
                return
            if self._body.left == CHUNKED:
                yield commands.SendData(self.conn, LAST_CHUNK)
            yield from self.mark_done(request=True)
        # trailers are not passed on (RFC 9110 section 6.5.1 lets us)

    def _give_up(self, why: str) -> layer.CommandGenerator[None]:
        assert self.stream_id is not None
        self.state = self.done
        yield commands.CloseConnection(self.conn)
        yield ReceiveHttp(UpstreamError(self.stream_id, why))

    def read_headers(self, event: events.ConnectionEvent) -> layer.CommandGenerator[None]:
        """Read the head of an answer, or give up the connection."""
        if self.request is None or self.stream_id is None:  # nobody has asked for anything
            if isinstance(event, events.DataReceived) or self.conn.state & ConnectionState.CAN_WRITE:
                yield commands.CloseConnection(self.conn)
            return
        if isinstance(event, events.ConnectionClosed):
            yield from self._closed_too_early()
            return
        try:
            answer = self.buf.next_answer()
        except HeadError as error:
            yield from self._give_up(str(error))
            return
        if answer is None:
            return
        self._keeps = answer.keeps
        self.response = http.Response(
            http_version=b"HTTP/1.1",
            status_code=answer.status,
            reason=answer.reason,
            headers=http.Headers(answer.fields),
            content=None,
            trailers=None,
            timestamp_start=time.time(),
            timestamp_end=None,
        )
        length = answer.body_length(self.request.data.method)
        yield ReceiveHttp(ResponseHeaders(self.stream_id, self.response, length == 0))
        if self.state == self.done:  # nobody wants the rest
            return
        if length == CHUNKED:
            self.body_reader = AnswerChunks()  # type: ignore[assignment]
        else:
            self._keeps = self._keeps and length != UNTIL_CLOSED
            self.body_reader = make_body_reader(-1 if length == UNTIL_CLOSED else length)
        self.state = self.read_body
        yield from self.state(event)

    def _closed_too_early(self) -> layer.CommandGenerator[None]:
        assert self.stream_id is not None
        if self.conn.state & ConnectionState.CAN_WRITE:
            yield commands.CloseConnection(self.conn)
        self.state = self.done
        if self.buf:
            error = UpstreamError(self.stream_id, HEAD_CUT_SHORT)
        elif self._answered:  # it was kept open from an earlier answer: a race that nobody is to blame for
            error = ClosedUnansweredError(self.stream_id, "server closed connection")
        else:
            error = UpstreamError(self.stream_id, self.conn.error or "server closed connection")
        yield ReceiveHttp(error)

    def read_body(self, event: events.Event) -> layer.CommandGenerator[None]:
        """As in mitmproxy, but an answer that TLS cut off (`conn.error`) is never taken for whole."""
        if isinstance(event, events.ConnectionClosed) and self.conn.error:
            yield from self._give_up(self.conn.error)
            return
        yield from super().read_body(event)

    def mark_done(self, *, request: bool = False, response: bool = False) -> layer.CommandGenerator[None]:
        """One half is over; after both the connection waits for the next request, or ends."""
        self.request_done = self.request_done or request
        self.response_done = self.response_done or response
        if not (self.request_done and self.response_done):
            return
        assert self.request is not None
        assert self.response is not None
        if should_make_pipe(self.request, self.response):
            self._body = Body(RAW)
            yield from self.make_pipe()
        elif (
            not self._keeps
            or self.request.is_http2
            or self.buf
            or "close" in self.request.headers.get("connection", "")
        ):
            # more than the answer has come, or the client speaks HTTP/2, where a connection serves one request, or the
            # request says so: the client's own word, and ours for requests to the portal
            yield commands.CloseConnection(self.conn)
            self.state = self.done
        else:
            self._answered += 1
            self.request_done = self.response_done = False
            self.request = self.response = None
            self.stream_id = None
            self.state = self.read_headers
