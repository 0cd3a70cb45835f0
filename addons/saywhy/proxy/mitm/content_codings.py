"""The beginning of a coded body as its reader will have it (Content-Encoding, RFC 9110 section 8.4), no further than is looked at."""

import zlib
from collections.abc import Callable
from typing import Any, Final, Protocol

import brotli

READABLE: Final = "gzip, deflate, br"  # codings whose beginning can be read here
_MOST_CODINGS: Final = 3
_MOST_BETWEEN: Final = 1 << 20  # bytes that one piece may become between two codings


class UnreadableError(ValueError):
    """The beginning of a body cannot be read as its Content-Encoding says."""


class Decoded(Protocol):
    """Reads a coded body piece by piece."""

    def __call__(self, piece: bytes, most: int) -> bytes:
        """What the piece adds, `most` bytes of it; what is more is lost. Raises UnreadableError."""


def decoders(header: str) -> list[Decoded]:
    """For each coding that can be read, the last applied first. One that nobody knows is nobody's to undo.

    Raises UnreadableError.
    """
    codings = [one.strip().lower() for one in header.split(",")]
    known = [_CODINGS[one]() for one in reversed(codings) if one in _CODINGS]
    if len(known) > _MOST_CODINGS or "zstd" in codings:
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


def _inflated(window: int) -> Decoded:
    """One stream of zlib's, or where it is gzip one after the other: some readers go on (RFC 1952 section 2.2)."""
    reader = zlib.decompressobj(window)
    gzip = window > zlib.MAX_WBITS

    def decoded(piece: bytes, most: int) -> bytes:
        nonlocal reader
        found = b""
        try:
            while piece and len(found) < most:
                found += reader.decompress(piece, most - len(found))
                if not reader.eof:
                    break
                piece = reader.unused_data
                if not (gzip and piece.startswith(b"\x1f")):  # what stands behind the end is passed over
                    break
                reader = zlib.decompressobj(window)
        except zlib.error as error:
            raise UnreadableError from error
        return found

    return decoded


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
            inner, piece = _inflated(zlib.MAX_WBITS if zlibs else -zlib.MAX_WBITS), began
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
    "gzip": lambda: _inflated(zlib.MAX_WBITS | 16),
    "x-gzip": lambda: _inflated(zlib.MAX_WBITS | 16),
    "deflate": _deflated,
    "br": _brotli,
}
