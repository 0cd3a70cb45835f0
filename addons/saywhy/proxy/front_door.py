"""The front door: owns the listening socket, and chooses the way of every connection before anything is decrypted.

One decision, two speeds: what policy allows by its name alone is relayed as it is; what has to be seen inside, or
answered with a page, is handed to mitmproxy's layers with everything that was read so far.
"""

import asyncio
import logging
import time
from contextlib import suppress
from typing import Final

from mitmproxy.connection import Client, ConnectionState
from mitmproxy.net.http import status_codes
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HTTPMode

from saywhy.decide.access import Target
from saywhy.decide.inspection import Way
from saywhy.explain.answer import Answer
from saywhy.explain.fault import STATIC_REFUSAL, STATIC_REFUSAL_HEADERS, FaultKind
from saywhy.policy.address import AddressError, canonical_host
from saywhy.policy.patience import Patience
from saywhy.policy.protocols import ANYTHING, covers
from saywhy.proxy.arrival import Arrival
from saywhy.proxy.client_hello import ClientHello
from saywhy.proxy.connect_head import Connect
from saywhy.proxy.connection_rate import ConnectionRate
from saywhy.proxy.enforce import Enforcer
from saywhy.proxy.farewell import end_politely
from saywhy.proxy.fixed_options import FIXED_OPTIONS
from saywhy.proxy.hooks import Hooks
from saywhy.proxy.inside_layers import InsideHttp, InsideTls
from saywhy.proxy.inspected import Inspected
from saywhy.proxy.judged import Judged
from saywhy.proxy.open_connections import Limits, Open, OpenConnections
from saywhy.proxy.parts import Parts
from saywhy.proxy.relay import Relay
from saywhy.proxy.relays import Relays
from saywhy.proxy.spoken import Spoken
from saywhy.proxy.wire import Inside

logger = logging.getLogger(__name__)

_WEB: Final = frozenset({b"http/1.1", b"h2", b"http/1.0"})
_TICK: Final = 0.5  # seconds between two looks at whether time has changed what is allowed
_TELL_SECONDS: Final = 60.0  # between two lines about connections that are turned away


class FrontDoor:
    """Listens, and knows every connection that is open."""

    def __init__(
        self, parts: Parts, enforcer: Enforcer, hooks: Hooks, spoken: Spoken, limits: Limits | None = None
    ) -> None:
        self.limits = limits or Limits()
        self.loop: asyncio.AbstractEventLoop
        self._parts = parts
        self._judge = parts.judge
        self._enforcer = enforcer
        self._hooks = hooks
        self._spoken = spoken
        self._open = OpenConnections(self.limits, parts.metrics)
        self._rate = ConnectionRate(self.limits.new_per_second, self.limits.new_at_once)
        self._tell_again = 0.0
        self._judged: dict[Arrival, Judged] = {}
        self._relays = Relays(self, parts, self._open)
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

    async def listen(self, host: str, port: int) -> None:
        """Take connections from now on, there as well. Raises OSError."""
        self.loop = asyncio.get_running_loop()
        self._servers.append(await self.loop.create_server(lambda: Arrival(self), host, port, backlog=1024))
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
    def arrived(self, arrival: Arrival) -> None:
        """Somebody has come: let them in, or turn them away where they have too many connections open."""
        seconds = self._rate.wait(arrival.peer, self.loop.time())
        if not self._open.came(arrival) or seconds is None:
            self._tell_of_shed(arrival.peer)
            self.answer_fault(arrival, "too-many")
        elif seconds:
            arrival.wait(seconds)

    def _tell_of_shed(self, peer: str) -> None:
        now = self.loop.time()
        if now >= self._tell_again:
            self._tell_again = now + _TELL_SECONDS
            logger.warning(
                "connections are turned away, from %s among others: it opens too many, or all together do", peer
            )

    def gone(self, one: Arrival | Relay | Inspected) -> None:
        """They have left."""
        if isinstance(one, Arrival):
            self._judged.pop(one, None)
        self._open.gone(one)

    def broke(self, arrival: Arrival, error: Exception) -> None:
        """The front door itself raised."""
        del error
        self._parts.metrics.fault("hook")
        self._answer(arrival, None)

    def admit_tunnel(self, arrival: Arrival, connect: Connect) -> bool:
        """Whether a tunnel is begun: nearly always, since a page is shown inside it."""
        self._parts.metrics.requested("connect")
        if self._parts.portal.is_name(connect.host):
            return True
        judged = self._judge_name(arrival.peer, connect.host, connect.port)
        if judged is None:
            return True
        if judged.way is Way.REFUSE:
            self._refuse_unseen(arrival, judged, connect)
            return False
        self._judged[arrival] = judged
        return True

    def _judge_name(self, peer: str, host: str, port: int) -> Judged | None:
        return self._judge.judge(peer, Target(host, port))

    def _judged_now(self, arrival: Arrival) -> Judged | None:
        judged = self._judged.pop(arrival, None)
        return None if judged is None else self._judge.judged_now(judged, arrival.peer)

    def _refuse_unseen(self, arrival: Arrival, judged: Judged, connect: Connect) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in connect.fields.items()}
        self._answer(arrival, self._judge.refused("CONNECT", judged, headers))

    # The ways.
    def take_tls(self, arrival: Arrival, connect: Connect, hello: ClientHello, data: bytes) -> None:
        """A whole ClientHello has come: relay, or look inside."""
        judged = self._judged_now(arrival)
        if judged is not None and judged.way is Way.RELAY and self._is_for(hello, judged, arrival.peer):
            if not hello.alpn or not _WEB.isdisjoint(hello.alpn) or covers(judged.protocols, hello.alpn):
                self._relays.begin(arrival, connect, judged, hello, data)
                return
            self._refuse_protocol(arrival, judged)
        elif judged is not None and judged.decision.unseen:  # it does not say plainly that it is for this host
            self._refuse_protocol(arrival, judged)
        else:
            self.inspect_tls(arrival, connect, hello, data)

    def _is_for(self, hello: ClientHello, judged: Judged, peer: str) -> bool:
        """Whether a ClientHello is plainly for the host, or for another name of an app that speaks more than the web."""
        host = judged.access.target.host
        if _names(hello, host):
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

    def take_other(self, arrival: Arrival, connect: Connect, data: bytes) -> None:
        """What came in a tunnel is neither TLS nor HTTP: relay it for an app that speaks so, or refuse it."""
        judged = self._judged_now(arrival)
        if judged is not None and judged.way is Way.RELAY and ANYTHING in judged.protocols:
            self._relays.begin(arrival, connect, judged, None, data)
        elif judged is not None:
            self._refuse_protocol(arrival, judged)
        else:
            self.turn_away(arrival)

    def _refuse_protocol(self, arrival: Arrival, judged: Judged) -> None:
        """Policy allows the host, but what was begun is not the web, or is not plainly for this host."""
        self._judge.kept_in("CONNECT", judged, FaultKind.PROTOCOL_REFUSED)
        self.turn_away(arrival)

    def inspect_tls(self, arrival: Arrival, connect: Connect, hello: ClientHello, data: bytes) -> None:
        """Look inside, or show a page there."""
        context = self._context(arrival, connect)
        context.server.alpn = self._spoken.at((connect.host, connect.port), hello.alpn)
        inside = InsideTls(context, hello, self._enforcer.unreachable, self._enforcer.faults.distrusted)
        self._inspect(arrival, context, inside, data)

    def take_plain(self, arrival: Arrival, connect: Connect | None, data: bytes) -> None:
        """HTTP without TLS, to the proxy itself or inside a tunnel."""
        self._judged.pop(arrival, None)
        context = self._context(arrival, connect)
        mode = HTTPMode.regular if connect is None else HTTPMode.transparent
        inside = InsideHttp(context, mode, self._enforcer.unreachable, self._enforcer.faults.distrusted)
        self._inspect(arrival, context, inside, data)

    def turn_away(self, arrival: Arrival) -> None:
        """What came is nothing that a web filter passes."""
        self._parts.metrics.fault(FaultKind.PROTOCOL_REFUSED)
        arrival.transport.abort()

    def _context(self, arrival: Arrival, connect: Connect | None) -> Context:
        client = Client(
            peername=arrival.transport.get_extra_info("peername"),
            sockname=arrival.transport.get_extra_info("sockname"),
            timestamp_start=time.time(),
            state=ConnectionState.OPEN,
        )
        context = Context(client, FIXED_OPTIONS)  # type: ignore[arg-type]
        if connect is not None:
            context.server.address = (connect.host, connect.port)
        return context

    def _inspect(self, arrival: Arrival, context: Context, inside: Inside, data: bytes) -> None:
        arrival.leave()
        inspected = Inspected(
            self.inspected_ended,
            self.loop,
            self._hooks,
            self._parts.outbound,
            context,
            self.limits.head_seconds,
            self._patience,
        )
        self._open.became(arrival, inspected)
        inspected.begin(arrival.transport, inside, data)

    def _patience(self) -> Patience:
        policy = self._judge.in_force.policy
        return Patience() if policy is None else policy.reach.patience

    def inspected_ended(self, inspected: Inspected) -> None:
        """An inspected connection is over."""
        self._enforcer.faults.distrusted.forget(inspected.client)
        self.gone(inspected)

    # Answers without looking inside.
    def answer_fault(self, arrival: Arrival, fault: str, detail: str = "") -> None:
        """Answer what came with a page about a fault, and end the connection."""
        self._answer(arrival, self._judge.faulted(_FAULTS[fault], detail=detail), _STATUS.get(fault))

    def _answer(self, arrival: Arrival, page: Answer | None, status: int | None = None) -> None:
        arrival.leave()
        if page is None:
            page = Answer(503, STATIC_REFUSAL_HEADERS["Content-Type"], STATIC_REFUSAL, {})
        if not arrival.transport.is_closing():
            arrival.transport.write(_as_http(page, status or page.status))
            end_politely(arrival.transport, self.loop)
        self.gone(arrival)

    def _still_allowed(self, one: Open) -> bool:
        """Whether it would begin now as well: a lesson or a grant may have ended.

        Inside, each request is decided on when it comes, so what is under way there is looked at, and whether the host may
        still be looked into.
        """
        if isinstance(one, Relay):
            judged = self._judge_name(one.peer, one.host, one.port)
            return judged is not None and judged.way is Way.RELAY and judged.through == one.through
        if not isinstance(one, Inspected):
            return True
        if one.tunnel is not None and not self._parts.portal.is_name(one.tunnel[0]):
            judged = self._judge_name(one.peer, *one.tunnel)
            if judged is None or (judged.decision.unseen and judged.way is not Way.INSPECT):
                return False
        return self._enforcer.goes_on(one.client)


_FAULTS: Final = {
    "too-slow": FaultKind.AMBIGUOUS_REQUEST,
    "head-too-long": FaultKind.AMBIGUOUS_REQUEST,
    "too-many": FaultKind.TOO_MANY_CONNECTIONS,
    "ambiguous": FaultKind.AMBIGUOUS_REQUEST,
}
_STATUS: Final = {"too-slow": 408, "head-too-long": 431, "too-many": 503}


def _names(hello: ClientHello, host: str) -> bool:
    """Whether a ClientHello names this host: only then is what is relayed what was asked for."""
    if hello.sni is None:
        return False
    if hello.sni == host:
        return True
    try:
        return canonical_host(hello.sni) == host
    except AddressError:
        return False


def _as_http(page: Answer, status: int) -> bytes:
    reason = status_codes.RESPONSES.get(status, "")
    fields = {
        "Content-Type": page.content_type,
        **page.headers,
        "Content-Length": str(len(page.body)),
        "Connection": "close",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} {reason}\r\n{head}\r\n".encode("latin-1") + page.body
