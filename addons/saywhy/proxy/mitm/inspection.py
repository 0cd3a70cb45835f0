"""Begins connections that mitmproxy's layers look into: what the front door, or the thin lane, hands on."""

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from mitmproxy.connection import Client, ConnectionState
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HTTPMode

from saywhy.policy.patience import Patience
from saywhy.proxy.door.connect_head import Connect
from saywhy.proxy.door.inspecting import Door, Spoken
from saywhy.proxy.mitm import gate
from saywhy.proxy.mitm.connection_handler import ConnectionHandler
from saywhy.proxy.mitm.enforce import Enforcer
from saywhy.proxy.mitm.fixed_options import FIXED_OPTIONS
from saywhy.proxy.mitm.hooks import Hooks
from saywhy.proxy.mitm.inside_layers import InsideHttp, InsideTls
from saywhy.proxy.mitm.request_use import ends_with_head
from saywhy.proxy.mitm.transport import Inside
from saywhy.proxy.outbound.outbound import Outbound
from saywhy.proxy.tls.alpn_cache import AlpnCache
from saywhy.proxy.tls.client_hello import ClientHello

_NO_PATIENCE: Final = Patience()


class Inspection:
    """Makes a handler for each; `head_seconds` is how long a head may take."""

    def __init__(
        self, hooks: Hooks, enforcer: Enforcer, alpn_cache: AlpnCache, outbound: Outbound, head_seconds: float
    ) -> None:
        self._hooks = hooks
        self._enforcer = enforcer
        self._alpn_cache = alpn_cache
        self._outbound = outbound
        self._head_seconds = head_seconds

    def tls(self, transport: asyncio.Transport, door: Door, connect: Connect, hello: ClientHello) -> ConnectionHandler:
        """For a ClientHello in a tunnel."""
        context = _context(transport, (connect.host, connect.port))
        context.server.alpn = self._alpn_cache.at((connect.host, connect.port), hello.alpn)
        inside = InsideTls(context, hello, self._enforcer.unreachable, self._enforcer.faults.distrusted)
        return self._handler(door, context, inside)

    def plain(self, transport: asyncio.Transport, door: Door, connect: Connect | None) -> ConnectionHandler:
        """For HTTP without TLS, to the proxy itself or inside a tunnel."""
        return self.inside(transport, door, None if connect is None else (connect.host, connect.port), None)

    def inside(
        self, transport: asyncio.Transport, door: Door, tunnel: tuple[str, int] | None, spoken: Spoken | None
    ) -> ConnectionHandler:
        """For HTTP whose TLS, if it has any, is done by the transport."""
        context = _context(transport, tunnel)
        if spoken is not None:
            client = context.client
            client.tls = context.server.tls = True
            client.sni, client.alpn_offers, client.alpn = spoken.sni, spoken.offers, spoken.alpn
            client.tls_version, client.timestamp_tls_setup = spoken.version, time.time()  # type: ignore[assignment]
        mode = HTTPMode.regular if tunnel is None else HTTPMode.transparent
        inside = InsideHttp(context, mode, self._enforcer.unreachable, self._enforcer.faults.distrusted)
        return self._handler(door, context, inside)

    def goes_on(self, one: ConnectionHandler) -> bool:
        """Whether all that is under way on it would be let out now as well, or can be answered with a page instead.

        No page can be shown where the answer has begun, or the request still comes.
        """
        waiting: set[str] = set()
        for flow, now in self._enforcer.no_longer(one.client):
            begun = gate.response_passed(flow) or flow.websocket is not None or not ends_with_head(flow.request)
            if begun or now is None or now.decision.allowed:
                return False
            waiting.add(flow.id)
        if waiting:
            one.answer_now(waiting)
        return True

    def _handler(self, door: Door, context: Context, inside: Inside) -> ConnectionHandler:
        watch = _Watch(self, door, self._enforcer)
        seconds, patience = self._head_seconds, self._patience
        return ConnectionHandler(watch, door.loop, self._hooks, self._outbound, context, inside, seconds, patience)

    def _patience(self) -> Patience:
        policy = self._enforcer.judge.in_force.policy
        return _NO_PATIENCE if policy is None else policy.reach.patience


@dataclass(frozen=True, slots=True)
class _Watch:
    """Over the connections of one door."""

    inspection: Inspection
    door: Door
    enforcer: Enforcer

    def ended(self, one: ConnectionHandler) -> None:
        self.enforcer.faults.distrusted.forget(one.client)
        self.door.gone(one)

    def goes_on(self, one: ConnectionHandler) -> bool:
        return self.inspection.goes_on(one)


def _context(transport: asyncio.Transport, tunnel: tuple[str, int] | None) -> Context:
    client = Client(
        peername=transport.get_extra_info("peername"),
        sockname=transport.get_extra_info("sockname"),
        timestamp_start=time.time(),
        state=ConnectionState.OPEN,
    )
    context = Context(client, FIXED_OPTIONS)  # type: ignore[arg-type]
    if tunnel is not None:
        context.server.address = tunnel
    return context
