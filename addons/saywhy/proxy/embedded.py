"""The proxy that `saywhy run` uses: the front door, with mitmproxy's protocol layers behind it and nothing else of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from saywhy.proxy.enforce import Enforcer
from saywhy.proxy.front_door import FrontDoor
from saywhy.proxy.handshakes import Handshakes
from saywhy.proxy.hooks import Hooks
from saywhy.proxy.issuers import Issuers
from saywhy.proxy.lean import make_lean
from saywhy.proxy.open_connections import Limits
from saywhy.proxy.parts import Parts
from saywhy.proxy.spoken import Spoken

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
    """The proxy's certificates: the authority's folder and the roots that origins are checked by."""

    authority: Path
    upstream_roots: Path


def build(
    listening: Listening, parts: Parts, enforcer: Enforcer, before: Sequence[object] = (), limits: Limits | None = None
) -> FrontDoor:
    """Put the proxy together. `before` are further objects whose hooks come first."""
    make_lean()
    handshakes = Handshakes(
        listening.authority, listening.upstream_roots, issuers=Issuers(parts.outbound.open_to_named)
    )
    spoken = Spoken()
    hooks = Hooks(parts.faults, (*before, handshakes, spoken, enforcer))
    return FrontDoor(parts, enforcer, hooks, spoken, limits)
