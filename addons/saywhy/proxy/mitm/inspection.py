"""Begins connections that are looked into: what the front door hands on, with everything that was read so far."""

import asyncio
import time

from mitmproxy.connection import Client, ConnectionState
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HTTPMode

from saywhy.policy.patience import Patience
from saywhy.proxy.door.connect_head import Connect
from saywhy.proxy.door.inspecting import Ended, Inspected
from saywhy.proxy.mitm import gate
from saywhy.proxy.mitm.alpn_cache import AlpnCache
from saywhy.proxy.mitm.connection_handler import ConnectionHandler
from saywhy.proxy.mitm.enforce import Enforcer
from saywhy.proxy.mitm.fixed_options import FIXED_OPTIONS
from saywhy.proxy.mitm.hooks import Hooks
from saywhy.proxy.mitm.inside_layers import InsideHttp, InsideTls
from saywhy.proxy.mitm.request_use import ends_with_head
from saywhy.proxy.mitm.transport import Inside
from saywhy.proxy.outbound.outbound import Outbound
from saywhy.proxy.tls.client_hello import ClientHello


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

    def tls(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        connect: Connect,
        hello: ClientHello,
        ended: Ended,
    ) -> ConnectionHandler:
        """For a ClientHello in a tunnel."""
        context = _context(transport, connect)
        context.server.alpn = self._alpn_cache.at((connect.host, connect.port), hello.alpn)
        inside = InsideTls(context, hello, self._enforcer.unreachable, self._enforcer.faults.distrusted)
        return self._handler(loop, context, inside, ended)

    def plain(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, connect: Connect | None, ended: Ended
    ) -> ConnectionHandler:
        """For HTTP without TLS, to the proxy itself or inside a tunnel."""
        context = _context(transport, connect)
        mode = HTTPMode.regular if connect is None else HTTPMode.transparent
        inside = InsideHttp(context, mode, self._enforcer.unreachable, self._enforcer.faults.distrusted)
        return self._handler(loop, context, inside, ended)

    def goes_on(self, one: Inspected) -> bool:
        """Whether all that is under way on it would be let out now as well, or can be answered with a page instead.

        No page can be shown where the answer has begun, or the request still comes.
        """
        assert isinstance(one, ConnectionHandler)
        waiting: set[str] = set()
        for flow, now in self._enforcer.no_longer(one.client):
            begun = gate.response_passed(flow) or flow.websocket is not None or not ends_with_head(flow.request)
            if begun or now is None or now.decision.allowed:
                return False
            waiting.add(flow.id)
        if waiting:
            one.answer_now(waiting)
        return True

    def _handler(
        self, loop: asyncio.AbstractEventLoop, context: Context, inside: Inside, ended: Ended
    ) -> ConnectionHandler:
        def over(handler: ConnectionHandler) -> None:
            self._enforcer.faults.distrusted.forget(handler.client)
            ended(handler)

        return ConnectionHandler(
            over, loop, self._hooks, self._outbound, context, inside, self._head_seconds, self._patience
        )

    def _patience(self) -> Patience:
        policy = self._enforcer.judge.in_force.policy
        return Patience() if policy is None else policy.reach.patience


def _context(transport: asyncio.Transport, connect: Connect | None) -> Context:
    client = Client(
        peername=transport.get_extra_info("peername"),
        sockname=transport.get_extra_info("sockname"),
        timestamp_start=time.time(),
        state=ConnectionState.OPEN,
    )
    context = Context(client, FIXED_OPTIONS)  # type: ignore[arg-type]
    if connect is not None:
        context.server.address = (connect.host, connect.port)
    return context
