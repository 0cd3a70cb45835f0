"""The portal's name inside the proxy: whoever is behind the filter reaches it without DNS."""

from mitmproxy import http

from saywhy.decide.access import Target
from saywhy.policy.address import DEFAULT_PORTS, bracketed
from saywhy.proxy.mitm import gate
from saywhy.proxy.outbound.outbound import Portal


class PortalRoute:
    """Sends requests for the portal's name to where it listens, saying who asks.

    The headers are believed by the portal only together with `proof`, which nobody outside this machine's processes
    knows; a client's own copies are dropped.
    """

    def __init__(self, portal: Portal, proof: str) -> None:
        self._portal = portal
        self._proof = proof

    def is_for(self, target: Target) -> bool:
        """Whether a request is for the portal."""
        url = target.url
        return self._portal.is_name(target.host) and url is not None and target.port == DEFAULT_PORTS[url.scheme]

    def send(self, flow: http.HTTPFlow) -> None:
        """Direct the flow to the portal and open the gate for it."""
        request = flow.request
        for name in [one for one in request.headers if one.lower().startswith("x-saywhy-")]:
            del request.headers[name]
        request.headers["X-Saywhy-Client"] = flow.client_conn.peername[0]
        request.headers["X-Saywhy-Scheme"] = request.scheme
        request.headers["X-Saywhy-Relay"] = self._proof
        host, port = (flow.client_conn.sockname or ("", 0))[:2]  # where this device reached the proxy
        request.headers["X-Saywhy-Proxy"] = f"{bracketed(host)}:{port}"
        request.scheme = "http"
        request.data.host = self._portal.name
        request.data.port = self._portal.port
        request.headers["host"] = self._portal.name
        request.headers.pop("upgrade", None)
        request.headers["connection"] = "close"  # to us: none is kept, or a few devices would hold all that it takes
        gate.open_for(flow)
