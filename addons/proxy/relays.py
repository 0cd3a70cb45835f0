"""How a relay begins: the origin is reached, it is decided once more, and the origin has to say something.

Where the origin cannot be reached, or is silent, the client is answered with a page inside TLS of our own, as long as it
has said no more than its ClientHello.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Final, Protocol

from addons.decide.inspection import Way
from addons.proxy.arrival import Arrival
from addons.proxy.client_hello import ClientHello
from addons.proxy.connect_head import Connect
from addons.proxy.enforce import Enforcer
from addons.proxy.judged import Judged
from addons.proxy.not_reachable import NotReachableError
from addons.proxy.open_connections import OpenConnections
from addons.proxy.relay import Relay

logger = logging.getLogger(__name__)

_BEFORE_A_PAGE: Final = 0.5  # of policy's patience: the rest is for a second try, inside, which ends in the page


class Door(Protocol):
    """What relays need of the front door."""

    loop: asyncio.AbstractEventLoop

    def judged_now(self, judged: Judged, peer: str) -> Judged | None:
        """The judgement, or another where something else came into force since."""

    def count(self, judged: Judged) -> None:
        """Count a decision that was carried out."""

    def inspect_tls(self, arrival: Arrival, connect: Connect, hello: ClientHello, data: bytes) -> None:
        """Look inside, or show a page there."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """A relay of which the origin has not said anything yet, and what the client came with."""

    relay: Relay
    arrival: Arrival
    connect: Connect
    judged: Judged
    hello: ClientHello | None
    data: bytes


class Relays:
    """Begins relays, and ends those of which the origin stays silent."""

    def __init__(self, door: Door, enforcer: Enforcer, connections: OpenConnections) -> None:
        self._door = door
        self._enforcer = enforcer
        self._parts = enforcer.parts
        self._open = connections
        self._beginning: set[asyncio.Task[None]] = set()

    def begin(self, arrival: Arrival, connect: Connect, judged: Judged, hello: ClientHello | None, data: bytes) -> None:
        """Relay, once the origin is reached. `data` is what the client has said to it; no `hello`: it is not TLS."""
        arrival.transport.pause_reading()
        arrival.leave()
        work = self._begin(arrival, connect, judged, hello, data)
        task = asyncio.Task(work, loop=self._door.loop, eager_start=True)
        if not task.done():
            self._beginning.add(task)
            task.add_done_callback(self._beginning.discard)

    def close(self) -> None:
        """Begin no more."""
        for task in list(self._beginning):
            task.cancel()

    def relay_ended(self, relay: Relay) -> None:
        """A relay is over."""
        self._parts.metrics.relayed("up", relay.client.count)
        self._parts.metrics.relayed("down", relay.origin.count)
        self._open.gone(relay)

    async def _begin(
        self, arrival: Arrival, connect: Connect, judged: Judged, hello: ClientHello | None, data: bytes
    ) -> None:
        try:
            relay = Relay(self, arrival.peer, connect.host, connect.port)
            await self._parts.outbound.connect(lambda: relay.origin, connect.host, connect.port)
        except (NotReachableError, OSError):
            self._explain_inside(arrival, connect, judged, hello, data)
            return
        except BaseException as error:
            self._parts.metrics.fault("hook")
            arrival.transport.abort()
            self._open.gone(arrival)
            if not isinstance(error, Exception):
                raise
            logger.exception("a relay could not begin; the connection is closed")
            return
        now = self._door.judged_now(judged, arrival.peer)
        if now is None or now.way is not Way.RELAY:  # something else came into force while the origin was reached
            relay.abandon()
            self._explain_inside(arrival, connect, judged, hello, data)
            return
        self._door.count(now)
        self._enforcer.write_down("CONNECT", now.access, now.decision, None, now.took)
        self._open.became(arrival, relay)
        if arrival.transport.is_closing():  # the client went while the origin was being reached
            relay.abandon()
            self._open.gone(relay)
            return
        relay.begin(arrival.transport, data)
        patience = now.snapshot.policy.reach.patience.of(connect.host)
        seconds = patience if now.decision.unseen else patience * _BEFORE_A_PAGE
        begun = _Begun(relay, arrival, connect, now, hello, data)
        relay.silence = self._door.loop.call_later(seconds, self._is_silent, begun)

    def _is_silent(self, begun: _Begun) -> None:
        relay = begun.relay
        if relay.origin.count:
            return
        if begun.judged.decision.unseen or relay.client.count > len(begun.data) or relay.half_open:
            relay.abort()
            return
        relay.abandon()
        self._open.became(relay, begun.arrival)
        self._explain_inside(begun.arrival, begun.connect, begun.judged, begun.hello, begun.data)

    def _explain_inside(
        self, arrival: Arrival, connect: Connect, judged: Judged, hello: ClientHello | None, data: bytes
    ) -> None:
        """The origin cannot be reached: a page that says so can only be shown inside."""
        if arrival.transport.is_closing() or judged.decision.unseen or hello is None:
            arrival.transport.abort()
            self._open.gone(arrival)
            return
        arrival.transport.resume_reading()
        self._door.inspect_tls(arrival, connect, hello, data)
