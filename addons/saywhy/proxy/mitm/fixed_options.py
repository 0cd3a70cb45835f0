"""The options that mitmproxy's layers read, as plain attributes: its own are copied deeply at every read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

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
class FixedOptions:
    """Options without which mitmproxy is no safe place to enforce anything (see CLOSED_OPTIONS), and none to change."""

    proxy_debug: bool = False
    rawtcp: bool = False
    connection_strategy: str = "lazy"
    stream_large_bodies: str | None = None
    body_size_limit: str | None = None
    store_streamed_bodies: bool = False
    validate_inbound_headers: bool = True
    normalize_outbound_headers: bool = True
    keep_host_header: bool = False
    http_connect_send_host_header: bool = True
    websocket: bool = True
    http2: bool = True
    http2_ping_keepalive: int = 0  # a client that is idle keeps no origin awake


FIXED_OPTIONS = FixedOptions()
