"""The beginning of a coded body as its reader will have it (Content-Encoding, RFC 9110 section 8.4), no further than is looked at."""

import zlib
from collections.abc import Callable
from typing import Any, Final, Protocol

import brotli

_READABLE: Final = frozenset({"gzip", "deflate", "br", "identity"})  # codings whose beginning can be read here
_MOST_CODINGS: Final = 3
_MOST_BETWEEN: Final = 1 << 20  # bytes that one piece may become between two codings
_LONGEST_HEAD: Final = 1 << 17  # bytes of the head of a gzip member: its names may be of any length
_SHORTEST_HEAD: Final = 10  # bytes
_GZIP_TRAILER: Final = 8  # bytes: a checksum and a length
_GZIP: Final = b"\x1f\x8b\x08"
_UNDONE_ELSEWHERE: Final = frozenset({"zstd", "dcb", "dcz"})  # browsers undo them, this does not (RFC 8878, RFC 9842)


class UnreadableError(ValueError):
    """The beginning of a body cannot be read as its Content-Encoding says."""


class Decoded(Protocol):
    """Reads a coded body piece by piece."""

    def __call__(self, piece: bytes, most: int) -> bytes:
        """What the piece adds, `most` bytes of it; what is more is lost. Raises UnreadableError."""


def readable(accept_encoding: str) -> str:
    """What of an Accept-Encoding asks for an answer whose beginning can be read here."""
    wanted = (one.strip() for one in accept_encoding.split(","))
    kept = [one for one in wanted if one.partition(";")[0].strip().lower() in _READABLE]
    return ", ".join(kept) or "identity"


def decoders(header: str) -> list[Decoded]:
    """For each coding that can be read, the last applied first. One that nobody knows is nobody's to undo.

    What some servers write behind a coding (`gzip;q=1`) is passed over. Raises UnreadableError.
    """
    codings = [one.partition(";")[0].strip().lower() for one in header.split(",")]
    known = [_CODINGS[one]() for one in reversed(codings) if one in _CODINGS]
    if len(known) > _MOST_CODINGS or not _UNDONE_ELSEWHERE.isdisjoint(codings):
        raise UnreadableError
    return known


def decode(piece: bytes, chain: list[Decoded], most: int) -> bytes:
    """What a piece of a body adds, through all of its codings, `most` bytes of it. Raises UnreadableError.

    Between two codings nothing may be lost: what becomes too much there is read no further.
    """
    for one in chain[:-1]:
        piece = one(piece, _MOST_BETWEEN + 1)
        if len(piece) > _MOST_BETWEEN:
            raise UnreadableError
    return chain[-1](piece, most) if chain else piece


class _Deflate:
    """One stream of deflate (RFC 1951), without what zlib and gzip put around it.

    Their checksums are not held against a body: browsers show it all the same.
    """

    def __init__(self) -> None:
        self._reader = zlib.decompressobj(-zlib.MAX_WBITS)

    def __call__(self, piece: bytes, most: int) -> bytes:
        try:
            return self._reader.decompress(piece, most)
        except zlib.error as error:
            raise UnreadableError from error

    @property
    def rest(self) -> bytes | None:
        """What stands behind its end; None before that."""
        return self._reader.unused_data if self._reader.eof else None


class _Gzip:
    """Members one after the other: some readers go on (RFC 1952 section 2.2). What is none, behind one, is passed over."""

    def __init__(self) -> None:
        self._member: _Deflate | None = None
        self._members = 0
        self._head = b""  # of a member, while it is not whole
        self._trailer = 0  # bytes of it that are still to come
        self._over = False

    def __call__(self, piece: bytes, most: int) -> bytes:
        found, data, self._head = b"", self._head + piece, b""
        while data and len(found) < most and not self._over:
            if self._trailer:
                data, self._trailer = data[self._trailer :], max(0, self._trailer - len(data))
            elif self._member is None:
                data = self._begin(data)
            else:
                found += self._member(data, most - len(found))
                if self._member.rest is None:
                    break
                data, self._member, self._trailer = self._member.rest, None, _GZIP_TRAILER
        return found

    def _begin(self, data: bytes) -> bytes:
        """Begin a member, once its head is whole; gives what stands behind the head."""
        if not (data.startswith(_GZIP) or _GZIP.startswith(data)):
            if not self._members:
                raise UnreadableError
            self._over = True
            return b""
        length = _gzip_head(data)
        if length is None:
            if len(data) > _LONGEST_HEAD:
                raise UnreadableError
            self._head = data
            return b""
        self._member, self._members = _Deflate(), self._members + 1
        return data[length:]


def _gzip_head(data: bytes) -> int | None:
    """The bytes of a member's head, None while it is not whole (RFC 1952 section 2.3). Raises UnreadableError."""
    if len(data) < _SHORTEST_HEAD:
        return None
    flags, at = data[3], _SHORTEST_HEAD
    if flags & 0xE0:  # nobody knows what they are for
        raise UnreadableError
    if flags & 4:  # a field of its own length
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    for named in (8, 16):  # a file's name, a comment
        if flags & named:
            at = data.find(b"\0", at) + 1
            if not at:
                return None
    if flags & 2:  # a checksum
        at += 2
    return at if at <= len(data) else None


def _deflated() -> Decoded:
    """`deflate` is zlib's form (RFC 9110 section 8.4.1.2); some send the bare one, and browsers take both."""
    inner: Decoded | None = None
    began = b""

    def decoded(piece: bytes, most: int) -> bytes:
        nonlocal inner, began
        if inner is None:
            began += piece
            if len(began) < 2:
                return b""
            zlibs = began[0] & 15 == 8 and int.from_bytes(began[:2]) % 31 == 0
            if zlibs and began[1] & 0x20:  # it goes by a dictionary that nobody has (RFC 1950 section 2.2)
                raise UnreadableError
            inner, piece = _Deflate(), began[2:] if zlibs else began
        return inner(piece, most)

    return decoded


def _brotli() -> Decoded:
    reader: Any = brotli.Decompressor()

    def decoded(piece: bytes, most: int) -> bytes:
        try:
            taken = piece if reader.can_accept_more_data() else b""
            return bytes(reader.process(taken, output_buffer_limit=most))
        except brotli.error as error:
            raise UnreadableError from error

    return decoded


_CODINGS: Final[dict[str, Callable[[], Decoded]]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _deflated,
    "br": _brotli,
}
