"""Connections made to addresses that were checked: the next address is tried before the last one has given up."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from addons.proxy.not_reachable import NotReachableError

ATTEMPT_DELAY_SECONDS: Final = 0.25  # RFC 8305 section 5


async def connected[P: asyncio.BaseProtocol](
    protocol_factory: Callable[[], P], addresses: Sequence[str], port: int
) -> tuple[asyncio.Transport, P]:
    """Connect to the first address that answers. Raises NotReachableError, or what cancels it.

    The factory is called once. One address costs no task.
    """
    loop = asyncio.get_running_loop()
    try:
        if len(addresses) == 1:
            return await loop.create_connection(protocol_factory, addresses[0], port)
        return await loop.create_connection(protocol_factory, sock=await _first(loop, addresses, port))
    except OSError as error:
        raise NotReachableError(_kind(error)) from error


def _kind(error: OSError) -> str:
    if isinstance(error, NotReachableError):
        return error.kind
    if isinstance(error, ConnectionRefusedError):
        return NotReachableError.REFUSED
    return NotReachableError.TIMED_OUT if isinstance(error, TimeoutError) else NotReachableError.NO_WAY


async def _first(loop: asyncio.AbstractEventLoop, addresses: Sequence[str], port: int) -> socket.socket:
    """The socket to whichever address answers first; each gets ATTEMPT_DELAY_SECONDS before the next is tried too."""
    waiting: set[asyncio.Task[socket.socket]] = set()
    failures: list[OSError] = []
    untried = iter(addresses)
    address = next(untried, None)
    try:
        while address is not None or waiting:
            if address is not None:
                waiting.add(loop.create_task(_socket_to(loop, address, port)))
                address = next(untried, None)
            done, waiting = await asyncio.wait(
                waiting,
                timeout=None if address is None else ATTEMPT_DELAY_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
            made = _made(done, failures)
            if made is not None:
                return made
    finally:
        for attempt in waiting:
            attempt.cancel()
    # what the site itself said tells more than that its network cannot be reached by one family of addresses
    raise min(failures, key=lambda error: _TELLING.get(_kind(error), len(_TELLING)))


_TELLING: Final = {NotReachableError.REFUSED: 0, NotReachableError.TIMED_OUT: 1}


def _made(done: set[asyncio.Task[socket.socket]], failures: list[OSError]) -> socket.socket | None:
    made: socket.socket | None = None
    for attempt in done:
        error = attempt.exception()
        if error is None:
            if made is None:
                made = attempt.result()
            else:
                attempt.result().close()
        elif isinstance(error, OSError):
            failures.append(error)
        else:
            raise error
    return made


async def _socket_to(loop: asyncio.AbstractEventLoop, address: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        with suppress(OSError):
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(made, (address, port))
    except BaseException:
        made.close()
        raise
    return made
