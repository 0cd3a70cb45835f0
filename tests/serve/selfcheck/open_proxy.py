"""A proxy that answers everything by itself: what a filter would be that lets all through, or somebody else's."""

import socket
import ssl
import threading
from contextlib import suppress

from tests.wire.certificates import TestAuthority

HEAD = "HTTP/1.1 {} Some\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}"


class OpenProxy:
    """Answers with `status` and `body`, inside TLS with a certificate for whatever name; to CONNECT with `tunnel`."""

    def __init__(self, authority: TestAuthority, body: str, status: int = 200, tunnel: int = 200) -> None:
        self._authority = authority
        self._answer = HEAD.format(status, len(body), body).encode()
        self._tunnel = tunnel
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                with suppress(ssl.SSLError, ConnectionError), self._socket.accept()[0] as plain:
                    self._handle(plain)

    def _handle(self, plain: socket.socket) -> None:
        first = plain.recv(4096).decode()
        if not first.startswith("CONNECT "):
            plain.sendall(self._answer)
            return
        if self._tunnel != 200:
            plain.sendall(HEAD.format(self._tunnel, 7, "closed.").encode())
            return
        plain.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._authority.leaf(first.split()[1].partition(":")[0]))
        with context.wrap_socket(plain, server_side=True) as inside:
            inside.recv(4096)
            inside.sendall(self._answer)
