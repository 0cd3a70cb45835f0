"""What an inspected connection is made of: its transports, as the event loop sees them, and its layers."""

import asyncio
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, cast

from mitmproxy.connection import Connection
from mitmproxy.proxy import events, layer

from saywhy.proxy.http.bounds import MOST_UNWRITTEN


class Unanswered(NamedTuple):
    """A request without an answer: its flow and stream, the host that was asked, and since when (monotonic seconds)."""

    flow_id: str
    stream_id: int
    host: str
    since: float


@dataclass
class AnswersOverdue(events.Event):
    """These streams have waited for long enough."""

    stream_ids: list[int]


class Inside(Protocol):
    """The outermost layer of an inspected connection."""

    def handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        """As every layer of mitmproxy."""

    def not_to_be_read(self) -> set[Connection]:
        """Connections to origins of which nothing can be passed on for now."""

    def give_up(self, server: Connection, why: str) -> None:
        """The handshake with an origin takes too long, and its connection is closed."""

    def head_is_open(self) -> bool:
        """Whether the beginning of a request has come, and not its whole head."""

    def origin_is_gone(self, server: Connection) -> None:
        """The connection to an origin is over; what belongs to it may go with the next event."""

    def rest(self) -> None:
        """Nothing has come for a while: hold as little as goes."""

    def has_requests(self) -> bool:
        """Whether a request is under way."""

    def unanswered(self) -> list[Unanswered]:
        """The requests that an origin has and has not begun to answer."""


class Watch(Protocol):
    """Who is told of a handler of a connection, and asked about it."""

    def ended(self, one: Any) -> None:
        """It is over."""

    def goes_on(self, one: Any) -> bool:
        """Whether all that is under way on it would be let out now as well, or has got a page instead."""


class Owner(Protocol):
    """What a protocol belongs to."""

    def received(self, protocol: "TransportProtocol", data: bytes) -> None:
        """Bytes came."""

    def finished(self, protocol: "TransportProtocol") -> None:
        """The other side has said all."""

    def lost(self, protocol: "TransportProtocol") -> None:
        """The transport is gone."""

    def balance(self) -> None:
        """A protocol takes no more, or takes more again."""


class TransportProtocol(asyncio.Protocol):
    """One transport of an inspected connection: the client's, or one to an origin."""

    __slots__ = ("_reading", "clogged", "closed", "connection", "kept_back", "owner", "transport")

    def __init__(self, owner: Owner, connection: Connection) -> None:
        self.owner = owner
        self.connection = connection
        self.clogged = False
        self.closed = False
        self.kept_back: list[bytes] = []
        self._reading = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Made towards an origin; the client's transport is adopted."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(high=MOST_UNWRITTEN)

    def write(self, data: bytes, *, at_once: bool) -> None:
        """Write, or keep back until `flush`: what belongs together leaves together.

        An origin that takes exception to the end of our handshake says so and closes. A request that is written to it a
        moment later is answered by a reset, and the transport is gone before what it said was read.
        """
        if at_once:
            if not self.transport.is_closing():
                self.transport.write(data)
        else:
            self.kept_back.append(data)

    def flush(self) -> None:
        """Write what was kept back."""
        pieces, self.kept_back = self.kept_back, []
        if pieces and not self.transport.is_closing():
            self.transport.write(b"".join(pieces))

    def read(self, wanted: bool) -> None:  # noqa: FBT001 — a switch
        """Read from the transport, or let what comes wait in the kernel."""
        if wanted != self._reading and not self.transport.is_closing():
            self._reading = wanted
            (self.transport.resume_reading if wanted else self.transport.pause_reading)()

    def data_received(self, data: bytes) -> None:
        """Give to the layers."""
        self.owner.received(self, data)

    def eof_received(self) -> bool:
        """The other side says nothing more; it may still listen."""
        self.owner.finished(self)
        return not self.closed

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        del exc
        self.owner.lost(self)

    def pause_writing(self) -> None:
        """It takes no more for now."""
        self.clogged = True
        self.owner.balance()

    def resume_writing(self) -> None:
        """It takes more again."""
        self.clogged = False
        self.owner.balance()
