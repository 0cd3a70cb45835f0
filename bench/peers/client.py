"""One client: the plainest code that does what a browser does, so that it costs less than any proxy.

Every answer is held against what the origin would say. A connection that is relayed trusts the origin's authority alone,
one that is inspected the proxy's alone: a proxy that does the other thing fails here, however fast it is.
"""

import os
import re
import socket
import ssl
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final

from bench.peers.origin import RECORDS

_TIMEOUT: Final = 60.0
_AGENT: Final = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
_HEADERS: Final = (
    f"{_AGENT}"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: en-GB,en;q=0.7\r\nConnection: keep-alive\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: none\r\n"
)
FIELDS: Final = (
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("accept-language", "en-GB,en;q=0.7"),
)  # of HTTP/2
_PIECE: Final = 262_144
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})")
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_LOCATION: Final = re.compile(rb"\r\nlocation: *(\S+)", re.IGNORECASE)
_DEVICES: Final = cycle(f"127.2.0.{number}" for number in range(1, 65))  # one alone may not open so many a second


class WrongAnswerError(Exception):
    """The proxy or the origin said something else than it should have."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a client reaches the proxy, and whom it trusts behind it."""

    port: int
    authority: Path


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response."""

    status: int
    head: bytes
    body: bytes


def trusting(authority: Path, protocol: str = "http/1.1") -> ssl.SSLContext:
    """TLS as a browser speaks it, to whoever this authority vouches for. HTTP/1.1 by default, as not every proxy has HTTP/2."""
    context = ssl.create_default_context(cafile=authority)
    context.set_alpn_protocols([protocol])
    context.verify_flags &= (
        ~ssl.VERIFY_X509_STRICT
    )  # no browser insists on an authority key identifier; e2guardian has none
    return context


def connect(way: Way, source: str = "") -> socket.socket:
    """A plain connection to the proxy, from this address or from one of many devices in turn."""
    connection = socket.create_connection(("127.0.0.1", way.port), _TIMEOUT, (source or next(_DEVICES), 0))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def tunnel(way: Way, context: ssl.SSLContext, host: str, source: str = "") -> ssl.SSLSocket:
    """CONNECT, then TLS. Raises WrongAnswerError, or OSError (ssl.SSLError included)."""
    connection = connect(way, source)
    try:
        _ask_for_tunnel(connection, host)
        return context.wrap_socket(connection, server_hostname=host)
    except BaseException:
        connection.close()
        raise


def _ask_for_tunnel(connection: socket.socket, host: str) -> None:
    connection.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n{_AGENT}\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = connection.recv(4096)
        if not piece or len(head) > 65_536:
            raise WrongAnswerError(f"CONNECT {host}: {head[:80]!r}")
        head += piece
    if _status(head) != 200:
        raise WrongAnswerError(f"CONNECT {host}: {head[:80]!r}")


def request(host: str, path: str, *, whole: bool = False) -> bytes:
    """The bytes of a GET; a whole address in its first line is what a proxy gets for plain HTTP."""
    target = f"http://{host}{path}" if whole else path
    return f"GET {target} HTTP/1.1\r\nHost: {host}\r\n{_HEADERS}\r\n".encode()


def get(connection: socket.socket, asked: bytes) -> Answer:
    """Send a request and read all of the answer."""
    connection.sendall(asked)
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65_536)
        if not piece:
            raise WrongAnswerError(f"the connection ended in the answer's head: {data[:80]!r}")
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    head += b"\r\n"
    length = _LENGTH.search(head)
    if length is not None:
        body = _exactly(connection, body, int(length[1]))
    elif _CHUNKED.search(head):
        body = _unchunked(connection, body)
    else:
        while piece := connection.recv(65_536):
            body += piece
    return Answer(_status(head), head, body)


def expect(answer: Answer, body: bytes) -> None:
    """Raise WrongAnswerError unless this is the origin's page, byte for byte."""
    if answer.status != 200 or answer.body != body:
        raise WrongAnswerError(
            f"{answer.status} with {len(answer.body)} bytes in place of 200 with {len(body)}: {answer.body[:60]!r}"
        )


def expect_page(answer: Answer, words: bytes) -> None:
    """Raise WrongAnswerError unless this is the proxy's own block page: HTML with words that only it has."""
    if words not in answer.body or b"</" not in answer.body:
        raise WrongAnswerError(f"{answer.status}, no block page: {answer.body[:80]!r}")


def location(answer: Answer) -> str | None:
    """Where a redirect leads."""
    found = _LOCATION.search(answer.head)
    return found[1].decode() if found and answer.status in {301, 302, 303, 307} else None


def read_bulk(connection: ssl.SSLSocket, asked: bytes, total: int, *, in_clear: bool) -> None:
    """Read a body of that many bytes without keeping it, spot-checked all along.

    In clear: past the answer's head, the bytes on the wire themselves are read (see origin.py).
    """
    connection.sendall(asked)
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = connection.recv(1)
        if not piece:
            raise WrongAnswerError(f"the connection ended in the answer's head: {head[:80]!r}")
        head += piece
    length = _LENGTH.search(head)
    if _status(head) != 200 or ((length is None or int(length[1]) != total) and not _CHUNKED.search(head)):
        raise WrongAnswerError(f"not the answer asked for: {head[:200]!r}")
    chunked = length is None
    if in_clear:
        connection.settimeout(None)  # its descriptor is read without Python's own waiting
    buffer = memoryview(bytearray(_PIECE))
    descriptor, period, had = connection.fileno(), len(RECORDS), 0
    while had < total:
        count = os.readv(descriptor, [buffer]) if in_clear else connection.recv_into(buffer)
        if not count:
            raise WrongAnswerError(f"the body ended after {had:,} bytes of {total:,}")
        if in_clear:
            start = had % period
            right = RECORDS[start : start + 32]
            if bytes(buffer[: min(count, len(right))]) != right[:count]:
                raise WrongAnswerError(f"other bytes than the origin's at {had:,}")
        elif not chunked and any(buffer[: min(count, 32)]):
            raise WrongAnswerError(f"other bytes than the origin's at {had:,}")
        had += count


def _status(head: bytes) -> int:
    found = _STATUS.match(head)
    if found is None:
        raise WrongAnswerError(f"no answer of HTTP/1: {head[:80]!r}")
    return int(found[1])


def _exactly(connection: socket.socket, had: bytes, length: int) -> bytes:
    if len(had) == length:
        return had
    body = bytearray(length)
    body[: len(had)] = had
    view, at = memoryview(body), len(had)
    while at < length:
        count = connection.recv_into(view[at:])
        if not count:
            raise WrongAnswerError(f"the body ended after {at:,} bytes of {length:,}")
        at += count
    return bytes(body)


def _unchunked(connection: socket.socket, had: bytes) -> bytes:
    """A chunked body without trailers (RFC 9112 section 7.1)."""
    body, rest = b"", had
    while True:
        while b"\r\n" not in rest:
            rest += _more(connection)
        size, _, rest = rest.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        while len(rest) < length + 2:
            rest += _more(connection)
        body, rest = body + rest[:length], rest[length + 2 :]
        if not length:
            return body


def _more(connection: socket.socket) -> bytes:
    piece = connection.recv(65_536)
    if not piece:
        raise WrongAnswerError("the connection ended in a chunked body")
    return piece
