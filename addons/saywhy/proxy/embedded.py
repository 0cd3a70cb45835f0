"""The proxy that `saywhy run` uses: the front door, with mitmproxy's protocol layers behind it and nothing else of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from saywhy.observe.metrics import Metrics
from saywhy.proxy.door.client_counts import ClientCounts
from saywhy.proxy.door.front_door import FrontDoor
from saywhy.proxy.door.open_connections import Limits
from saywhy.proxy.mitm.alpn_cache import AlpnCache
from saywhy.proxy.mitm.enforce import Enforcer
from saywhy.proxy.mitm.handshakes import Handshakes
from saywhy.proxy.mitm.hooks import Hooks
from saywhy.proxy.mitm.inspection import Inspection
from saywhy.proxy.mitm.mitmproxy_patches import apply_patches
from saywhy.proxy.outbound.outbound import Outbound, Portal
from saywhy.proxy.tls.authority import read_authority
from saywhy.proxy.tls.chains import Chains
from saywhy.proxy.tls.device_contexts import DeviceContexts
from saywhy.proxy.tls.issuers import Issuers
from saywhy.proxy.tls.settings import settings_for_origins


@dataclass(frozen=True, slots=True)
class Listening:
    """The proxy's certificates: the authority's folder and the roots that origins are checked by."""

    authority: Path
    upstream_roots: Path


def build(
    listening: Listening,
    enforcer: Enforcer,
    outbound: Outbound,
    portal: Portal,
    metrics: Metrics,
    before: Sequence[object] = (),
    limits: Limits | None = None,
    clients: ClientCounts | None = None,
) -> FrontDoor:
    """Put the proxy together. `before` are further objects whose hooks come first; `clients` are those of all workers."""
    apply_patches()
    devices = DeviceContexts(read_authority(listening.authority))
    chains = Chains(partial(settings_for_origins, listening.upstream_roots), Issuers(outbound.open_to_named))
    handshakes = Handshakes(devices, chains)
    alpn_cache, limits = AlpnCache(), limits or Limits()
    hooks = Hooks(enforcer.faults, (*before, handshakes, alpn_cache, enforcer))
    inspection = Inspection(hooks, enforcer, alpn_cache, outbound, limits.head_seconds)
    return FrontDoor(enforcer.judge, inspection, outbound, portal, metrics, limits, clients or ClientCounts())
