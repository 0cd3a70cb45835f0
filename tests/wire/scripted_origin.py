"""An origin each of whose connections does what a test says, in a thread of its own; it speaks TLS where it is spoken to so.

It keeps its keys for tickets, one context for each name, so that TLS sessions can be taken up again.
"""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol


class Leaves(Protocol):
    """Who has certificates."""

    def leaf(self, host: str) -> Path:
        """A PEM file with key and certificate for a host."""


class Served:
    """One connection. `ended` is set once it is over on both sides, or the script has come to its end."""

    def __init__(self, connection: socket.socket, sni: str | None, *, resumed: bool) -> None:
        self.socket = connection
        self.sni = sni
        self.resumed = resumed
        self.data = b""
        self.ended = threading.Event()
        self._rest = b""

    def head(self) -> bytes:
        """The next head. Raises ConnectionResetError at the end."""
        while b"\r\n\r\n" not in self._rest:
            self._rest += self.some()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        return head

    def body(self, length: int) -> bytes:
        """So many bytes after a head."""
        while len(self._rest) < length:
            self._rest += self.some()
        body, self._rest = self._rest[:length], self._rest[length:]
        return body

    def some(self) -> bytes:
        """What comes next. Raises ConnectionResetError at the end."""
        piece = self.socket.recv(65_536)
        if not piece:
            raise ConnectionResetError
        if len(self.data) < 1_000_000:
            self.data += piece
        return piece

    def answer(self, body: bytes = b"hello", *fields: bytes, status: bytes = b"200 OK") -> None:
        """Answer with a body of a length that is told."""
        lines = b"".join(field + b"\r\n" for field in fields)
        self.socket.sendall(b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (status, lines, len(body), body))

    def until_closed(self) -> None:
        """Wait for the end of the connection."""
        with suppress(OSError):
            while self.some():
                pass


type Script = Callable[[Served], None]


def says_hello(served: Served) -> None:
    """Answers whatever is asked without a body."""
    while True:
        served.head()
        served.answer()


class ScriptedOrigin:
    """Listens at a port of 127.0.0.1; `served` has all connections so far."""

    def __init__(self, leaves: Leaves, script: Script = says_hello) -> None:
        self.leaves = leaves
        self.script = script
        self.served: list[Served] = []
        self.contexts: dict[str, ssl.SSLContext] = {}
        self.versions: tuple[ssl.TLSVersion, ssl.TLSVersion] = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=500)
        self.port: int = self._socket.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, name="scripted origin", daemon=True)
        self._accepting.start()

    def close(self) -> None:
        # a thread that is left waiting would take the connections of the next socket with this number
        with suppress(OSError):  # a test may have closed it
            self._socket.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._socket.close()
        for one in self.served:
            with suppress(OSError):
                one.socket.shutdown(socket.SHUT_RDWR)

    @property
    def data(self) -> bytes:
        """All that came on all connections."""
        return b"".join(one.data for one in self.served)

    @property
    def open(self) -> int:
        """How many connections are not over."""
        return sum(not one.ended.is_set() for one in self.served)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        served = Served(plain, None, resumed=False)
        self.served.append(served)
        try:
            if plain.recv(1, socket.MSG_PEEK) == b"\x16":
                self._shake(plain, served)
            self.script(served)
        except (OSError, ValueError):
            pass
        finally:
            with suppress(OSError):
                served.socket.close()
            served.ended.set()

    def _shake(self, plain: socket.socket, served: Served) -> None:
        def choose(tls: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
            served.sni = name
            tls.context = self._context(name or "127.0.0.1")

        first = self._context("127.0.0.1")  # whose keys tickets are made by
        first.sni_callback = choose
        tls = first.wrap_socket(plain, server_side=True)
        served.socket = tls
        served.resumed = bool(tls.session_reused)

    def _context(self, name: str) -> ssl.SSLContext:
        if name not in self.contexts:
            made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            made.minimum_version, made.maximum_version = self.versions
            made.load_cert_chain(self.leaves.leaf(name))
            made.set_alpn_protocols(["http/1.1"])
            self.contexts[name] = made
        return self.contexts[name]
