"""Our own HTTP servers: one address never holds all that they take."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from waitress.server import BaseWSGIServer, create_server

from saywhy.observe import channels
from saywhy.observe.channels import MOST_OF_ONE, FairChannel, share_out


def app(environ: object, start_response: Callable[[str, list[tuple[str, str]]], object]) -> list[bytes]:
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


class Foreign(FairChannel):
    """A connection from loopback that is counted as if it came from elsewhere."""

    def __init__(
        self, server: BaseWSGIServer, sock: socket.socket, addr: tuple[str, int], *more: object, **named: object
    ) -> None:
        super().__init__(server, sock, (addr[0].replace("127.0.0.", "192.0.2."), addr[1]), *more, **named)


@pytest.fixture
def server() -> Iterator[BaseWSGIServer]:
    made = create_server(app, host="127.0.0.1", port=0, threads=2, connection_limit=1_000)
    share_out(made)
    made.channel_class = Foreign
    threading.Thread(target=made.run, daemon=True).start()
    yield made
    made.trigger.pull_trigger(lambda: [one.close() for one in list(made._map.values())])


def connect(server: BaseWSGIServer, source: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.effective_port), timeout=10, source_address=(source, 0))


def is_answered(connection: socket.socket) -> bool:
    with suppress(OSError):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        return connection.recv(15) == b"HTTP/1.1 200 OK"
    return False


def test_one_address_holds_its_share_and_others_are_answered(server: BaseWSGIServer) -> None:
    held = [connect(server, "127.0.0.7") for _ in range(MOST_OF_ONE)]
    assert is_answered(held[-1])
    assert not is_answered(connect(server, "127.0.0.7"))
    assert is_answered(connect(server, "127.0.0.8"))
    for one in held[:10]:
        one.close()
    deadline = time.monotonic() + 10
    while server.held["192.0.2.7"] > MOST_OF_ONE - 10 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert is_answered(connect(server, "127.0.0.7"))


def test_this_machine_is_not_counted(server: BaseWSGIServer) -> None:
    server.channel_class = channels.FairChannel
    held = [connect(server, "127.0.0.9") for _ in range(MOST_OF_ONE + 20)]
    assert is_answered(held[-1])
    assert not server.held
