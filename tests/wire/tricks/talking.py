"""Holding a talk with a running filter, and what came of it."""

import socket
import ssl
from dataclasses import dataclass

import hpack

from tests.wire.filter_process import FilterProcess
from tests.wire.tricks.trick import ALERT, CLOSED, RESET, SHOOK, SILENT, Talk, Way

_LINGER = 0.2
_SETTINGS_ACK = b"\x00\x00\x00\x04\x01\x00\x00\x00\x00"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The status of the answer, or one of the other outcomes, and all that came."""

    verdict: int
    data: bytes


class _Incoming:
    """What comes in on a connection, kept."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.data = b""
        self.ended = CLOSED  # why no more came

    def more(self) -> bool:
        try:
            piece = self._connection.recv(65536)
        except TimeoutError:
            self.ended = SILENT
            return False
        except OSError:
            return False
        self.data += piece
        return bool(piece)

    def wait_for(self, length: int) -> bool:
        while len(self.data) < length:
            if not self.more():
                return False
        return True


def hold(talk: Talk, running: FilterProcess) -> Outcome:
    """Say it to the filter and read what comes."""
    port = str(running.origin_port).encode()
    data = talk.data.replace(b"{port}", port)
    with running.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(talk.patience)
        if talk.way is Way.PROXY:
            _send(connection, data, talk.pieces)
            return _http1(connection, talk)
        head = talk.connect or b"CONNECT %b:{port} HTTP/1.1\r\nHost: %b:{port}\r\n\r\n" % ((talk.host.encode(),) * 2)
        head = head.replace(b"{port}", port)
        if talk.together:
            connection.sendall(head + data)
            data = b""
        else:
            connection.sendall(head)
        answered = _head(connection)
        if not answered.startswith(b"HTTP/1.") or answered[9:12] != b"200":
            return Outcome(int(answered[9:12]) if answered[9:12].isdigit() else CLOSED, answered)
        if talk.way is Way.TUNNEL:
            _send(connection, data, talk.pieces)
            return _http1(connection, talk)
        return _inside_tls(connection, running, talk, data)


def _inside_tls(connection: socket.socket, running: FilterProcess, talk: Talk, data: bytes) -> Outcome:
    context = ssl.create_default_context(cafile=str(running.ca))
    context.set_alpn_protocols(["h2"] if talk.way is Way.H2 else ["http/1.1"])
    if talk.sni is not None:
        context.check_hostname = False
    name = talk.host if talk.sni is None else talk.sni
    try:
        secured = context.wrap_socket(connection, server_hostname=name or None)
    except (ssl.SSLEOFError, ConnectionError):
        return Outcome(CLOSED, b"")
    except ssl.SSLError as error:
        return Outcome(ALERT, str(error).encode())
    except TimeoutError:
        return Outcome(SILENT, b"")
    with secured:
        try:
            _send(secured, data, talk.pieces)
        except OSError:
            return Outcome(CLOSED, b"")
        return _http2(secured) if talk.way is Way.H2 else _http1(secured, talk)


def _send(connection: socket.socket, data: bytes, pieces: int) -> None:
    step = pieces or len(data) or 1
    try:
        for start in range(0, len(data), step):
            connection.sendall(data[start : start + step])
    except (BrokenPipeError, ConnectionResetError):  # the filter has answered and closed; what it said is read yet
        pass


def _head(connection: socket.socket) -> bytes:
    """The answer to CONNECT, byte by byte: what follows it belongs to TLS."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        try:
            piece = connection.recv(1)
        except OSError:
            return head
        if not piece:
            return head
        head += piece
    return head


def _http1(connection: socket.socket, talk: Talk) -> Outcome:
    incoming = _Incoming(connection)
    while b"\r\n\r\n" not in incoming.data:
        if incoming.data[:1] in {b"\x15", b"\x16"} and len(incoming.data) > 5:
            return Outcome(SHOOK if incoming.data[:1] == b"\x16" else ALERT, incoming.data)
        if not incoming.more():
            break
    if not incoming.data:
        return Outcome(incoming.ended, b"")
    head, _, _ = incoming.data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    incoming.wait_for(len(head) + 4 + length)
    if talk.lingers:
        connection.settimeout(_LINGER)
        while incoming.more():
            pass
    status = head[9:12]
    return Outcome(int(status) if head.startswith(b"HTTP/1.") and status.isdigit() else CLOSED, incoming.data)


def _http2(connection: socket.socket) -> Outcome:
    """The first stream's answer, or what ended it."""
    incoming = _Incoming(connection)
    decoder = hpack.Decoder()
    status, body, at = 0, b"", 0
    while incoming.wait_for(at + 9):
        length = int.from_bytes(incoming.data[at : at + 3])
        kind, flags = incoming.data[at + 3], incoming.data[at + 4]
        stream = int.from_bytes(incoming.data[at + 5 : at + 9]) & 0x7FFF_FFFF
        if not incoming.wait_for(at + 9 + length):
            break
        payload = incoming.data[at + 9 : at + 9 + length]
        at += 9 + length
        if (kind == 3 and stream == 1) or (kind == 7 and payload[4:8] != bytes(4)):  # RST_STREAM, GOAWAY
            return Outcome(status or RESET, body)
        if kind == 4 and not flags & 1:
            connection.sendall(_SETTINGS_ACK)
        if kind == 1:
            fields = dict(decoder.decode(payload, raw=True))
            status = status or int(fields.get(b":status", b"0"))
        if kind == 0:
            body += payload
        if stream == 1 and kind in {0, 1} and flags & 1:
            return Outcome(status, body)
    return Outcome(status or incoming.ended, body)
