"""HTTP/2 frames by hand (RFC 9113 section 4): what a client library would refuse to send."""

import struct
from collections.abc import Iterable

DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 5, 6, 7, 8, 9
END_STREAM, END_HEADERS = 1, 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

type Field = tuple[bytes, bytes]


def _length(text: bytes) -> int:
    """How long it will be when the port stands in it: five digits, as those that the system gives out are."""
    return len(text) - text.count(b"{port}")


def frame(kind: int, payload: bytes = b"", flags: int = 0, stream: int = 0) -> bytes:
    length = _length(payload)
    return struct.pack("!HBBBI", length >> 8, length & 0xFF, kind, flags, stream) + payload


def opening() -> bytes:
    return PREFACE + frame(SETTINGS)


def block(fields: Iterable[Field]) -> bytes:
    """A header block without Huffman coding and without the table, each field as it is (RFC 7541 section 6.2.2)."""
    return b"".join(b"\x00" + _text(name) + _text(value) for name, value in fields)


def _text(text: bytes) -> bytes:
    length = _length(text)
    if length < 127:
        return bytes([length]) + text
    coded, length = b"\x7f", length - 127
    while length >= 128:
        coded += bytes([length & 0x7F | 0x80])
        length >>= 7
    return coded + bytes([length]) + text


def request(fields: Iterable[Field], stream: int = 1, *, ends: bool = True) -> bytes:
    """A request in one HEADERS frame."""
    return frame(HEADERS, block(fields), END_HEADERS | (END_STREAM if ends else 0), stream)


def fields(
    authority: bytes = b"h2.test:{port}", path: bytes = b"/", scheme: bytes = b"https", method: bytes = b"GET"
) -> list[Field]:
    return [(b":method", method), (b":scheme", scheme), (b":authority", authority), (b":path", path)]
