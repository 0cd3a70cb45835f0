"""The addresses that `saywhy run` listens on: free, or held for a moment more by what an earlier run left behind.

A supervisor that was killed leaves its children, who notice, close their listening sockets and end what they had begun.
They hold a lock that they have from it. So a new start can tell them from another program, and waits for them alone.
"""

import fcntl
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from saywhy.atomic_files import open_or_make
from saywhy.serve.first_start import StartError
from saywhy.serve.settings import Endpoint
from saywhy.serve.taken_port import why_not

NO_LOCK: Final = -1
_PATIENCE: Final = 15.0  # seconds for an earlier run's children to close what they listen on
_POLL: Final = 0.1


@contextmanager
def children_of(state: Path) -> Iterator[int]:
    """A descriptor to hand to each child, which shows for as long as one of them lives. NO_LOCK where none can be made."""
    try:
        lock = open_or_make(state / "children.lock", os.O_RDWR)
    except OSError:  # a disk that is full
        yield NO_LOCK
        return
    try:
        yield lock
    finally:
        os.close(lock)


def wait_until_free(
    endpoint: Endpoint,
    lock: int,
    *,
    patience: float = _PATIENCE,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Come back once the address can be listened on; wait only while children of an earlier run hold the lock.

    Afterwards the lock is held (shared), for the children to come. Raises StartError.
    """
    left = patience
    while (error := _why_taken(endpoint)) is not None:
        if left <= 0 or not _is_left_over(lock):
            raise StartError(why_not(endpoint, error))
        pause(_POLL)
        left -= _POLL
    if lock != NO_LOCK:
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_SH)


def listen_at(endpoint: Endpoint, backlog: int) -> socket.socket:
    """A socket that listens there, for one worker or for several that share it. Raises StartError."""
    try:
        listening = _bound(endpoint)
        listening.listen(backlog)
    except OSError as error:
        raise StartError(why_not(endpoint, error)) from None
    return listening


def _is_left_over(lock: int) -> bool:
    """Whether children of another run live: their supervisor does not, since this one holds the state folder."""
    if lock == NO_LOCK:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a folder that knows no locks
        return False
    return False


def _why_taken(endpoint: Endpoint) -> OSError | None:
    try:
        _bound(endpoint).close()
    except OSError as error:
        return error
    return None


def _bound(endpoint: Endpoint) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if made.family is socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((endpoint.host, endpoint.port))
    except OSError:
        made.close()
        raise
    return made
