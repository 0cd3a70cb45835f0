"""The names that the portal answers to.

Any other is refused, so that no foreign site can make a browser take the portal for its own (DNS rebinding), and no answer
is built from a name that somebody made up.
"""

import socket
from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from re import compile as pattern
from typing import Final
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_HOST: Final = pattern(r"(?P<name>[a-z0-9][a-z0-9.-]{0,252}|\[[0-9a-f]*:[0-9a-f:.]{1,45}\])(?::(?P<port>[0-9]{1,5}))?")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_PAGE: Final = b"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>This is not the address of this page</title></head>
<body><main><h1>This is not the address of this page</h1>
<p>The web filter's questions and answers have a name of their own, and this is another one.</p>
<p>Open them from the page that is closed, or ask IT support for the right address.</p></main></body>
</html>
"""
_HEADERS: Final = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Length", str(len(_PAGE))),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
]


class OwnNames:
    """Answers what is asked under a name of the portal, and refuses the rest with a page that needs nothing."""

    def __init__(self, app: WSGIApplication, names: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        given = environ.get("HTTP_HOST")
        if not isinstance(given, str) or not is_own(given, self._names):
            start_response("400 Bad Request", _HEADERS)
            return [] if environ.get("REQUEST_METHOD") == "HEAD" else [_PAGE]
        environ["HTTP_HOST"] = given.lower()
        return self._app(environ, start_response)


def is_own(host: str, names: Collection[str]) -> bool:
    """Whether a Host header (RFC 9110, 7.2) names this portal: one of the names, or an address of this machine."""
    found = _HOST.fullmatch(host.lower())
    if found is None or (found["port"] is not None and not 0 < int(found["port"]) < 65_536):
        return False
    name = found["name"].removeprefix("[").removesuffix("]")
    return name == "localhost" or name in names or is_this_machine(name)


def is_this_machine(text: str | None) -> bool:
    """Whether this is an IP address of the machine that the portal runs on."""
    try:
        address = ip_address((text or "").partition("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    address = mapped or address
    if address.is_loopback:
        return True
    return not (address.is_unspecified or address.is_multicast) and _can_be_bound(address)


def _can_be_bound(address: IPv4Address | IPv6Address) -> bool:
    # Only an address of one's own can be listened on: no list of interfaces has to be read, which change at any time.
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as knocking:
            knocking.bind((str(address), 0))
    except OSError:
        return False
    return True


def same_origin(origin: str, host: str) -> bool:
    """Whether an Origin header (RFC 6454) is the origin of what was asked under this host, by whichever scheme."""
    try:
        told = urlsplit(origin)
        asked = urlsplit(f"{told.scheme}://{host}")
        default = _DEFAULT_PORTS[told.scheme]
        ports = told.port or default, asked.port or default
    except (ValueError, KeyError):
        return False
    return told.hostname == asked.hostname and ports[0] == ports[1] and not told.path
