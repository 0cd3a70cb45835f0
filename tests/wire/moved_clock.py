"""The clock of a filter of a test, moved: all of the filter's processes share how far."""

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

from saywhy.serve import clock

PATH = "TESTS_CLOCK"  # in the environment of a filter that is forked from `loaded`
_SECONDS = struct.Struct("d")


class MovedClock:
    """As the test has it. It begins with the moment that there is."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(_SECONDS.pack(0))
        self.environment = {PATH: str(path)}
        self._shared = _shared(path, mmap.ACCESS_WRITE)

    @property
    def now(self) -> datetime:
        """What the filter takes for the moment, aware."""
        return datetime.now(UTC) + timedelta(seconds=_SECONDS.unpack(self._shared[:])[0])

    def move_to(self, moment: datetime) -> None:
        """Let it be this moment (aware), now."""
        self._shared[:] = _SECONDS.pack((moment - datetime.now(UTC)).total_seconds())


def move_with(path: Path) -> None:
    """In the filter's first process, before any other is forked: its one clock goes by what stands in the file."""
    shared = _shared(path, mmap.ACCESS_READ)
    vars(clock).update(timedelta=timedelta, ahead=lambda: _SECONDS.unpack(shared[:])[0])
    clock.wall_clock.__code__ = _moved.__code__


def _moved() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=ahead())  # type: ignore[name-defined]  # noqa: F821 — of `clock`, by then


def _shared(path: Path, access: int) -> mmap.mmap:
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), _SECONDS.size, access=access)
