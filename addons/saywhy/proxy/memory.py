"""Gives memory back to the system that a wave of connections took: glibc keeps what was freed between what was not."""

import ctypes
from collections.abc import Callable
from typing import Final

from OpenSSL import SSL
from OpenSSL._util import ffi, lib

ENOUGH: Final = 500  # connections that ended since the last time
AT_MOST_EVERY: Final = 60.0  # seconds; it takes some milliseconds


def trim() -> None:
    """Ask glibc to; nothing where another library is used."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except AttributeError:
        return


def fresh_buffers(connection: SSL.Connection) -> None:
    """Give a TLS connection new, small buffers in place of its own, which keep the size of the most that they ever held.

    Only where nothing waits in them.
    """
    held = ffi.new("char **")
    if any(lib.BIO_get_mem_data(one, held) for one in (connection._into_ssl, connection._from_ssl)):  # noqa: SLF001
        return
    into, out = (lib.BIO_new(lib.BIO_s_mem()) for _ in range(2))
    connection._into_ssl, connection._from_ssl = into, out  # noqa: SLF001
    lib.SSL_set_bio(connection._ssl, into, out)  # which lets go of the old ones  # noqa: SLF001


class MemoryTrim:
    """Counts what has ended, and gives back when that is worth it."""

    def __init__(self, give: Callable[[], None] = trim) -> None:
        self._give = give
        self._ended = 0
        self._last = -AT_MOST_EVERY

    def count(self) -> None:
        """One connection has ended."""
        self._ended += 1

    def look(self, now: float) -> None:
        """Give back, if it is time. `now` in seconds of a steady clock."""
        if self._ended >= ENOUGH and now - self._last >= AT_MOST_EVERY:
            self._ended, self._last = 0, now
            self._give()
