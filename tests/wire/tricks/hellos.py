"""ClientHellos taken apart and put together again (RFC 8446 section 4.1.2)."""

import ssl
import struct
from dataclasses import dataclass, replace

SERVER_NAME, ALPN, EARLY_DATA, ENCRYPTED_CLIENT_HELLO = 0, 16, 42, 0xFE0D


@dataclass(frozen=True, slots=True)
class Hello:
    """All before the extensions, and these by number."""

    start: bytes
    extensions: tuple[tuple[int, bytes], ...]

    def without(self, kind: int) -> "Hello":
        return replace(self, extensions=tuple(one for one in self.extensions if one[0] != kind))

    def plus(self, kind: int, body: bytes, *, first: bool = False) -> "Hello":
        added = ((kind, body),)
        return replace(self, extensions=added + self.extensions if first else self.extensions + added)

    def named(self, *names: bytes) -> "Hello":
        return self.without(SERVER_NAME).plus(SERVER_NAME, server_names(*names))

    def message(self) -> bytes:
        extensions = b"".join(struct.pack("!HH", kind, len(body)) + body for kind, body in self.extensions)
        body = self.start + struct.pack("!H", len(extensions)) + extensions
        return b"\x01" + len(body).to_bytes(3) + body

    def record(self) -> bytes:
        return records(self.message())


def records(message: bytes, size: int = 16_384) -> bytes:
    """The message in TLS records of so many bytes each."""
    pieces = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x01" + struct.pack("!H", len(piece)) + piece for piece in pieces)


def server_names(*names: bytes, kind: int = 0) -> bytes:
    """RFC 6066 section 3."""
    listed = b"".join(struct.pack("!BH", kind, len(name)) + name for name in names)
    return struct.pack("!H", len(listed)) + listed


def parse(message: bytes) -> Hello:
    """A well-formed handshake message, as `ssl` makes it."""
    at = 4 + 2 + 32
    at += 1 + message[at]
    at += 2 + int.from_bytes(message[at : at + 2])
    at += 1 + message[at]
    start, at = message[4:at], at + 2
    extensions = []
    while at < len(message):
        kind, length = struct.unpack_from("!HH", message, at)
        extensions.append((kind, message[at + 4 : at + 4 + length]))
        at += 4 + length
    return Hello(start, tuple(extensions))


def from_ssl(name: str = "good.test", alpn: tuple[str, ...] = ("http/1.1",)) -> Hello:
    """What Python's ssl says to a host."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(list(alpn))
    outgoing = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        return parse(outgoing.read()[5:])
    raise AssertionError("a handshake cannot end before it was answered")


def encrypted_client_hello() -> bytes:
    """An outer `encrypted_client_hello`, as browsers send it to every host for practice (RFC 9849, GREASE)."""
    return b"\x00" + struct.pack("!HHBH", 1, 1, 7, 32) + bytes(range(32)) + struct.pack("!H", 144) + bytes(range(144))


def like_chromium(name: str = "good.test") -> Hello:
    """With what Chromium adds: GREASE values (RFC 8701), a practice ECH, padding's successors, two protocols."""
    hello = from_ssl(name, ("h2", "http/1.1"))
    hello = hello.plus(0x3A3A, b"", first=True).plus(ENCRYPTED_CLIENT_HELLO, encrypted_client_hello())
    return hello.plus(27, b"\x02\x00\x02").plus(17613, b"\x00\x03\x02h2").plus(0xBABA, b"\x00")
