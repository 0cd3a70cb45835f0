"""An HTTP/2 origin that answers as odd servers do, by path; what it was asked is the oracle."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from tests.wire.certificates import TestAuthority
from tests.wire.tricks import frames

type Fields = list[tuple[str, str]]
OK: Fields = [(":status", "200"), ("content-type", "text/plain")]

# what is sent in place of an answer: fields, body, trailers
MALFORMED: dict[str, tuple[Fields, bytes, Fields | None]] = {
    "a value that ends in a blank": ([*OK, ("x-a", "v ")], b"ok", None),
    "a value that begins with one": ([*OK, ("x-a", " v")], b"ok", None),
    "an unknown pseudo-header": ([*OK[:1], (":odd", "x")], b"ok", None),
    "no status": (OK[1:], b"ok", None),
    "a status of two digits": ([(":status", "20")], b"ok", None),
    "a status of four": ([(":status", "2000")], b"ok", None),
    "a name in capitals": ([*OK, ("X-Up", "v")], b"ok", None),
    "a name with a blank": ([*OK, ("x a", "v")], b"ok", None),
    "a line feed in a value": ([*OK, ("x-a", "a\r\nb: c")], b"ok", None),
    "a zero byte": ([*OK, ("x-a", "a\0b")], b"ok", None),
    "connection": ([*OK, ("connection", "close")], b"ok", None),
    "transfer-encoding": ([*OK, ("transfer-encoding", "chunked")], b"ok", None),
    "a length that is none": ([*OK, ("content-length", "ten")], b"ok", None),
    "two lengths": ([*OK, ("content-length", "2"), ("content-length", "3")], b"ok", None),
    "a switch of protocols": ([(":status", "101")], b"ok", None),
}
CUT = {  # the head is good, what follows is not
    "more than its length": ([*OK, ("content-length", "1")], b"ok", None),
    "less than its length": ([*OK, ("content-length", "9")], b"ok", None),
    "a pseudo-header in its trailers": (OK, b"ok", [(":status", "200")]),
}


class OddHttp2Origin:
    """Answers `/slow` when `may_end` is set, `/malformed/NAME` as in the tables above, and everything else with 200.

    `each` says goodbye politely, as nginx does, after so many streams of a connection.
    """

    def __init__(self, authority: TestAuthority, each: int = 0) -> None:
        self._authority = authority
        self._each = each
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port: int = self._socket.getsockname()[1]
        self.asked: list[tuple[int, str, str]] = []  # connection, method, path
        self.bodies: dict[str, bytes] = {}
        self.may_end = threading.Event()
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.shutdown(
            socket.SHUT_RDWR
        )  # else the thread would take the connections of the next socket with this number
        self._socket.close()

    def times(self, path: str) -> int:
        return sum(1 for _, _, asked in self.asked if asked == path)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                threading.Thread(target=self._speak, args=(connection, self.connections), daemon=True).start()

    def _speak(self, plain: socket.socket, number: int) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._authority.leaf("good.test"))
        context.set_alpn_protocols(["h2"])
        with suppress(OSError, h2.exceptions.ProtocolError):
            _Speaking(self, context.wrap_socket(plain, server_side=True), number, self._each).run()


class _Speaking:
    """One connection."""

    def __init__(self, origin: OddHttp2Origin, connection: ssl.SSLSocket, number: int, each: int) -> None:
        self.origin = origin
        self.connection = connection
        self.number = number
        self.each = each
        self.streams = 0
        self.lock = threading.Lock()
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(
                client_side=False, header_encoding="utf-8", validate_outbound_headers=False,
                normalize_outbound_headers=False, validate_inbound_headers=True,
            )
        )  # fmt: skip
        self.answers: dict[str, Callable[[int, str], None]] = {
            "refused": self._refused, "misdirected": self._misdirected, "goodbye": self._goodbye, "slow": self._slow,
            "malformed": self._malformed, "body-first": self._body_first, "reset": self._reset, "push": self._push,
        }  # fmt: skip

    def run(self) -> None:
        self.h2.initiate_connection()
        self._flush()
        while data := self.connection.recv(65_536):
            with self.lock:
                for event in self.h2.receive_data(data):
                    self._take(event)
                self._flush()

    def _flush(self) -> None:
        self.connection.sendall(self.h2.data_to_send())

    def _take(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            fields = {str(name): str(value) for name, value in event.headers or []}
            path = fields[":path"]
            self.origin.asked.append((self.number, fields[":method"], path))
            self.streams += 1
            assert event.stream_id is not None
            if self.each and self.streams > self.each:
                return  # after the goodbye: never processed
            self.answers.get(path.split("/")[1], self._plain)(event.stream_id, path)
            if self.streams == self.each:
                self._say_goodbye(event.stream_id)
        elif isinstance(event, h2.events.DataReceived) and event.stream_id is not None:
            self.h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id)
            path = self.origin.asked[-1][2]
            self.origin.bodies[path] = self.origin.bodies.get(path, b"") + (event.data or b"")

    def _plain(self, stream: int, path: str) -> None:
        self._answer(stream, OK, f"picture {path}".encode())

    def _answer(self, stream: int, fields: Fields, body: bytes, trailers: Fields | None = None) -> None:
        self.h2.send_headers(stream, fields)
        self.h2.send_data(stream, body, end_stream=trailers is None)
        if trailers is not None:
            self.h2.send_headers(stream, trailers, end_stream=True)

    def _say_goodbye(self, last: int, error: int = 0) -> None:
        self._flush()
        self.connection.sendall(frames.frame(frames.GOAWAY, last.to_bytes(4) + error.to_bytes(4)))

    def _malformed(self, stream: int, path: str) -> None:
        self._answer(stream, *{**MALFORMED, **CUT}[path.rpartition("/")[2].replace("_", " ")])

    def _body_first(self, stream: int, path: str) -> None:
        self._flush()
        self.connection.sendall(frames.frame(frames.DATA, b"ok", frames.END_STREAM, stream))

    def _reset(self, stream: int, path: str) -> None:
        self.h2.reset_stream(stream, 2)

    def _push(self, stream: int, path: str) -> None:
        self._flush()
        self.connection.sendall(frames.frame(0xFA, b"nobody knows this"))
        self._plain(stream, path)

    def _once(self, path: str) -> bool:
        return path.endswith("/always") or self.origin.times(path) == 1

    def _refused(self, stream: int, path: str) -> None:
        if self._once(path):
            self.h2.reset_stream(stream, 7)
        else:
            self._plain(stream, path)

    def _misdirected(self, stream: int, path: str) -> None:
        self._answer(stream, [(":status", "421")] if self._once(path) else OK, b"here")

    def _goodbye(self, stream: int, path: str) -> None:
        if self._once(path):
            self._say_goodbye(max(0, stream - 2))
        else:
            self._plain(stream, path)

    def _slow(self, stream: int, path: str) -> None:
        def answer() -> None:
            self.origin.may_end.wait(20)
            with self.lock, suppress(OSError, h2.exceptions.ProtocolError):
                self._answer(stream, OK, b"slow")
                self._flush()

        threading.Thread(target=answer, daemon=True).start()
