"""Connections to our own HTTP servers (waitress): no address holds more of them than its share."""

import socket
from collections import Counter
from ipaddress import ip_address
from typing import Any, Final

from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer

MOST_OF_ONE: Final = 100  # connections of one address that are open


class FairChannel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection that ends at once where its address has its share already. This machine's own are not counted.

    What comes through the proxy comes from this machine, one connection for each request.
    """

    _counted = ""

    def __init__(
        self, server: BaseWSGIServer, sock: socket.socket, addr: tuple[Any, ...], *more: Any, **named: Any
    ) -> None:
        super().__init__(server, sock, addr, *more, **named)
        here, there = sock.getsockname()[0], str(addr[0])
        if there == here or ip_address(there.partition("%")[0]).is_loopback:
            return
        held: Counter[str] = server.held
        self._counted = there
        held[there] += 1
        if held[there] > MOST_OF_ONE:
            self.handle_close()

    def del_channel(self, map: Any = None) -> None:  # noqa: A002 — waitress' own name
        """Count it out."""
        if self._counted:
            self.server.held[self._counted] -= 1
            self._counted = ""
        super().del_channel(map)


def share_out(server: BaseWSGIServer) -> None:
    """Let a server that is not running yet take no more than its share from any address."""
    server.held = Counter()
    server.channel_class = FairChannel
