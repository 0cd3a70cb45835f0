"""What a plain request is: one head that every reader finds, for one place, with nothing special about it.

A head that is none (`None`) is not refused here: it goes on as it came to the lane that reads everything, and says what is wrong.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    two_readings,
    url_at,
)
from saywhy.proxy.bounded_cache import BoundedCache
from saywhy.proxy.http.content_codings import readable
from saywhy.proxy.http.framing import IDEMPOTENT, Field, RequestHead
from saywhy.proxy.http.heads import END_OF_HEAD, FIELDS, MOST_REQUEST_HEAD, PLAIN_LENGTH

_HEAD: Final = re.compile(
    rb"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) ([\x21\x22\x24-\x5b\x5d-\x7e]+) HTTP/1\.1\r\n(" + FIELDS + rb")\r\n"
)
_WHOLE: Final = re.compile(rb"http://([a-z0-9.-]+)(?::([0-9]{1,5}))?(/.*)")
_END: Final = b"\r\n\r\n"
NOT_WHOLE: Final = 0
NOT_PLAIN: Final = -1
# What changes how a message, a method or a connection is to be read: the other lane's.
_NOT_PLAIN: Final = frozenset({
    b"transfer-encoding", b"upgrade", b"expect", b"trailer", b"http2-settings", b"te",
    b"x-http-method-override", b"x-http-method", b"x-method-override",
})  # fmt: skip
_ACCEPT_ENCODING: Final = b"accept-encoding"
_OF_CONNECTION: Final = frozenset({b"keep-alive", b"close"})
_PORT: Final = re.compile(r"[0-9]{1,5}")


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

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent once more where nothing of an answer has come (RFC 9110 section 9.2.2)."""
        return not self.length and self.head.method in IDEMPOTENT

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """The fields by their names in lower case, several of a name as one."""
        found: dict[str, str] = {}
        for name, value in self.head.fields:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            found[key] = f"{found[key]}, {text}" if key in found else text
        return found


def asking_readably(request: PlainRequest) -> PlainRequest:
    """The same, asking for the answer in a form whose beginning can be read."""
    head = request.head
    asked = [value.decode("latin-1") for value in head.all(_ACCEPT_ENCODING)]
    if not asked:
        return request
    others = (field for field in head.fields if field[0].lower() != _ACCEPT_ENCODING)
    readably = (b"Accept-Encoding", readable(", ".join(asked)).encode("latin-1"))
    return replace(request, head=replace(head, fields=(*others, readably)))


def end_of_head(data: bytes, looked: int) -> int:
    """Where the head at the beginning ends: behind its empty line. `looked`: as far as it was looked for before.

    NOT_WHOLE while more may come, NOT_PLAIN where that will be no plain head.
    """
    looked = max(0, looked - len(_END))
    end = data.find(_END, looked)
    if end >= 0:
        return end + len(_END)
    if len(data) > MOST_REQUEST_HEAD or END_OF_HEAD.search(data, looked) is not None:
        return NOT_PLAIN
    return NOT_WHOLE if data[:1].isalpha() or data in (b"", b"\r") else NOT_PLAIN


class _NotPlainError(Exception):
    """The head is for the other lane."""


def read_plain(data: bytes, place: Place | None) -> PlainRequest | None:
    """Read a head, from its first letter to its empty line, said in a tunnel to a place, or to the proxy itself."""
    try:
        return _read(data, place)
    except (_NotPlainError, AddressError):
        return None


def _read(data: bytes, place: Place | None) -> PlainRequest:
    matched = _HEAD.fullmatch(data)
    if matched is None or len(data) > MOST_REQUEST_HEAD:
        raise _NotPlainError
    method, written, lines = matched.groups()
    fields, said = _fields(lines)
    place, path = _there(written, place)
    host, named = said.get(b"host", b""), place.named
    if host != named:
        _refuse_another(host, place)
        fields = [(name, named) if name.lower() == b"host" else (name, value) for name, value in fields]
    url = url_at(place.scheme, place.host, place.port, path)
    if two_readings(url.path):
        raise _NotPlainError
    types = (said.get(b"content-type", b"").decode("latin-1"), said.get(b"accept", b"").decode("latin-1"))
    return PlainRequest(
        RequestHead(method, place.scheme.encode(), b"", url.origin_form.encode("ascii"), b"HTTP/1.1", tuple(fields)),
        url,
        int(said.get(b"content-length", b"0")),
        b"close" not in (said.get(b"connection", b"").lower(), said.get(b"proxy-connection", b"").lower()),
        Target(url.host, url.port, url, signs_of(url, types)),
    )


def _fields(lines: bytes) -> tuple[list[Field], dict[bytes, bytes]]:
    """The fields in their order, and those that count for something here by name, in lower case."""
    fields: list[Field] = []
    said: dict[bytes, bytes] = {}
    for line in lines.split(b"\r\n")[:-1]:
        field, counts = _common.get(line) or _read_line(line)
        fields.append(field)
        if counts:
            if counts in said or counts in _NOT_PLAIN:
                raise _NotPlainError
            said[counts] = field[1]
    if (
        PLAIN_LENGTH.fullmatch(said.get(b"content-length", b"0")) is None
        or said.get(b"connection", b"close").lower() not in _OF_CONNECTION
        or said.get(b"proxy-connection", b"close").lower() not in _OF_CONNECTION
    ):
        raise _NotPlainError
    return fields, said


type _Line = tuple[Field, bytes]
"""A field, and its name in lower case if it counts for something here."""


def _read_line(line: bytes) -> _Line:
    name, _, value = line.partition(b":")
    low = name.lower()
    read = (name, value.strip()), low if low in _COUNTING or low in _NOT_PLAIN else b""
    if low in _SAME_FOR_MANY and len(line) < _LONGEST_COMMON:
        _common.keep(line, read)
    return read


_COUNTING: Final = frozenset(
    {b"host", b"content-length", b"content-type", b"accept", b"connection", b"proxy-connection"}
)
# Fields that browsers send alike with nearly every request, and that tell nothing about anybody: read once.
_SAME_FOR_MANY: Final = frozenset({
    b"accept", b"accept-encoding", b"accept-language", b"cache-control", b"connection", b"content-type", b"dnt", b"host", b"pragma",
    b"priority", b"proxy-connection", b"sec-ch-ua", b"sec-ch-ua-mobile", b"sec-ch-ua-platform", b"sec-fetch-dest", b"sec-fetch-mode",
    b"sec-fetch-site", b"sec-fetch-user", b"sec-gpc", b"upgrade-insecure-requests", b"user-agent",
})  # fmt: skip
_LONGEST_COMMON: Final = 512  # bytes
_common: Final[BoundedCache[bytes, _Line]] = BoundedCache(4_096)


def _there(written: bytes, place: Place | None) -> tuple[Place, str]:
    """The place that a request goes to, and its path and query as they are written. Raises AddressError."""
    if place is not None:
        if written[:1] != b"/":
            raise _NotPlainError
        return place, written.decode("ascii")
    matched = _WHOLE.fullmatch(written)
    if matched is None:
        raise _NotPlainError
    host, port, path = matched.groups()
    there = Place("http", canonical_host(host.decode("ascii")), int(port or b"80"))
    if not 0 < there.port < 65_536:
        raise _NotPlainError
    return there, path.decode("ascii")


def _refuse_another(host: bytes, place: Place) -> None:
    """Refuse a Host field that does not name the place, in another writing than ours. Raises AddressError."""
    if not host.isascii():  # which letters these are, two programs read differently
        raise _NotPlainError
    text = host.decode("ascii")
    name, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        name, port = text, str(DEFAULT_PORTS[place.scheme])
    if canonical_host(name) != place.host or not _PORT.fullmatch(port) or int(port) != place.port:
        raise _NotPlainError
