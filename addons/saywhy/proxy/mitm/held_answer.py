"""The beginning of an answer, held back while it could be a kind of file that policy closes.

Only where a rule about files could apply. Nothing of the body, and not its head, is passed on before the kinds that rules
ask for are told apart; then it is streamed. What a text, or a live answer, could still turn out to be far inside it is
watched for while it passes, and the answer is broken off there.
"""

import zlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, Protocol

import brotli
from mitmproxy import http

from saywhy.decide.file_signs import (
    EVERYWHERE,
    FIRST_BYTES,
    PAGE_TYPES,
    Kinds,
    deepest_for,
    is_attachment,
    is_old_office,
    kinds_of_bytes,
    kinds_of_name,
    kinds_of_type,
    media_type,
    name_in,
    names_in_disposition,
)
from saywhy.decide.use import HIDDEN_FILE, Use
from saywhy.policy.address import Url
from saywhy.policy.file_kinds import FILE_KINDS
from saywhy.policy.uses import file_use

_MOST_CODINGS: Final = 3
READABLE: Final = "gzip, deflate, br"  # codings whose beginning can be read here
# Answers to a part that are taken for what they say, as players and readers ask for parts of these all the time.
_PLAYED: Final = ("video/", "audio/", "image/", "font/", "text/", "application/pdf", "application/json")
ALL_KINDS: Final = frozenset(FILE_KINDS)


class UnreadableError(ValueError):
    """The beginning of a body cannot be read as its Content-Encoding says."""


def kinds_of_head(response: http.Response, url: Url) -> Kinds:
    """The kinds of file that an answer's head tells: by its type, the names it gives itself, and its address.

    A page at an address that ends like a file's, a redirection, and an error are not that file.
    """
    headers = response.headers
    kind, disposition = media_type(headers.get("content-type", "")), headers.get("content-disposition", "")
    attached = is_attachment(disposition)
    found = kinds_of_type(kind)
    for name in names_in_disposition(disposition):
        found |= kinds_of_name(name, attached=True)
    status = response.status_code
    of_the_address = 200 <= status < 300 or status == HTTPStatus.NOT_MODIFIED
    if of_the_address and not (kind in PAGE_TYPES and not attached):
        found |= kinds_of_name(name_in(url), attached=attached)
    return found


class Decoded(Protocol):
    """Reads a coded body piece by piece, no further than is looked at."""

    def __call__(self, piece: bytes) -> bytes:
        """What the piece adds. Raises UnreadableError."""


def _inflated(window: int) -> Decoded:
    reader = zlib.decompressobj(window)

    def decoded(piece: bytes) -> bytes:
        try:
            return reader.decompress(piece, FIRST_BYTES)
        except zlib.error as error:
            raise UnreadableError from error

    return decoded


def _deflated() -> Decoded:
    """`deflate` is zlib's form (RFC 9110 section 8.4.1.2); some send the bare one, and browsers take both."""
    inner: Decoded | None = None
    began = b""

    def decoded(piece: bytes) -> bytes:
        nonlocal inner, began
        if inner is None:
            began += piece
            if len(began) < 2:
                return b""
            zlibs = began[0] & 15 == 8 and int.from_bytes(began[:2]) % 31 == 0
            inner, piece = _inflated(zlib.MAX_WBITS if zlibs else -zlib.MAX_WBITS), began
        return inner(piece)

    return decoded


def _brotli() -> Decoded:
    reader: Any = brotli.Decompressor()

    def decoded(piece: bytes) -> bytes:
        try:
            taken = piece if reader.can_accept_more_data() else b""
            return bytes(reader.process(taken, output_buffer_limit=FIRST_BYTES))
        except brotli.error as error:
            raise UnreadableError from error

    return decoded


_CODINGS: Final[dict[str, Callable[[], Decoded]]] = {
    "gzip": lambda: _inflated(zlib.MAX_WBITS | 16),
    "x-gzip": lambda: _inflated(zlib.MAX_WBITS | 16),
    "deflate": _deflated,
    "br": _brotli,
}


def _decoders(header: str) -> list[Decoded]:
    """For each coding that can be read, the last applied first. One that nobody knows is nobody's to undo."""
    codings = [one.strip().lower() for one in header.split(",")]
    known = [_CODINGS[one]() for one in reversed(codings) if one in _CODINGS]
    if len(known) > _MOST_CODINGS or "zstd" in codings:
        raise UnreadableError
    return known


class HeldAnswer:
    """What is known of an answer while it is held. `asked` are the kinds that policy asks about here."""

    def __init__(self, response: http.Response, url: Url, asked: Kinds) -> None:
        headers = response.headers
        self._kind = media_type(headers.get("content-type", ""))
        self._by_head = kinds_of_head(response, url)
        self._asked = asked
        self._raw = bytearray()
        self._plain = bytearray()
        self._hidden = False
        self._coded = False
        names = [*names_in_disposition(headers.get("content-disposition", "")), name_in(url)]
        self._office = any(map(is_old_office, names)) or self._kind in FILE_KINDS["office-macros"].types
        try:
            self._decoders = _decoders(headers.get("content-encoding", ""))
            self._coded = bool(self._decoders)
        except UnreadableError:
            self._decoders, self._hidden = [], True
        self._middle = False
        if response.status_code == HTTPStatus.PARTIAL_CONTENT:
            begins = (
                headers.get("content-range", "").strip().lower().removeprefix("bytes").lstrip(" =").partition("-")[0]
            )
            self._middle = begins.strip() != "0" or self._kind == "multipart/byteranges"
            self._hidden |= self._middle and not self._kind.startswith(_PLAYED)

    @property
    def by_head(self) -> Use:
        """The use as far as the head tells, for an answer without a body."""
        return Use(frozenset(map(file_use, self._by_head)), settled=True)

    def add(self, piece: bytes) -> None:
        """Take a piece of the body."""
        room = FIRST_BYTES - len(self._raw)
        if self._hidden or self._full:
            return
        self._raw += piece[:room]
        plain = piece
        try:
            for decode in self._decoders:
                plain = decode(plain)
        except UnreadableError:
            self._hidden = True
        if self._coded:
            self._plain += plain[: FIRST_BYTES - len(self._plain)]

    def told(self, *, ended: bool = False) -> Use | None:
        """The use, once what is held tells; None while more of the body is needed. `ended`: no more comes."""
        if self._hidden:
            return HIDDEN_FILE
        if self._middle:
            return self.by_head
        found, waits = self._by_bytes(ended=ended, deepest=EVERYWHERE)
        deepest = deepest_for(self._body(), self._kind)
        if waits and deepest < EVERYWHERE:
            waits = self._by_bytes(ended=ended, deepest=deepest)[1]
        closed = (found | self._by_head) & self._asked
        if waits and not closed:
            return None
        return Use(frozenset(map(file_use, found | self._by_head)), settled=True)

    def watched(self) -> Use | None:
        """After it was passed: what it has turned out to be, once that is certain; None while it may be more."""
        if self._hidden or self._middle:
            return self.by_head
        found, waits = self._by_bytes(ended=False, deepest=EVERYWHERE)
        if waits and not self._full and not found:
            return None
        return Use(frozenset(map(file_use, found | self._by_head)), settled=True)

    @property
    def _full(self) -> bool:
        return len(self._raw) >= FIRST_BYTES or len(self._plain) >= FIRST_BYTES

    def _body(self) -> bytes:
        return bytes(self._plain if self._coded else self._raw)

    def _by_bytes(self, *, ended: bool, deepest: int) -> tuple[Kinds, Kinds]:
        # of what is coded, the body as it came counts as well where it is no archive by that coding: a program may not undo it
        full = self._full
        found, waits = kinds_of_bytes(
            self._body(), self._asked, ended=ended or full, deepest=deepest, office=self._office
        )
        if self._coded:
            raw, unsure = kinds_of_bytes(
                bytes(self._raw), self._asked - {"archives"}, ended=ended or full, deepest=deepest, office=self._office
            )
            return found | raw, waits | unsure
        return found, waits
