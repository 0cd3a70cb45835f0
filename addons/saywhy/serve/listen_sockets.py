"""The sockets that the proxy listens on: made by the supervisor, shared by all workers.

What waits to be taken waits at the socket, not at a worker: one that dies loses nothing but what it has, and what comes while none
is there waits for the next (docs/decisions/0005-one-listening-socket.md).
"""

import os
import socket
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from saywhy.proxy.door.front_door import BACKLOG
from saywhy.serve.ports import listen_at
from saywhy.serve.settings import Endpoint

# Of struct tcp_info (linux/tcp.h) the fields unacked and sacked: of a socket that listens, how many wait and how many may.
_LISTENING: Final = struct.Struct("=24xII")
_NAME: Final = "SAYWHY_LISTEN_{}"


class ListenSockets:
    """The supervisor's side."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        """Raises StartError."""
        self._endpoints = tuple(endpoints)
        self._sockets: list[socket.socket] = []
        try:
            for endpoint in endpoints:
                self._sockets.append(listen_at(endpoint, BACKLOG))
        except BaseException:
            self.close()
            raise

    @property
    def descriptors(self) -> Mapping[str, int]:
        """What each worker has to have, by the names under which it finds the numbers in its environment."""
        return {_NAME.format(index): one.fileno() for index, one in enumerate(self._sockets)}

    @property
    def full(self) -> list[str]:
        """Addresses at which as many connections wait as may wait; what comes then gets no answer (tcp(7): TCP_INFO)."""
        found = []
        for endpoint, one in zip(self._endpoints, list(self._sockets), strict=False):
            with suppress(OSError):
                waiting, most = _LISTENING.unpack(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LISTENING.size))
                if waiting >= most > 0:
                    found.append(str(endpoint))
        return found

    def close(self) -> None:
        """Let go of them; workers close theirs when they are told to end."""
        for one in self._sockets:
            one.close()
        self._sockets.clear()


def sockets_from_parent(count: int) -> list[socket.socket]:
    """The worker's side; to be asked for once."""
    return [socket.socket(fileno=int(os.environ.pop(_NAME.format(index)))) for index in range(count)]
