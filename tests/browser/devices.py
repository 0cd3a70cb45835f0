"""Devices of a school: each is one address from which a browser comes to the filter."""

import socket
import threading
from contextlib import suppress


class Device:
    """Passes connections on to a filter from an address of loopback, as the network of a place would."""

    def __init__(self, address: str, filter_port: int) -> None:
        self._from = address
        self._to = ("127.0.0.1", filter_port)
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.proxy = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, name=f"device {address}", daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._socket.accept()
                far = socket.create_connection(self._to, source_address=(self._from, 0))
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65_536):
            other.sendall(data)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)
