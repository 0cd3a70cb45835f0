"""A client's connection in the thin lane: one plain request after the other. What raises ends in a refusal, or ends it."""

import asyncio
import logging
import re
from collections.abc import Coroutine
from typing import Final, Protocol, cast

from OpenSSL import SSL

from saywhy.proxy.door.inspecting import Door
from saywhy.proxy.http.bounds import MOST_UNWRITTEN, MOST_WAITING
from saywhy.proxy.lane.deadline import Deadline
from saywhy.proxy.lane.faults import closed_on_fault
from saywhy.proxy.lane.origins import Origin
from saywhy.proxy.lane.parts import LaneParts
from saywhy.proxy.lane.plain_request import NOT_PLAIN, NOT_WHOLE, Place, PlainRequest, end_of_head, read_plain
from saywhy.proxy.lane.tls_transport import TlsTransport
from saywhy.proxy.lane.turn import Turn
from saywhy.proxy.lingering_close import lingering_close

logger = logging.getLogger(__name__)

_EMPTY_LINES: Final = re.compile(rb"(?:\r\n)+")
_HTTP_1: Final = b"http/1.1"


class OtherLane(Protocol):
    """Who takes a connection on that is not plain any more."""

    def take_over(self, one: "LaneConnection", data: bytes) -> None:
        """Go on with it; `data` is what the client has said and nobody has answered."""

    def client_refused(self, one: "LaneConnection", error: str) -> None:
        """The client has ended the handshake, in OpenSSL's words."""

    def client_said_nothing(self, one: "LaneConnection") -> None:
        """The client has gone after the handshake, without a word."""


class LaneConnection(asyncio.Protocol):
    """`idle` is counted up by whoever watches, and reset by whatever comes."""

    half_open = False

    def __init__(
        self,
        transport: asyncio.Transport,
        door: Door,
        other: OtherLane,
        parts: LaneParts,
        place: Place | None,
        tunnel: tuple[str, int] | None,
    ) -> None:
        """`place` is where all requests go, `tunnel` the host and port of the CONNECT, if it began so."""
        self.transport = transport
        self.peer = str(transport.get_extra_info("peername")[0])
        self.idle = 0
        self.tunnel = tunnel
        self.tls: TlsTransport | None = None
        self.clogged = False  # the client takes nothing for now
        self._door = door
        self._other = other
        self._parts = parts
        self._place = place
        self._in = b""  # what has come and was not read yet
        self._looked = 0  # bytes of it, in which no head ends
        self._head = b""  # of the request whose turn it is
        self._turn: Turn | None = None
        self._origin: Origin | None = None  # the connection that answered last
        self._task: asyncio.Task[None] | None = None
        self._passed_over = 0  # bytes of a refused request's body that are still to come
        self._silent = True  # nothing has come but a handshake
        self._reading = False  # heads are being read, further down the stack
        self._ended = False
        self._deadline = Deadline(door.loop, self._too_late)
        self.await_within = self._deadline.within

    # Beginning.
    def in_tls(self, connection: SSL.Connection) -> None:
        """Speak TLS with the client, by this object, whose handshake is to come."""
        self.tls = TlsTransport(connection, self, self, accepts=True)

    @closed_on_fault
    def begin(self, transport: asyncio.Transport, first: bytes) -> None:
        """Take the client's transport over. `first` is what the client has said so far, after a CONNECT."""
        outside: TlsTransport | LaneConnection = self.tls or self
        transport.set_protocol(outside)
        outside.connection_made(transport)
        self.await_within(self._parts.head_seconds)
        outside.data_received(first)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """What is written to the client goes there."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(high=MOST_UNWRITTEN)

    def handshaken(self) -> str:
        """TLS is there; the first head has its time from now on."""
        assert self.tls is not None
        self._parts.metrics.lanes.handshaken("client", resumed=self.tls.resumed)
        self.await_within(self._parts.head_seconds)
        return ""

    def handshake_failed(self, error: str, *, by_them: bool, said_all: bool) -> None:
        """TLS has failed; the alert has been sent."""
        del said_all
        if by_them:
            self._other.client_refused(self, error)
        self.transport.close()
        self._end()

    # What the client says.
    @closed_on_fault
    def data_received(self, data: bytes) -> None:
        """Read on, as far as it is this request's turn."""
        self.idle = 0
        if self._ended:
            return
        self._silent = False
        self._in = self._in + data if self._in else data
        self._read_on()

    def eof_received(self) -> bool:
        """They have said all, and wait for nothing."""
        self.abort()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        del exc
        self._end()

    @closed_on_fault
    def pause_writing(self) -> None:
        """The client takes no more for now: read no more of the answer, and begin with no further request."""
        self.clogged = True
        if self._turn is not None and self._turn.exchange is not None:
            self._turn.exchange.read_origin(False)

    @closed_on_fault
    def resume_writing(self) -> None:
        """The client takes more again."""
        self.clogged = False
        if self._turn is None:
            self._go_on()
        elif self._turn.exchange is not None:
            self._turn.exchange.read_origin(True)

    def _read_on(self) -> None:
        if self._reading:
            return
        self._reading = True
        try:
            while self._in and not self._ended and self._read_some():
                pass
        finally:
            self._reading = False

    def _read_some(self) -> bool:
        """Read the next of what is there. Whether there may be more to read."""
        turn = self._turn
        if self._passed_over:
            taken = min(self._passed_over, len(self._in))
            self._passed_over -= taken
            self._in = self._in[taken:]
        elif turn is None and not self.clogged:
            return self._read_head()
        elif turn is not None and turn.left:
            piece = self._in[: turn.left]
            self._in = self._in[len(piece) :]
            turn.send_body(piece)
        else:
            if len(self._in) > MOST_WAITING:
                self.read(False)
            return False
        return True

    def _read_head(self) -> bool:
        """Read a head, if it has come whole, and begin with it. Whether it had."""
        empty = _EMPTY_LINES.match(self._in)
        if empty is not None:  # passed over before a request (RFC 9112 section 2.2)
            self._in, self._looked = self._in[empty.end() :], 0
        data = self._in
        end = end_of_head(data, self._looked)
        if end == NOT_WHOLE:
            self._looked = len(data)
            if data and not self._deadline.is_set:
                self.await_within(self._parts.head_seconds)
            return False
        head = data[:end]
        request = None if end == NOT_PLAIN else read_plain(head, self._place)
        if request is None or not self._is_ours(request):
            self.hand_over()
            return False
        self.await_within(None)
        self._in, self._head, self._looked = data[end:], head, 0
        self._turn = Turn(self._parts, self, request)
        self._turn.begin()
        return True

    def _is_ours(self, request: PlainRequest) -> bool:
        """Whether nothing has to be done with the request but to refuse it, or to let it out as it is."""
        snapshot = self._parts.judge.in_force.now
        if snapshot is None or self._door.is_portal(request.url.host):
            return False
        return request.reads or not snapshot.engine.index.used

    # What a request's turn needs.
    def send(self, data: bytes) -> None:
        """Write to the client."""
        self.idle = 0
        self.transport.write(data)

    def read(self, wanted: bool) -> None:  # noqa: FBT001 — a switch
        """Read from the client, or let what comes wait."""
        if wanted != self.transport.is_reading() and not self.transport.is_closing():
            (self.transport.resume_reading if wanted else self.transport.pause_reading)()

    def run(self, work: Coroutine[None, None, None]) -> None:
        """Run it to its end, at once as far as it does not wait."""
        task = asyncio.Task(work, loop=self._door.loop, eager_start=True)
        if task.done():
            task.result()
        else:
            self._task = task
            task.add_done_callback(self._run_to_its_end)

    @closed_on_fault
    def _run_to_its_end(self, task: "asyncio.Task[None]") -> None:
        if self._task is task:
            self._task = None
        if not task.cancelled():
            task.result()
            self._read_on()

    def offers(self) -> tuple[bytes, ...]:
        """As the client, so that both sides speak alike; where it says nothing, we say nothing."""
        return (_HTTP_1,) if self.tls is not None and self.tls.connection.get_alpn_proto_negotiated() else ()

    def kept_origin(self) -> Origin | None:
        """The connection that answered last, for the taking."""
        origin, self._origin = self._origin, None
        return origin

    def over(self, origin: Origin | None, to_come: int, *, keeps: bool) -> None:
        """The request was answered: the next has its turn, after so many bytes of this one's body."""
        if self._ended:
            return
        self._cancel_task()
        self._turn, self._head, self._passed_over = None, b"", to_come
        if origin is not None:
            origin.bound |= bool(self._in)  # what it said too much would be the answer to what waits already
            self._origin = origin
        self.await_within(None)
        if keeps:
            self._go_on()
        else:
            self._leave()

    def _go_on(self) -> None:
        """Read the next request, in its turn."""
        self.read(True)
        if self._in and not self._reading:
            self._door.loop.call_soon(self.data_received, b"")

    def broke(self) -> None:
        """Something raised: refuse what can be refused, end what cannot."""
        if self._ended:
            return
        try:
            self._parts.metrics.fault("hook")
            if self._turn is not None:
                self._turn.refuse_without_explaining()
                self._leave()
                return
        except Exception:
            logger.exception("a refusal could not be written; the connection is closed")
        self.abort()

    @property
    def is_busy(self) -> bool:
        """Whether a request is under way, or the client has not taken all of its answer."""
        return self._turn is not None or self.transport.get_write_buffer_size() > 0

    def goes_on(self) -> bool:
        """Whether what is under way would be let out now as well, or gets a page instead."""
        return self._turn is None or self._turn.goes_on()

    @closed_on_fault
    def _too_late(self) -> None:
        if self._turn is not None:
            self._turn.too_late()
        else:  # a handshake, or a head
            self.abort()

    # Ends.
    def hand_over(self) -> None:
        """Let the other lane go on, with what nobody has answered."""
        data, self._head, self._in, self._turn = self._head + self._in, b"", b"", None
        self._stop()
        self._other.take_over(self, data)

    @closed_on_fault
    def rest(self) -> None:
        """Close the connection to an origin that is only kept for a next request, and let buffers go."""
        origin = self.kept_origin()
        if origin is not None:
            origin.close()
        if self.tls is not None and self._turn is None:
            self.tls.rest()

    def abort(self) -> None:
        """End everything about this connection, now."""
        self.transport.abort()
        self._end()

    def _leave(self) -> None:
        """Say nothing more; what was said has to arrive."""
        if not self._ended:
            lingering_close(self.transport, self._door.loop)
            self._end()

    def _end(self) -> None:
        if self._ended:
            return
        try:
            self._stop()
            if self._silent and self.tls is not None and self.tls.established and not self.tls.error:
                self._other.client_said_nothing(self)
        except Exception:
            logger.exception("the thin lane raised as a connection ended")
        finally:
            self._door.gone(self)

    def _stop(self) -> None:
        self._ended = True
        self._deadline.end()
        self._cancel_task()
        turn, self._turn = self._turn, None
        origin = self.kept_origin()
        if origin is not None:
            self._parts.origins.keep(origin)
        if turn is not None:
            turn.stop()

    def _cancel_task(self) -> None:
        task, self._task = self._task, None
        if task is not None and task is not asyncio.current_task(self._door.loop):
            task.cancel()
