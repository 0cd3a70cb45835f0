"""The options that mitmproxy's layers read, as plain attributes: its own are copied deeply at every read."""

from dataclasses import dataclass


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
