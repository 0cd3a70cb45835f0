"""The proxy that `saywhy run` uses: the front door, and two lanes behind it for what is looked into."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from saywhy.observe.metrics import Metrics
from saywhy.proxy.door.client_counts import ClientCounts
from saywhy.proxy.door.front_door import FrontDoor
from saywhy.proxy.door.inspecting import Inspects
from saywhy.proxy.door.open_connections import Limits
from saywhy.proxy.lane.lane import Lane
from saywhy.proxy.lane.origins import Origins
from saywhy.proxy.lane.own_origin import settings_for_own
from saywhy.proxy.lane.parts import LaneParts
from saywhy.proxy.mitm.client_refusals import ClientRefusals
from saywhy.proxy.mitm.enforce import Enforcer
from saywhy.proxy.mitm.handshake_counts import HandshakeCounts
from saywhy.proxy.mitm.handshakes import Handshakes
from saywhy.proxy.mitm.hooks import Hooks
from saywhy.proxy.mitm.inspection import Inspection
from saywhy.proxy.mitm.mitmproxy_patches import apply_patches
from saywhy.proxy.outbound.outbound import Outbound, Portal
from saywhy.proxy.tls.alpn_cache import AlpnCache
from saywhy.proxy.tls.authority import read_authority
from saywhy.proxy.tls.chains import Chains
from saywhy.proxy.tls.device_contexts import DeviceContexts
from saywhy.proxy.tls.issuers import Issuers
from saywhy.proxy.tls.settings import settings_for_origins


@dataclass(frozen=True, slots=True)
class Listening:
    """The proxy's certificates: the authority's folder and the roots that origins are checked by.

    Without `thin_lane` mitmproxy's layers do everything.
    """

    authority: Path
    upstream_roots: Path
    thin_lane: bool = True


def build(  # noqa: PLR0913, PLR0917 — what a proxy is made of
    listening: Listening,
    enforcer: Enforcer,
    refusals: ClientRefusals,
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
    settings = partial(settings_for_origins, listening.upstream_roots)
    chains = Chains(settings, Issuers(outbound.open_to_named), own=settings_for_own(listening.authority))
    alpn_cache, limits = AlpnCache(), limits or Limits()
    handshakes = Handshakes(devices, chains, alpn_cache)
    counts = HandshakeCounts(metrics.lanes)
    hooks = Hooks(enforcer.faults, (*before, refusals, handshakes, counts, enforcer))
    everything = Inspection(hooks, enforcer, alpn_cache, outbound, limits.head_seconds)
    inspects: Inspects = everything
    if listening.thin_lane:
        origins = Origins(outbound, chains, limits.head_seconds, limits.origin_seconds)
        parts = LaneParts(enforcer.judge, origins, metrics, limits.head_seconds)
        inspects = Lane(parts, devices, alpn_cache, everything, refusals)
    return FrontDoor(enforcer.judge, inspects, outbound, portal, metrics, limits, clients or ClientCounts())
