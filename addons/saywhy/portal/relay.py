"""Requests that our own proxy relays: whom they speak for, once they have proved where they come from."""

import hmac
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_PROOF: Final = "HTTP_X_SAYWHY_RELAY"
_CLIENT: Final = "HTTP_X_SAYWHY_CLIENT"
_SCHEME: Final = "HTTP_X_SAYWHY_SCHEME"
_PROXY: Final = "HTTP_X_SAYWHY_PROXY"
RELAYED: Final = "saywhy.proxy"  # in the environment of a proven relay alone: where its client reached the proxy


class Relayed:
    """Sets the client's address and scheme from a proven relay; without the proof those headers mean nothing."""

    def __init__(self, app: WSGIApplication, proof: str) -> None:
        self._app = app
        self._proof = proof.encode()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        given = str(environ.pop(_PROOF, "")).encode("latin-1", "replace")
        client = str(environ.pop(_CLIENT, ""))
        scheme = str(environ.pop(_SCHEME, ""))
        proxy = str(environ.pop(_PROXY, ""))
        if self._proof and hmac.compare_digest(given, self._proof):
            try:
                environ["REMOTE_ADDR"] = str(ip_address(client))
            except ValueError:
                environ["REMOTE_ADDR"] = ""  # rather nobody than the relay itself
            environ["wsgi.url_scheme"] = "https" if scheme == "https" else "http"
            environ[RELAYED] = proxy
        return self._app(environ, start_response)
