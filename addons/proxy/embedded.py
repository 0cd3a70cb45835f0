"""The proxy that `saywhy run` uses: mitmproxy's Master with only the addons needed, not the whole of mitmdump."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mitmproxy import options
from mitmproxy.addons import core, proxyserver
from mitmproxy.master import Master

from addons.proxy.enforce import Enforcer
from addons.proxy.faults import ClosedAddonManager
from addons.proxy.handshakes import Handshakes
from addons.proxy.steering import Steering

# Options without which mitmproxy is no safe place to enforce anything.
CLOSED_OPTIONS: Final[Mapping[str, Any]] = {
    "rawtcp": False,  # or two bytes after CONNECT relay a whole session unseen
    "connection_strategy": "lazy",  # or an origin is contacted before it was decided on
    "stream_large_bodies": None,  # or a decision comes after the upload
    "body_size_limit": None,
    "store_streamed_bodies": False,
    "validate_inbound_headers": True,
    "ssl_insecure": False,
    "http3": False,
    "websocket": True,
    "ignore_hosts": [],
    "allow_hosts": [],
    "tcp_hosts": [],
    "udp_hosts": [],
}


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the proxy listens, and its certificates: the authority's folder and the roots that origins are checked by."""

    host: str
    port: int
    authority: Path
    upstream_roots: Path


def build(listening: Listening, enforcer: Enforcer, steering: Steering, before: Sequence[object] = ()) -> Master:
    """Put the proxy together on the running event loop. `before` are addons that come first (tests use it)."""
    opts = options.Options(
        mode=["regular"],
        listen_host=listening.host,
        listen_port=listening.port,
        confdir=str(listening.authority),
        ssl_verify_upstream_trusted_ca=str(listening.upstream_roots),
    )
    master = Master(opts, event_loop=asyncio.get_running_loop())
    master.addons = ClosedAddonManager(master, enforcer.faults)
    handshakes = Handshakes(listening.authority, listening.upstream_roots)
    master.addons.add(*before, core.Core(), proxyserver.Proxyserver(), steering, handshakes, enforcer)
    opts.update(**CLOSED_OPTIONS)
    return master


async def stop_listening(master: Master) -> None:
    """Take no new connections; those that are open go on."""
    server: proxyserver.Proxyserver = master.addons.get("proxyserver")
    await server.servers.update([])


def open_connections(master: Master) -> int:
    """How many client connections are open."""
    server: proxyserver.Proxyserver = master.addons.get("proxyserver")
    return len(server.connections)
