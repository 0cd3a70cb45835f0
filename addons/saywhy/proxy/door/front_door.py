"""The front door: owns the listening socket, and chooses the way of every connection before anything is decrypted.

One decision, two speeds: what policy allows by its name alone is relayed as it is; what has to be seen inside, or
answered with a page, is handed to whoever looks into it (`inspecting`) with everything that was read so far.
"""

import asyncio
import logging
import socket
from contextlib import suppress
from http import HTTPStatus
from typing import Final, cast

from saywhy.decide.access import Target
from saywhy.decide.inspection import Way
from saywhy.explain.answer import Answer
from saywhy.explain.fault import STATIC_REFUSAL, STATIC_REFUSAL_HEADERS, FaultKind
from saywhy.observe.metrics import Metrics
from saywhy.policy.address import AddressError, canonical_host
from saywhy.policy.protocols import ANYTHING, covers
from saywhy.proxy.door.client_counts import ClientCounts
from saywhy.proxy.door.connect_head import Connect
from saywhy.proxy.door.connection_rate import ConnectionRate
from saywhy.proxy.door.inspecting import Inspected, Inspects
from saywhy.proxy.door.open_connections import Limits, Open, OpenConnections
from saywhy.proxy.door.preread import Preread
from saywhy.proxy.door.relay import Relay
from saywhy.proxy.door.relays import Relays
from saywhy.proxy.judge import Judge
from saywhy.proxy.judged import Judged
from saywhy.proxy.lingering_close import lingering_close
from saywhy.proxy.outbound.outbound import Outbound, Portal
from saywhy.proxy.tls.client_hello import ClientHello

logger = logging.getLogger(__name__)

BACKLOG: Final = 1_024  # connections that wait to be taken
_WEB: Final = frozenset({b"http/1.1", b"h2", b"http/1.0"})
_TICK: Final = 0.5  # seconds between two looks at whether time has changed what is allowed
_TELL_SECONDS: Final = 60.0  # between two lines about connections that are turned away


class FrontDoor:
    """Listens, and knows every connection that is open."""

    def __init__(
        self,
        judge: Judge,
        inspection: Inspects,
        outbound: Outbound,
        portal: Portal,
        metrics: Metrics,
        limits: Limits,
        clients: ClientCounts,
    ) -> None:
        self.limits = limits
        self.loop: asyncio.AbstractEventLoop
        self._judge = judge
        self._inspection = inspection
        self._portal = portal
        self._metrics = metrics
        self._open = OpenConnections(limits, metrics, clients)
        self._rate = ConnectionRate(self.limits.new_per_second, self.limits.new_at_once, clients)
        self._tell_again = 0.0
        self._judged: dict[Preread, Judged] = {}
        self._relays = Relays(self, judge, outbound, metrics, self._open)
        self._servers: list[asyncio.Server] = []
        self._stage: object = None
        self._ticking: asyncio.TimerHandle | None = None

    @property
    def open_connections(self) -> int:
        """How many client connections are open."""
        return len(self._open)

    def relays(self) -> list[Relay]:
        """The relays that are open."""
        return [one for one in self._open if isinstance(one, Relay)]

    async def listen(self, at: socket.socket) -> None:
        """Take connections from now on, at this socket as well, which others may share."""
        self.loop = asyncio.get_running_loop()
        self._servers.append(await self.loop.create_server(lambda: Preread(self), sock=at, backlog=BACKLOG))
        if len(self._servers) > 1:
            return
        self._open.watch(self.loop, self._still_allowed)
        self._judge.in_force.when_changed(self._something_changed)
        self._tick()

    def _tick(self) -> None:
        """A lesson has begun, a permit has ended: what would not begin now is ended."""
        self._ticking = self.loop.call_later(_TICK, self._tick)
        stage = self._judge.stage()
        if stage != self._stage:
            self._stage = stage
            self._open.look_again()

    def _something_changed(self) -> None:
        """Another policy, lists or grants are in force: relays that would not begin now are ended (from any thread)."""
        with suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(self._open.look_again)

    async def stop_listening(self) -> None:
        """Take no new connections; those that are open go on."""
        for server in self._servers:
            server.close()
        self._servers.clear()

    def close(self) -> None:
        """End every connection."""
        if self._ticking is not None:
            self._ticking.cancel()
        self._relays.close()
        self._open.close()

    # Arriving.
    def arrived(self, preread: Preread) -> None:
        """Somebody has come: let them in, or turn them away where they have too many connections open."""
        seconds = self._rate.wait(preread.peer, self.loop.time())
        if not self._open.came(preread) or seconds is None:
            self._tell_of_shed(preread.peer)
            self.answer_fault(preread, "too-many")
        elif seconds:
            preread.wait(seconds)

    def _tell_of_shed(self, peer: str) -> None:
        now = self.loop.time()
        if now >= self._tell_again:
            self._tell_again = now + _TELL_SECONDS
            logger.warning(
                "connections are turned away, from %s among others: it opens too many, or all together do", peer
            )

    def gone(self, one: Preread | Relay | Inspected) -> None:
        """They have left."""
        if isinstance(one, Preread):
            self._judged.pop(one, None)
        self._open.gone(one)

    def broke(self, preread: Preread, error: Exception) -> None:
        """The front door itself raised."""
        del error
        self._metrics.fault("hook")
        self._answer(preread, None)

    def admit_tunnel(self, preread: Preread, connect: Connect) -> bool:
        """Whether a tunnel is begun: nearly always, since a page is shown inside it."""
        self._metrics.requested("connect")
        if self._portal.is_name(connect.host):
            return True
        judged = self._judge_name(preread.peer, connect.host, connect.port)
        if judged is None:
            return True
        if judged.way is Way.REFUSE:
            self._refuse_unseen(preread, judged, connect)
            return False
        self._judged[preread] = judged
        return True

    def _judge_name(self, peer: str, host: str, port: int) -> Judged | None:
        return self._judge.judge(peer, Target(host, port))

    def _judged_now(self, preread: Preread) -> Judged | None:
        judged = self._judged.pop(preread, None)
        return None if judged is None else self._judge.judged_now(judged, preread.peer)

    def _refuse_unseen(self, preread: Preread, judged: Judged, connect: Connect) -> None:
        self._metrics.traffic.went("refuse")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in connect.fields.items()}
        self._answer(preread, self._judge.refused("relay", "CONNECT", judged, headers))

    def became(self, before: Inspected, now: Inspected) -> None:
        """The same connection, in other hands."""
        self._open.became(before, now)

    def is_portal(self, host: str) -> bool:
        """Whether a canonical host is the portal's name."""
        return self._portal.is_name(host)

    @property
    def busy_inspected(self) -> int:
        """How many of the connections that are looked into have a request under way."""
        return sum(cast("Inspected", one).is_busy for one in self._open if not isinstance(one, Relay | Preread))

    # The ways.
    def take_tls(self, preread: Preread, connect: Connect, hello: ClientHello, data: bytes) -> None:
        """A whole ClientHello has come: relay, or look inside."""
        judged = self._judged_now(preread)
        if judged is not None and judged.way is Way.RELAY and self._is_for(hello, judged, preread.peer):
            if _speaks(hello, judged):
                self._relays.begin(preread, connect, judged, hello, data)
                return
            self._refuse_protocol(preread, judged)
        elif judged is not None and judged.decision.unseen:  # it does not say plainly that it is for this host
            self._refuse_protocol(preread, judged)
        else:
            self.inspect_tls(preread, connect, hello, data)

    def goes_unseen(self, hello: ClientHello | None, judged: Judged, peer: str) -> bool:
        """Whether what a client came with is relayed by this judgement; no `hello`: it is not TLS."""
        if judged.way is not Way.RELAY:
            return False
        if hello is None:
            return ANYTHING in judged.protocols
        return self._is_for(hello, judged, peer) and _speaks(hello, judged)

    def _is_for(self, hello: ClientHello, judged: Judged, peer: str) -> bool:
        """Whether a ClientHello is plainly for the host, or for another name of an app that speaks more than the web."""
        host = judged.access.target.host
        if hello.names(host):
            return True
        if hello.sni is None:
            return ANYTHING in judged.protocols
        if not judged.protocols:
            return False
        try:
            named = self._judge_name(peer, canonical_host(hello.sni), judged.access.target.port)
        except AddressError:
            return False
        return named is not None and named.way is Way.RELAY and not named.speaking.isdisjoint(judged.speaking)

    def take_other(self, preread: Preread, connect: Connect, data: bytes) -> None:
        """What came in a tunnel is neither TLS nor HTTP: relay it for an app that speaks so, or refuse it."""
        judged = self._judged_now(preread)
        if judged is not None and self.goes_unseen(None, judged, preread.peer):
            self._relays.begin(preread, connect, judged, None, data)
        elif judged is not None:
            self._refuse_protocol(preread, judged)
        else:
            self.turn_away(preread)

    def _refuse_protocol(self, preread: Preread, judged: Judged) -> None:
        """Policy allows the host, but what was begun is not the web, or is not plainly for this host."""
        self._judge.kept_in("CONNECT", judged, FaultKind.PROTOCOL_REFUSED)
        self.turn_away(preread)

    def inspect_tls(self, preread: Preread, connect: Connect, hello: ClientHello, data: bytes) -> None:
        """Look inside, or show a page there."""
        self._metrics.traffic.went("inspect")
        self._inspect(preread, self._inspection.tls(preread.transport, self, connect, hello), data)

    def take_plain(self, preread: Preread, connect: Connect | None, data: bytes) -> None:
        """HTTP without TLS, to the proxy itself or inside a tunnel."""
        self._metrics.traffic.went("plain")
        self._judged.pop(preread, None)
        self._inspect(preread, self._inspection.plain(preread.transport, self, connect), data)

    def _inspect(self, preread: Preread, inspected: Inspected, data: bytes) -> None:
        preread.leave()
        self._open.became(preread, inspected)
        try:
            inspected.begin(preread.transport, data)
        except Exception:
            logger.exception("what was to look into a connection raised; it is closed")
            self._metrics.fault("hook")
            preread.transport.abort()
            inspected.abort()

    def turn_away(self, preread: Preread) -> None:
        """What came is nothing that a web filter passes."""
        self._metrics.traffic.went("refuse")
        self._metrics.fault(FaultKind.PROTOCOL_REFUSED)
        preread.transport.abort()

    # Answers without looking inside.
    def answer_fault(self, preread: Preread, fault: str, detail: str = "") -> None:
        """Answer what came with a page about a fault, and end the connection."""
        self._answer(preread, self._judge.faulted(_FAULTS[fault], detail=detail), _STATUS.get(fault))

    def _answer(self, preread: Preread, page: Answer | None, status: int | None = None) -> None:
        preread.leave()
        if page is None:
            page = Answer(503, STATIC_REFUSAL_HEADERS["Content-Type"], STATIC_REFUSAL, {})
        if not preread.transport.is_closing():
            preread.transport.write(_as_http(page, status or page.status))
            lingering_close(preread.transport, self.loop)
        self.gone(preread)

    def _still_allowed(self, one: Open) -> bool:
        """Whether it may go on; what cannot be decided on may not."""
        try:
            return self._goes_on(one)
        except Exception:
            logger.exception("a connection could not be decided on again; it is closed")
            self._metrics.fault("hook")
            return False

    def _goes_on(self, one: Open) -> bool:
        """Whether it would begin now as well: a lesson or a grant may have ended.

        Inside, each request is decided on when it comes, so what is under way there is looked at, and whether the host may
        still be looked into.
        """
        if isinstance(one, Relay):
            judged = self._judge_name(one.peer, one.host, one.port)
            return (
                judged is not None and judged.through == one.through and self.goes_unseen(one.hello, judged, one.peer)
            )
        if isinstance(one, Preread):
            return True
        inspected = cast("Inspected", one)
        if inspected.tunnel is not None and not self._portal.is_name(inspected.tunnel[0]):
            judged = self._judge_name(one.peer, *inspected.tunnel)
            if judged is None or (judged.decision.unseen and judged.way is not Way.INSPECT):
                return False
        return inspected.goes_on()


_FAULTS: Final = {
    "too-slow": FaultKind.AMBIGUOUS_REQUEST,
    "head-too-long": FaultKind.AMBIGUOUS_REQUEST,
    "too-many": FaultKind.TOO_MANY_CONNECTIONS,
    "ambiguous": FaultKind.AMBIGUOUS_REQUEST,
}
_STATUS: Final = {"too-slow": 408, "head-too-long": 431, "too-many": 503}


def _speaks(hello: ClientHello, judged: Judged) -> bool:
    """Whether it offers the web, or what an app of the host speaks besides."""
    return not hello.alpn or not _WEB.isdisjoint(hello.alpn) or covers(judged.protocols, hello.alpn)


def _as_http(page: Answer, status: int) -> bytes:
    reason = HTTPStatus(status).phrase
    fields = {
        "Content-Type": page.content_type,
        **page.headers,
        "Content-Length": str(len(page.body)),
        "Connection": "close",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} {reason}\r\n{head}\r\n".encode("latin-1") + page.body
