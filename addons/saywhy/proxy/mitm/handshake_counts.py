"""TLS handshakes that mitmproxy's layers do, counted; and the requests that needed none, since an origin was connected already."""

from mitmproxy import http
from mitmproxy.tls import TlsData

from saywhy.observe.lane_figures import LaneFigures
from saywhy.proxy.tls.resumption import is_resumed


class HandshakeCounts:
    """mitmproxy addon."""

    def __init__(self, figures: LaneFigures) -> None:
        self._figures = figures

    def tls_established_client(self, data: TlsData) -> None:
        """A handshake with a client has come to its end."""
        self._figures.handshaken("client", resumed=is_resumed(data.ssl_conn))

    def tls_established_server(self, data: TlsData) -> None:
        """A handshake with an origin has come to its end."""
        self._figures.handshaken("origin", resumed=is_resumed(data.ssl_conn))

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """An origin answers: on a connection that was there when the request came, or on a new one."""
        since = flow.server_conn.timestamp_tls_setup
        if since is not None and since < flow.request.timestamp_start:
            self._figures.kept()
