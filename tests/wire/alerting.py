"""An origin that ends its TLS in a way that the test chooses: by an alert at a moment, or by a polite word."""

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from OpenSSL import SSL

from tests.wire.certificates import TestAuthority

type End = Literal["certificate", "alert", "close_notify", "hang up"]
_FORGED = b"\x17\x03\x03\x00\x20" + bytes(32)  # a record that nobody sent: OpenSSL says bad_record_mac, which is fatal
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@dataclass(frozen=True)
class Plan:
    """What one connection does. `answers` come before the end; "certificate" wants one in the handshake."""

    end: End
    newest: int = SSL.TLS1_3_VERSION
    alpn: bytes = b"http/1.1"
    answers: tuple[bytes, ...] = ()
    listens_on: bool = True  # or it closes at once, and what it has not read is answered by a reset


class AlertingOrigin:
    """Takes the plans in their order, one for each connection; the last is for all that follow."""

    def __init__(self, authority: TestAuthority) -> None:
        self._authority = authority
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port: int = self._socket.getsockname()[1]
        self.plans: list[Plan] = []
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.shutdown(
            socket.SHUT_RDWR
        )  # else the thread would take the connections of the next socket with this number
        self._socket.close()

    def will(self, *plans: Plan) -> None:
        self.plans, self.connections = list(plans), 0

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._socket.accept()
            except OSError:
                return
            plan = self.plans[min(self.connections, len(self.plans) - 1)]
            self.connections += 1
            threading.Thread(target=self._handle, args=(plain, plan), daemon=True).start()

    def _context(self, plan: Plan) -> SSL.Context:
        made = SSL.Context(SSL.TLS_SERVER_METHOD)
        leaf = str(self._authority.leaf("good.test"))
        made.use_certificate_file(leaf)
        made.use_privatekey_file(leaf)
        made.set_max_proto_version(plan.newest)
        made.set_alpn_select_callback(
            lambda _, offers: plan.alpn if plan.alpn in offers else SSL.NO_OVERLAPPING_PROTOCOLS
        )
        if plan.end == "certificate":
            made.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
            made.load_verify_locations(str(self._authority.path))
        return made

    def _handle(self, plain: socket.socket, plan: Plan) -> None:
        tls = SSL.Connection(self._context(plan))
        tls.set_accept_state()
        with plain, suppress(OSError, SSL.Error):
            try:
                self._speak(plain, tls, plan)
            finally:
                _flush(plain, tls)
                plain.shutdown(socket.SHUT_WR)
                while plan.listens_on and plain.recv(65_536):
                    pass

    def _speak(self, plain: socket.socket, tls: SSL.Connection, plan: Plan) -> None:
        while True:
            try:
                tls.do_handshake()
                break
            except SSL.WantReadError:
                _flush(plain, tls)
                tls.bio_write(_received(plain))
        _flush(plain, tls)
        for answer in plan.answers:
            asked = b""
            while b"\r\n\r\n" not in asked:
                with suppress(SSL.WantReadError):
                    asked += tls.recv(65_536)
                    continue
                tls.bio_write(_received(plain))
            tls.sendall(answer)
            _flush(plain, tls)
        if plan.end == "hang up":
            return
        if plan.end == "close_notify":
            tls.shutdown()
            return
        tls.bio_write(_FORGED)
        with suppress(SSL.WantReadError):
            while True:
                tls.recv(65_536)


def _received(plain: socket.socket) -> bytes:
    piece = plain.recv(65_536)
    if not piece:
        raise ConnectionResetError
    return piece


def _flush(plain: socket.socket, tls: SSL.Connection) -> None:
    with suppress(SSL.WantReadError):
        while True:
            plain.sendall(tls.bio_read(65_536))
