"""Connections made to addresses that were checked: the next address is tried before the last one has given up."""

import asyncio
import errno
import os
import socket
from collections.abc import Callable, Sequence
from typing import Final

from saywhy.proxy.outbound.not_reachable import NotReachableError

ATTEMPT_DELAY_SECONDS: Final = 0.25  # RFC 8305 section 5
MOST_ADDRESSES: Final = 16


async def connected[P: asyncio.BaseProtocol](
    protocol_factory: Callable[[], P], addresses: Sequence[str], port: int
) -> tuple[asyncio.Transport, P]:
    """Connect to the first address that answers, with TCP_NODELAY. Raises NotReachableError, or what cancels it.

    The factory is called once. No task is made.
    """
    loop = asyncio.get_running_loop()
    try:
        if len(addresses) == 1:
            return await loop.create_connection(protocol_factory, addresses[0], port)
        made = await _Race(loop, addresses[:MOST_ADDRESSES], port).won()
        return await loop.create_connection(protocol_factory, sock=made)
    except OSError as error:
        raise NotReachableError(error_kind_of(error)) from error


def error_kind_of(error: OSError) -> str:
    """The kind of NotReachableError that an error of the operating system is."""
    if isinstance(error, NotReachableError):
        return error.kind
    if isinstance(error, ConnectionRefusedError):
        return NotReachableError.REFUSED
    return NotReachableError.TIMED_OUT if isinstance(error, TimeoutError) else NotReachableError.NO_WAY


class _Race:
    """Attempts to several addresses, of which the first that answers wins."""

    def __init__(self, loop: asyncio.AbstractEventLoop, addresses: Sequence[str], port: int) -> None:
        self._winner: asyncio.Future[socket.socket] = loop.create_future()
        self._loop = loop
        self._untried = iter(addresses)
        self._port = port
        self._under_way: set[socket.socket] = set()
        self._failure: OSError | None = None
        self._later: asyncio.TimerHandle | None = None
        self._try_next()

    async def won(self) -> socket.socket:
        """The socket of the attempt that won. Raises OSError when none did; every other attempt is given up."""
        taken = False
        try:
            made = await self._winner
            taken = True
            return made
        finally:
            if self._later is not None:
                self._later.cancel()
            for attempt in self._under_way:
                self._loop.remove_writer(attempt)
                attempt.close()
            if not taken and self._winner.done() and not self._winner.cancelled() and self._winner.exception() is None:
                self._winner.result().close()  # it won at the moment at which its waiter was cancelled

    def _try_next(self) -> None:
        if self._later is not None:
            self._later.cancel()
        address = next(self._untried, None)
        if address is None:
            self._later = None
            if not self._under_way and not self._winner.done():
                self._winner.set_exception(self._failure or OSError(errno.EHOSTUNREACH, "no address"))
            return
        self._later = self._loop.call_later(ATTEMPT_DELAY_SECONDS, self._try_next)
        self._try(address)

    def _try(self, address: str) -> None:
        try:
            attempt = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        except OSError as error:
            self._failed(error)
            return
        attempt.setblocking(False)
        attempt.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = attempt.connect_ex((address, self._port))
        if code == errno.EINPROGRESS:
            self._under_way.add(attempt)
            self._loop.add_writer(attempt, self._answered, attempt)
        else:
            self._came_to(attempt, code)

    def _answered(self, attempt: socket.socket) -> None:
        self._loop.remove_writer(attempt)
        self._under_way.discard(attempt)
        self._came_to(attempt, attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def _came_to(self, attempt: socket.socket, code: int) -> None:
        if code == 0 and not self._winner.done():
            self._winner.set_result(attempt)
            return
        attempt.close()
        self._failed(OSError(code, os.strerror(code)))

    def _failed(self, failure: OSError) -> None:
        if self._winner.done():
            return
        if self._failure is None or _telling(failure) < _telling(self._failure):
            self._failure = failure
        self._try_next()


def _telling(error: OSError) -> int:
    """What the site itself said tells more than that one family of addresses leads nowhere from here."""
    return (NotReachableError.REFUSED, NotReachableError.TIMED_OUT, NotReachableError.NO_WAY).index(
        error_kind_of(error)
    )
