"""An origin that logs each byte it receives: the oracle of the wire tests.

One port speaks plain HTTP and TLS (it looks at the first byte). It answers:
`/hello` with the host's name, `/big/N` with N MiB, `/echo` with the length of the body, `/ws` with a WebSocket that
echoes, `/slow` after a pause that the test ends, `/headers` with the head it received, `/answer/HEX` with those very bytes.
"""

import base64
import hashlib
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events

from tests.wire.certificates import TestAuthority
from tests.wire.odd_tls import odd_one

_MEBIBYTE = b"x" * 1024 * 1024


@dataclass
class Seen:
    """What came over one connection."""

    sni: str | None = None
    data: bytearray = field(default_factory=bytearray)
    address: str = ""  # this end's


def everywhere() -> socket.socket:
    """A listening socket at every address of this machine, so that one origin stands for all names of a hosts file."""
    return socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True, backlog=200)


class Origin:
    """Runs in threads of the test process."""

    def __init__(self, authority: TestAuthority, listening: socket.socket | None = None) -> None:
        self._authority = authority
        self._socket = listening or socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port: int = self._socket.getsockname()[1]
        self.connections: list[Seen] = []
        self.answers: dict[str, list[bytes]] = {}  # whole answers of HTTP/1.1, in pieces, by path
        self.ends: dict[str, bytes] = {}  # of these, what comes last, once `slow_may_end`
        self.http2_answers: dict[str, tuple[list[tuple[str, str]], bytes]] = {}
        self.slow_may_end = threading.Event()
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, name="origin", daemon=True).start()

    def close(self) -> None:
        self.slow_may_end.set()
        self._socket.shutdown(
            socket.SHUT_RDWR
        )  # else the thread would take the connections of the next socket with this number
        self._socket.close()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def bytes_for(self, host: str) -> bytes:
        """Everything received on connections that were for this host, by SNI or by Host header."""
        named = host.encode()
        return b"".join(bytes(one.data) for one in self.connections if one.sni == host or named in one.data)

    def connections_for(self, host: str) -> int:
        return sum(1 for one in self.connections if one.sni == host or host.encode() in one.data)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(connection,), name="origin connection", daemon=True).start()

    def _handle(self, plain: socket.socket) -> None:
        seen = Seen(address=plain.getsockname()[0].removeprefix("::ffff:"))
        self.connections.append(seen)
        connection = plain
        self._open.add(plain)
        try:
            hello = plain.recv(16_384, socket.MSG_PEEK)
            if hello[:1] == b"\x16":
                odd = odd_one(hello)
                connection = self._tls(plain, seen) if odd is None else odd(plain, self._authority)
            if isinstance(connection, ssl.SSLSocket) and connection.selected_alpn_protocol() == "h2":
                self._http2(connection, seen)
            else:
                self._http1(connection, seen)
        except (OSError, ValueError):
            pass
        finally:
            self._open.discard(plain)
            with suppress(OSError):
                connection.close()

    def _tls(self, plain: socket.socket, seen: Seen) -> ssl.SSLSocket:
        def choose(tls: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
            seen.sni = name
            chosen = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            chosen.set_ciphers("DEFAULT:@SECLEVEL=0")  # or weak keys could not even be shown
            chosen.load_cert_chain(self._authority.leaf(name or "127.0.0.1"))
            chosen.set_alpn_protocols(["h2", "http/1.1"] if "h2" in (name or "") else ["http/1.1"])
            tls.context = chosen

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._authority.leaf("127.0.0.1"))
        context.set_alpn_protocols(["h2", "http/1.1"])
        context.sni_callback = choose
        return context.wrap_socket(plain, server_side=True)

    def _http1(self, connection: socket.socket, seen: Seen) -> None:
        rest = b""
        while True:
            head, rest = _read_until(connection, rest, b"\r\n\r\n", seen)
            if not any(one is seen for one in self.connections):  # kept from before a test, which sees it as well
                seen.data = bytearray(head)
                self.connections.append(seen)
            lines = head.split(b"\r\n")
            path = lines[0].split(b" ")[1].decode()
            headers = {
                name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])
            }
            if headers.get(b"transfer-encoding") == b"chunked":
                body, rest = _read_until(connection, rest, b"0\r\n\r\n", seen)
                received = len(body)
            else:
                received = int(headers.get(b"content-length", b"0"))
                rest = _pass_over(connection, rest, received, seen)
            if path.startswith("/ws"):
                self._websocket(connection, headers, seen)
                return
            self._answer(connection, path, headers, head, received)

    def _answer(
        self, connection: socket.socket, path: str, headers: dict[bytes, bytes], head: bytes, received: int
    ) -> None:
        if path.startswith("/big/"):
            count = int(path.rpartition("/")[2])
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (count * len(_MEBIBYTE)))
            for _ in range(count):
                connection.sendall(_MEBIBYTE)
            return
        if path.startswith("/slow"):
            self.slow_may_end.wait(30)
        if path in self.answers:
            for piece in self.answers[path]:
                connection.sendall(piece)
            if path in self.ends:
                self.slow_may_end.wait(30)
                connection.sendall(self.ends[path])
            return
        if path.startswith("/answer/"):
            connection.sendall(bytes.fromhex(path.removeprefix("/answer/")))
            return
        if path.startswith("/headers"):
            body = head
        elif path.startswith("/echo"):
            body = b"%d bytes" % received
        else:
            body = b"hello from " + headers.get(b"host", b"nobody")
        connection.sendall(
            b'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nAlt-Svc: h3=":443"\r\nContent-Length: %d\r\n\r\n'
            % len(body)
            + body
        )

    def _websocket(self, connection: socket.socket, headers: dict[bytes, bytes], seen: Seen) -> None:
        key = headers[b"sec-websocket-key"] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3
        accept = base64.b64encode(hashlib.sha1(key, usedforsecurity=False).digest())
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        while True:
            start = connection.recv(2, socket.MSG_WAITALL) if not isinstance(connection, ssl.SSLSocket) else b""
            while len(start) < 2:
                piece = connection.recv(2 - len(start))
                if not piece:
                    return
                start += piece
            length = start[1] & 0x7F
            rest = b""
            while len(rest) < 4 + length:
                piece = connection.recv(4 + length - len(rest))
                if not piece:
                    return
                rest += piece
            payload = bytes(byte ^ rest[place % 4] for place, byte in enumerate(rest[4:]))
            seen.data += payload
            if start[0] & 0x0F == 8:
                connection.sendall(bytes([0x88, length]) + payload)
                return
            connection.sendall(bytes([start[0], length]) + payload)

    def _http2(self, connection: ssl.SSLSocket, seen: Seen) -> None:
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        state.initiate_connection()
        connection.sendall(state.data_to_send())
        to_send: dict[int, int] = {}
        while True:
            piece = connection.recv(65536)
            if not piece:
                return
            seen.data += piece
            for event in state.receive_data(piece):
                if isinstance(event, h2.events.RequestReceived):
                    named = {str(name): str(value) for name, value in event.headers or []}
                    seen.data += str(named).encode()
                    self._answer_http2(state, event.stream_id or 0, named, to_send)
                elif isinstance(event, h2.events.DataReceived) and event.stream_id is not None:
                    state.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id)
            connection.sendall(state.data_to_send())
            for stream_id in list(to_send):
                while to_send[stream_id] and (window := state.local_flow_control_window(stream_id)):
                    size = min(window, state.max_outbound_frame_size, to_send[stream_id])
                    to_send[stream_id] -= size
                    state.send_data(stream_id, _MEBIBYTE[:size], end_stream=not to_send[stream_id])
                    connection.sendall(state.data_to_send())

    def _answer_http2(
        self, state: h2.connection.H2Connection, stream: int, named: dict[str, str], to_send: dict[int, int]
    ) -> None:
        path = named[":path"]
        if path == "/silent":
            return
        if path.startswith("/big/"):
            to_send[stream] = int(path.rpartition("/")[2]) * len(_MEBIBYTE)
            state.send_headers(stream, [(":status", "200"), ("content-length", str(to_send[stream]))])
            return
        body = f"hello over h2 from {named[':authority']}".encode()
        fields, body = self.http2_answers.get(path, ([(":status", "200"), ("content-length", str(len(body)))], body))
        state.send_headers(stream, fields)
        state.send_data(stream, body, end_stream=True)


def _receive(connection: socket.socket, seen: Seen) -> bytes:
    piece = connection.recv(65536)
    if not piece:
        raise ConnectionResetError
    if len(seen.data) < 1_000_000:
        seen.data += piece
    return piece


def _read_until(connection: socket.socket, data: bytes, end: bytes, seen: Seen) -> tuple[bytes, bytes]:
    while end not in data:
        data += _receive(connection, seen)
    before, _, after = data.partition(end)
    return before, after


def _pass_over(connection: socket.socket, data: bytes, length: int, seen: Seen) -> bytes:
    while len(data) < length:
        length -= len(data)
        data = _receive(connection, seen)
    return data[length:]
