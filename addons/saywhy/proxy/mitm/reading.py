"""One reading of a request head: what is decided on is what is forwarded.

Whatever two programs could read differently is refused here, before anything is decided (RFC 9112 section 3.2,
RFC 9113 section 8.3.1): several or disagreeing hosts, control characters, a target that is no URL.
"""

import re
from contextlib import suppress

from mitmproxy import http

from saywhy.decide.access import Target
from saywhy.decide.signs import signs_of
from saywhy.policy.address import (
    DEFAULT_PORTS,
    AddressError,
    Url,
    bracketed,
    canonical_host,
    canonical_url,
    two_readings,
)

_CONTROL = frozenset(range(32)) - {9} | {127}
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110 section 5.6.2
_LONGEST_PORT = 5  # digits
_LONGEST_LENGTH = 18  # digits, so that a body's length is less than 2^63 in every program


class AmbiguousRequestError(ValueError):
    """A request head that could be read in more than one way; the message says what was wrong, in a few words."""


def read_target(request: http.Request, sni: str | None) -> Target:
    """The target of a request, after setting its host, path and Host header to their canonical form.

    `sni` is the name of the ClientHello, where there was one. Raises AmbiguousRequestError.
    """
    _refuse_odd_characters(request)
    try:
        host = canonical_host(request.host)
        authority = f"{bracketed(host)}:{request.port}"
        whole_server = request.path == "*" and request.method == "OPTIONS"  # RFC 9112 section 3.2.4
        if not request.path.startswith("/") and not whole_server:
            raise AmbiguousRequestError("the path does not start with a slash")
        path = "/" if whole_server else request.path
        url = canonical_url(f"{request.scheme}://{authority}{path}")
        _refuse_other_names(request, sni, url)
    except AddressError as error:
        raise AmbiguousRequestError(str(error)) from None
    if (url.host, url.port) != (host, request.port):
        raise AmbiguousRequestError("the address changes when it is read as a browser would")
    if why := two_readings(url.path):
        raise AmbiguousRequestError(why)
    _set_canonical(request, url)
    headers = request.headers
    return Target(url.host, url.port, url, signs_of(url, (headers.get("content-type", ""), headers.get("accept", ""))))


def _refuse_odd_characters(request: http.Request) -> None:
    if _TOKEN.fullmatch(request.data.method) is None:
        raise AmbiguousRequestError("the method holds what no method may hold")
    for name, value in request.headers.fields:
        if not _CONTROL.isdisjoint(value) or not _CONTROL.isdisjoint(name):
            raise AmbiguousRequestError("a header holds control characters")
    if any(ord(letter) <= 32 or ord(letter) == 127 for letter in request.path):
        raise AmbiguousRequestError("the path holds spaces or control characters")
    if len(request.headers.get("content-length", "")) > _LONGEST_LENGTH:
        raise AmbiguousRequestError("the length of the body is beyond counting")


def _refuse_other_names(request: http.Request, sni: str | None, url: Url) -> None:
    """Host, :authority and SNI have to name the place that the request really goes to."""
    hosts = request.headers.get_all("host")
    if len(hosts) > 1:
        raise AmbiguousRequestError("there are several Host headers")
    named_by = (*hosts, request.authority) if request.authority else hosts
    for named in named_by:
        if _split(named, url.scheme) != (url.host, url.port):
            raise AmbiguousRequestError("the Host header names another place than the address")
    if not hosts and not (request.authority if request.is_http2 else request.http_version == "HTTP/1.0"):
        raise AmbiguousRequestError("there is no Host header")
    if sni is not None and canonical_host(sni) != url.host:
        raise AmbiguousRequestError("the name in the TLS handshake is not that of the address")


def heed_whole_address(request: http.Request) -> None:
    """Where an HTTP/1 request holds a whole address, a Host that names another place is the address's (RFC 9112 3.2.2).

    A Host that is none, or several, stays as it came, and is refused later (section 3.2).
    """
    if request.authority and not request.is_http2:
        hosts = request.headers.get_all("host")
        with suppress(ValueError):
            if len(hosts) == 1 and _split(hosts[0], "http"):
                request.headers["host"] = request.authority


def _split(authority: str, scheme: str) -> tuple[str, int]:
    host, colon, port = authority.rpartition(":")
    if not colon or authority.endswith("]"):
        return canonical_host(authority), DEFAULT_PORTS[scheme]
    if not port:
        return canonical_host(host), DEFAULT_PORTS[scheme]
    if not (port.isascii() and port.isdigit() and len(port) <= _LONGEST_PORT):
        raise AmbiguousRequestError("the Host header holds no proper port")
    return canonical_host(host), int(port)


def _set_canonical(request: http.Request, url: Url) -> None:
    request.data.host = url.host
    if request.path != "*":
        request.path = url.origin_form
    named = url.authority
    in_pseudo_header = request.is_http2 and bool(request.authority)
    # HTTP/1 goes on in origin form, the host in its header (RFC 9112 section 3.2.1)
    request.data.authority = named.encode("ascii") if in_pseudo_header else b""
    if not in_pseudo_header or "host" in request.headers:
        request.headers["host"] = named
