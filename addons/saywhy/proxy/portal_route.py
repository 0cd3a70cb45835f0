"""The portal's name inside the proxy: whoever is behind the filter reaches it without DNS."""

from mitmproxy import http

from saywhy.decide.access import Target
from saywhy.policy.address import DEFAULT_PORTS
from saywhy.proxy import gate
from saywhy.proxy.outbound import Portal


class PortalRoute:
    """Sends requests for the portal's name to where it listens, saying who asks.

    The headers are believed by the portal only together with `proof`, which nobody outside this machine's processes
    knows; a client's own copies are dropped.
    """

    def __init__(self, portal: Portal, proof: str) -> None:
        self._portal = portal
        self._proof = proof

    def is_name(self, host: str) -> bool:
        """Whether a canonical host is the portal's name inside the proxy."""
        return host == self._portal.name

    def is_for(self, target: Target) -> bool:
        """Whether a request is for the portal."""
        url = target.url
        return target.host == self._portal.name and url is not None and target.port == DEFAULT_PORTS[url.scheme]

    def link(self, scheme: str, path: str) -> str:
        """An address of the portal as somebody behind the proxy opens it."""
        return f"{scheme}://{self._portal.name}{path}"

    def send(self, flow: http.HTTPFlow) -> None:
        """Direct the flow to the portal and open the gate for it."""
        request = flow.request
        for name in [one for one in request.headers if one.lower().startswith("x-saywhy-")]:
            del request.headers[name]
        request.headers["X-Saywhy-Client"] = flow.client_conn.peername[0]
        request.headers["X-Saywhy-Scheme"] = request.scheme
        request.headers["X-Saywhy-Relay"] = self._proof
        request.scheme = "http"
        request.data.host = self._portal.name
        request.data.port = self._portal.port
        request.headers["host"] = self._portal.name
        request.headers.pop("upgrade", None)
        request.headers["connection"] = "close"  # to us: none is kept, or a few devices would hold all that it takes
        gate.open_for(flow)
