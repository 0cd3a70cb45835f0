"""The ClientHello of a TLS connection, read as far as the front door needs it and no further.

Strict: a length that does not fit, a record of another type in between or a list with two names is no ClientHello that
Saywhy lets pass (RFC 8446 section 4.1.2, RFC 6066 section 3). It may come in any number of pieces and records.
"""

from dataclasses import dataclass
from typing import Final

from saywhy.policy.address import AddressError, canonical_host

LONGEST: Final = 65_536  # bytes; with post-quantum key shares browsers send about 2,000
_RECORD_HEAD: Final = 5
_LONGEST_RECORD: Final = 16_384  # RFC 8446 section 5.1
_HANDSHAKE: Final = 0x16
_CLIENT_HELLO: Final = 0x01
_SERVER_NAME: Final = 0x0000
_ALPN: Final = 0x0010
_ENCRYPTED_CLIENT_HELLO: Final = 0xFE0D  # RFC 9849
_HOST_NAME: Final = 0


class ClientHelloError(ValueError):
    """The bytes are no ClientHello; the message says why, in a few words."""


@dataclass(frozen=True, slots=True)
class ClientHello:
    """What a client says first. `sni` as it stands there; `alpn` the protocols it offers, in its order.

    `encrypted` says that it carries an encrypted ClientHello, a real one or one for show (RFC 9849 section 6.2).
    """

    sni: str | None
    alpn: tuple[bytes, ...]
    encrypted: bool

    def names(self, host: str) -> bool:
        """Whether it plainly names a canonical host: False where it names none."""
        if self.sni is None:
            return False
        if self.sni == host:
            return True
        try:
            return canonical_host(self.sni) == host
        except AddressError:
            return False


def could_be(data: bytes | bytearray) -> bool:
    """Whether the first bytes of a connection could begin a ClientHello: a handshake record of TLS or SSL 3."""
    return data[:1] == b"\x16" and data[1:2] in {b"", b"\x03"} and (len(data) < 6 or data[5] == _CLIENT_HELLO)


def read_client_hello(data: bytes | bytearray) -> ClientHello | None:
    """The ClientHello at the beginning of a connection, or None while it is not whole. Raises ClientHelloError."""
    if not could_be(data):
        raise ClientHelloError("it does not begin with a ClientHello")
    message = _message(data)
    if message is None:
        return None
    try:
        return _read(message)
    except IndexError:
        raise ClientHelloError("it ends in the middle of a field") from None


def _message(data: bytes | bytearray) -> bytes | None:
    """The handshake message without its head, put together from its records; None while some of it is missing."""
    if len(data) < _RECORD_HEAD + 4:
        return None
    size = data[3] << 8 | data[4]
    if 4 <= size <= _LONGEST_RECORD:
        end = _RECORD_HEAD + _length(data[_RECORD_HEAD : _RECORD_HEAD + 4])
        if end <= _RECORD_HEAD + size:  # nearly always: one record
            return bytes(data[_RECORD_HEAD + 4 : end]) if len(data) >= end else None
    joined, place = bytearray(), 0
    while len(joined) < 4 or len(joined) < _length(joined):
        if len(data) < place + _RECORD_HEAD:
            return None
        size = data[place + 3] << 8 | data[place + 4]
        if data[place] != _HANDSHAKE or data[place + 1] != 3 or not 0 < size <= _LONGEST_RECORD:
            raise ClientHelloError("a record in it is none of a handshake")
        place += _RECORD_HEAD
        joined += data[place : place + size]
        if len(data) < place + size:
            return None
        place += size
    return bytes(joined[4 : _length(joined)])


def _length(message: bytes | bytearray) -> int:
    """How long a handshake message is, its head of four bytes included."""
    length = 4 + (message[1] << 16 | message[2] << 8 | message[3])
    if length > LONGEST:
        raise ClientHelloError("it is too long")
    return length


def _read(message: bytes) -> ClientHello:
    place = 34  # version and random
    place += 1 + message[place]  # session
    place += 2 + (message[place] << 8 | message[place + 1])  # cipher suites
    place += 1 + message[place]  # compression
    sni: str | None = None
    alpn: tuple[bytes, ...] = ()
    encrypted = False
    if place == len(message):
        return ClientHello(None, (), encrypted=False)
    end = place + 2 + (message[place] << 8 | message[place + 1])
    if end != len(message):
        raise ClientHelloError("its extensions do not end where it ends")
    place += 2
    seen: set[int] = set()
    while place < end:
        kind = message[place] << 8 | message[place + 1]
        size = message[place + 2] << 8 | message[place + 3]
        place += 4
        if place + size > end:
            raise ClientHelloError("an extension is longer than what holds it")
        if kind in seen:
            raise ClientHelloError("an extension stands in it twice")
        seen.add(kind)
        if kind == _SERVER_NAME:
            sni = _server_name(message[place : place + size])
        elif kind == _ALPN:
            alpn = _protocols(message[place : place + size])
        elif kind == _ENCRYPTED_CLIENT_HELLO:
            encrypted = True
        place += size
    return ClientHello(sni, alpn, encrypted)


def _server_name(field: bytes) -> str:
    length = field[3] << 8 | field[4]
    if (field[0] << 8 | field[1]) + 2 != len(field) or field[2] != _HOST_NAME or length + 5 != len(field) or not length:
        raise ClientHelloError("it does not name exactly one host")
    name = field[5:]
    if not name.isascii() or any(byte <= 0x20 or byte == 0x7F for byte in name):
        raise ClientHelloError("the name in it holds signs that no name has")
    return name.decode("ascii")


def _protocols(field: bytes) -> tuple[bytes, ...]:
    if (field[0] << 8 | field[1]) + 2 != len(field):
        raise ClientHelloError("its list of protocols does not end where it should")
    place, found = 2, []
    while place < len(field):
        size = field[place]
        if not size or place + 1 + size > len(field):
            raise ClientHelloError("a protocol in it has no proper length")
        found.append(field[place + 1 : place + 1 + size])
        place += 1 + size
    return tuple(found)
