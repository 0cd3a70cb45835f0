"""What a plain request is: one head that every reader finds, for one place, with nothing special about it.

A head that is none (`None`) is not refused here: it goes on as it came to the lane that reads everything, and says what is wrong.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from saywhy.decide.access import Target
from saywhy.decide.signs import signs_of
from saywhy.decide.use import READING_METHODS
from saywhy.policy.address import (
    DEFAULT_PORTS,
    AddressError,
    Url,
    bracketed,
    canonical_host,
    canonical_url,
    two_readings,
)
from saywhy.proxy.http.framing import Field, RequestHead
from saywhy.proxy.http.heads import FIELDS, MOST_REQUEST_HEAD

_HEAD: Final = re.compile(
    rb"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) ([\x21\x22\x24-\x5b\x5d-\x7e]+) HTTP/1\.1\r\n(" + FIELDS + rb")\r\n"
)
_WHOLE: Final = re.compile(rb"http://([a-z0-9.-]+)(?::([0-9]{1,5}))?(/.*)")
# What changes how a message, a method or a connection is to be read: the other lane's.
_NOT_PLAIN: Final = frozenset({
    b"transfer-encoding", b"upgrade", b"expect", b"trailer", b"http2-settings", b"te",
    b"x-http-method-override", b"x-http-method", b"x-method-override",
})  # fmt: skip
_OF_CONNECTION: Final = frozenset({b"keep-alive", b"close"})
_LENGTH: Final = re.compile(rb"0|[1-9][0-9]{0,17}")  # less than 2^63 in every program


@dataclass(frozen=True)
class Place:
    """Where a tunnel leads: all that is asked for in it is there. `host` is canonical."""

    scheme: str
    host: str
    port: int

    @cached_property
    def named(self) -> bytes:
        """As it stands in a Host field."""
        host = bracketed(self.host)
        return (host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}").encode("ascii")


@dataclass(frozen=True)
class PlainRequest:
    """`length` in bytes of the body that follows, `keeps`: the client leaves its connection open."""

    head: RequestHead
    url: Url
    length: int
    keeps: bool
    target: Target

    @property
    def method(self) -> str:
        """The method."""
        return self.head.method.decode("ascii")

    @property
    def reads(self) -> bool:
        """Whether nothing is sent by it, whatever rules ask."""
        return not self.length and self.method in READING_METHODS

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """The fields by their names in lower case, several of a name as one."""
        found: dict[str, str] = {}
        for name, value in self.head.fields:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            found[key] = f"{found[key]}, {text}" if key in found else text
        return found


def read_plain(data: bytes, place: Place | None) -> PlainRequest | None:
    """Read a head, from its first letter to its empty line, said in a tunnel to a place, or to the proxy itself."""
    matched = _HEAD.fullmatch(data)
    if matched is None or len(data) > MOST_REQUEST_HEAD:
        return None
    method, written, lines = matched.groups()
    fields, said = _fields(lines)
    if fields is None:
        return None
    there = _there(written, place)
    host = said.get(b"host")
    if there is None or host is None:
        return None
    place, path = there
    named = place.named
    if host != named and not _names(host, place):
        return None
    url = _url(place, path)
    if url is None:
        return None
    types = (said.get(b"content-type", b"").decode("latin-1"), said.get(b"accept", b"").decode("latin-1"))
    if host != named:
        fields = [(name, named) if name.lower() == b"host" else (name, value) for name, value in fields]
    return PlainRequest(
        RequestHead(method, place.scheme.encode(), b"", url.origin_form.encode("ascii"), b"HTTP/1.1", tuple(fields)),
        url,
        int(said.get(b"content-length", b"0")),
        said.get(b"connection", b"") != b"close" and said.get(b"proxy-connection", b"") != b"close",
        Target(url.host, url.port, url, signs_of(url, types)),
    )


def _fields(lines: bytes) -> tuple[list[Field] | None, dict[bytes, bytes]]:
    """The fields in their order, and those that count for something here by name, in lower case; None: not plain."""
    fields: list[Field] = []
    said: dict[bytes, bytes] = {}
    for line in lines.split(b"\r\n")[:-1]:
        name, _, value = line.partition(b":")
        low, value = name.lower(), value.strip()
        fields.append((name, value))
        if low in _NOT_PLAIN:
            return None, said
        if low in _COUNTING:
            if low in said:
                return None, said
            said[low] = value.lower() if low in _CONNECTION_FIELDS else value
    length = said.get(b"content-length", b"0")
    plain = _LENGTH.fullmatch(length) is not None
    plain = plain and all(said.get(name, b"close") in _OF_CONNECTION for name in _CONNECTION_FIELDS)
    return (fields if plain else None), said


_CONNECTION_FIELDS: Final = (b"connection", b"proxy-connection")
_COUNTING: Final = frozenset({b"host", b"content-length", b"content-type", b"accept", *_CONNECTION_FIELDS})


def _there(written: bytes, place: Place | None) -> tuple[Place, str] | None:
    """The place that a request goes to, and its path and query as they are written."""
    if place is not None:
        return (place, written.decode("ascii")) if written[:1] == b"/" else None
    matched = _WHOLE.fullmatch(written)
    if matched is None:
        return None
    host, port, path = matched.groups()
    try:
        there = Place("http", canonical_host(host.decode("ascii")), int(port or b"80"))
    except AddressError:
        return None
    return (there, path.decode("ascii")) if 0 < there.port < 65_536 else None


def _names(host: bytes, place: Place) -> bool:
    """Whether a Host field names the place, in another writing than ours."""
    if not host.isascii():  # which letters these are, two programs read differently
        return False
    written = host.decode("ascii")
    name, colon, port = written.rpartition(":")
    if not colon or written.endswith("]"):
        name, port = written, ""
    try:
        same = canonical_host(name) == place.host
    except AddressError:
        return False
    if not port:
        return same and place.port == DEFAULT_PORTS[place.scheme] and not colon
    return same and port.isascii() and port.isdigit() and len(port) <= 5 and int(port) == place.port


def _url(place: Place, path: str) -> Url | None:
    try:
        url = canonical_url(f"{place.scheme}://{bracketed(place.host)}:{place.port}{path}")
    except AddressError:
        return None
    same = (url.host, url.port) == (place.host, place.port)
    return url if same and not two_readings(url.path) else None
