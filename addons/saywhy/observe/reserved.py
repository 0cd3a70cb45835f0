"""A process's figures in a mapped file, as prometheus-client keeps them, but in space that was taken beforehand.

A mapped page for which there is no room ends the process that touches it (SIGBUS). So room is taken before anything is
mapped; where there is none, figures are kept in this process alone: they are not told, and everything else goes on.
"""

import logging
import mmap
import os
from contextlib import suppress
from typing import Any, Final

from prometheus_client.mmap_dict import MmapedDict

logger = logging.getLogger(__name__)

_SIZE: Final = 65_536  # bytes: with this many a file begins, and it grows by doubling


class ReservedFigures(MmapedDict):
    """Figures by their keys. Never raises for want of room. Not thread-safe, as the one it is made from."""

    def __init__(self, filename: str, read_mode: bool = False) -> None:  # noqa: FBT001, FBT002 — prometheus-client's own
        self._kept: dict[str, tuple[float, float]] = {}  # value and time of those without room
        self._without_room = False
        self._f: Any = None  # none without room
        self._m: Any = None
        self._positions: dict[str, int] = {}
        try:
            if not read_mode and not os.path.exists(filename):  # noqa: PTH110 — a text, as prometheus-client gives it
                _reserve(filename, _SIZE)
            super().__init__(filename, read_mode)  # type: ignore[no-untyped-call]
        except OSError as error:
            self._without_room = True
            with suppress(OSError):
                os.unlink(filename)  # noqa: PTH108 — nothing is in it, and reading it would fail
            _tell(filename, error)

    def read_value(self, key: str) -> tuple[float, float]:
        """The value and its time; zeros for a new key."""
        if self._has_room_for(key):
            value, at = super().read_value(key)  # type: ignore[no-untyped-call]
            return value, at
        return self._kept.setdefault(key, (0.0, 0.0))

    def write_value(self, key: str, value: float, timestamp: float) -> None:
        """Keep a value and its time."""
        if self._has_room_for(key):
            super().write_value(key, value, timestamp)  # type: ignore[no-untyped-call]
        else:
            self._kept[key] = value, timestamp

    def _has_room_for(self, key: str) -> bool:
        """Whether the key has its place in the file, which grows for it where it has to."""
        if key in self._positions:
            return True
        if self._without_room or key in self._kept:
            return False
        wanted = self._used + len(key.encode()) + 32  # the most that the length, the padding and two doubles take
        if wanted > self._capacity:
            try:
                while wanted > self._capacity:
                    _reserve(self._fname, 2 * self._capacity)
                    self._grow()
            except OSError as error:
                _tell(self._fname, error)
                return False
        return True

    def _grow(self) -> None:
        assert self._f is not None
        mapped = mmap.mmap(self._f.fileno(), 2 * self._capacity)
        self._capacity *= 2
        self._m = mapped


def _reserve(filename: str, size: int) -> None:
    """Make the file so long, with room for all of it. Raises OSError; a file that was there is then as it was."""
    descriptor = os.open(filename, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, size)
    finally:
        os.close(descriptor)


def _tell(filename: str, error: OSError) -> None:
    folder = os.path.dirname(filename)  # noqa: PTH120
    logger.warning("%s has no room for figures (%s); some are not told", folder, error.strerror or error)
