"""How a relay begins: the origin is reached, it is decided once more, and the origin has to say something.

Where the origin cannot be reached, or is silent, the client is answered with a page inside TLS of our own, as long as it
has said no more than its ClientHello.
"""

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import Final, Protocol

from saywhy.observe.metrics import Metrics
from saywhy.proxy.door.connect_head import Connect
from saywhy.proxy.door.open_connections import OpenConnections
from saywhy.proxy.door.preread import Preread
from saywhy.proxy.door.relay import Relay
from saywhy.proxy.judge import Judge
from saywhy.proxy.judged import Judged
from saywhy.proxy.outbound.not_reachable import NotReachableError
from saywhy.proxy.outbound.outbound import Outbound
from saywhy.proxy.tls.client_hello import ClientHello

logger = logging.getLogger(__name__)

_BEFORE_A_PAGE: Final = 0.5  # of policy's patience: the rest is for a second try, inside, which ends in the page


class Door(Protocol):
    """What relays need of the front door."""

    loop: asyncio.AbstractEventLoop

    def inspect_tls(self, preread: Preread, connect: Connect, hello: ClientHello, data: bytes) -> None:
        """Look inside, or show a page there."""

    def goes_unseen(self, hello: ClientHello | None, judged: Judged, peer: str) -> bool:
        """Whether what a client came with is relayed by this judgement."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a client came with. `data` is what it has said to the origin so far; no `hello`: it is not TLS."""

    preread: Preread
    connect: Connect
    judged: Judged
    hello: ClientHello | None
    data: bytes

    @property
    def can_be_explained(self) -> bool:
        """Whether a page can be shown: the client is there, speaks TLS, and policy lets it be answered inside."""
        there = not self.preread.transport.is_closing()
        return there and self.hello is not None and not self.judged.decision.unseen


class Relays:
    """Begins relays, and ends those of which the origin stays silent."""

    def __init__(
        self, door: Door, judge: Judge, outbound: Outbound, metrics: Metrics, connections: OpenConnections
    ) -> None:
        self._door = door
        self._judge = judge
        self._outbound = outbound
        self._metrics = metrics
        self._open = connections
        self._beginning: set[asyncio.Task[None]] = set()

    def begin(self, preread: Preread, connect: Connect, judged: Judged, hello: ClientHello | None, data: bytes) -> None:
        """Relay, once the origin is reached. `data` is what the client has said to it; no `hello`: it is not TLS."""
        preread.transport.pause_reading()
        preread.leave()
        work = self._begin(_Wanted(preread, connect, judged, hello, data))
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
        self._metrics.lanes.relayed("relay", "up", relay.client.count)
        self._metrics.lanes.relayed("relay", "down", relay.origin.count)
        self._open.gone(relay)

    async def _begin(self, wanted: _Wanted) -> None:
        preread, connect = wanted.preread, wanted.connect
        try:
            relay = Relay(
                self, preread.peer, connect.host, connect.port, through=wanted.judged.through, hello=wanted.hello
            )
            await self._outbound.connect(lambda: relay.origin, relay.through, connect.port)
            now = self._still(wanted, relay)
        except (NotReachableError, OSError):
            self._explain_inside(wanted)
            return
        except BaseException as error:
            self._metrics.fault("hook")
            preread.transport.abort()
            self._open.gone(preread)
            if not isinstance(error, Exception):
                raise
            logger.exception("a relay could not begin; the connection is closed")
            return
        if now is None:  # something else came into force while the origin was reached
            self._explain_inside(wanted)
            return
        self._judge.let_out("relay", "CONNECT", now)
        self._metrics.traffic.went("relay")
        self._open.became(preread, relay)
        if preread.transport.is_closing():  # the client went while the origin was being reached
            relay.abandon()
            self._open.gone(relay)
            return
        relay.begin(preread.transport, wanted.data)
        patience = now.snapshot.policy.reach.patience.of(connect.host)
        seconds = patience if now.decision.unseen else patience * _BEFORE_A_PAGE
        relay.silence = self._door.loop.call_later(seconds, self._is_silent, relay, replace(wanted, judged=now))

    def _still(self, wanted: _Wanted, relay: Relay) -> Judged | None:
        """What is decided now, where it is relayed as it was to be; otherwise the origin is let go of."""
        now: Judged | None = None
        peer = wanted.preread.peer
        try:
            judged = self._judge.judged_now(wanted.judged, peer)
            if judged is not None and judged.through == relay.through:
                now = judged if self._door.goes_unseen(wanted.hello, judged, peer) else None
        finally:
            if now is None:
                relay.abandon()
        return now

    def _is_silent(self, relay: Relay, wanted: _Wanted) -> None:
        if relay.origin.count:
            return
        untouched = relay.client.count == len(wanted.data) and not relay.half_open
        if wanted.can_be_explained and untouched:
            relay.abandon()
            self._open.became(relay, wanted.preread)
            self._explain_inside(wanted)
        else:
            relay.abort()

    def _explain_inside(self, wanted: _Wanted) -> None:
        """The origin cannot be reached: a page that says so can only be shown inside."""
        if wanted.hello is None or not wanted.can_be_explained:
            wanted.preread.transport.abort()
            self._open.gone(wanted.preread)
            return
        wanted.preread.transport.resume_reading()
        self._door.inspect_tls(wanted.preread, wanted.connect, wanted.hello, wanted.data)
