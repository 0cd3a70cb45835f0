"""A log read in the order of its lines, the oldest first; and followed while it is written, over midnight as well."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import IO, Final

from saywhy.observe.daily_file import day_file, lines_from
from saywhy.observe.day_files import UNREADABLE, LogFile, log_files

_STEP: Final = 1024 * 1024
_OUT_OF_ORDER: Final = timedelta(minutes=1)  # lines of several processes stand as they came, nearly in order
_TIME: Final = b'{"time":"'


@dataclass(slots=True)
class Reading:
    """How far it is: lines that were read, and files that could not be read to their end, with why."""

    lines: int = 0
    cut: list[tuple[Path, str]] = field(default_factory=list)


def lines_between(path: Path, since: datetime | None, until: datetime | None, reading: Reading) -> Iterator[bytes]:
    """The lines of a log, by its path, of the days from one moment to another (aware), and some before the first of them.

    Raises OSError where the folder cannot be read.
    """
    first = None if since is None else since.astimezone(UTC) - _OUT_OF_ORDER
    last = None if until is None else until.astimezone(UTC).date()
    for file in reversed(log_files(path)):
        if (first is None or file.day >= first.date()) and (last is None or file.day <= last):
            try:
                for line in _lines(file, first):
                    reading.lines += 1
                    yield line
            except UNREADABLE as error:
                reading.cut.append((file.path, str(error)))


def _lines(file: LogFile, first: datetime | None) -> Iterator[bytes]:
    with file.open() as opened:
        if first is not None and not file.packed and file.day == first.date():
            _go_to(opened, first, file.path.stat().st_size)  # type: ignore[arg-type]
        yield from opened


def _go_to(file: IO[bytes], first: datetime, size: int) -> None:
    """Go to a line of before that moment, by halves; what cannot be told is read."""
    wanted = first.isoformat(timespec="milliseconds").encode()[:23]
    low, high = 0, size
    while high - low > _STEP:
        middle = (low + high) // 2
        file.seek(middle)
        file.readline()
        line = file.readline()
        if line.startswith(_TIME) and line[len(_TIME) : len(_TIME) + 23] < wanted:
            low = middle
        else:
            high = middle
    file.seek(low)
    if low:
        file.readline()


class Following:
    """What is written to a log from now on. Whoever writes may still write to yesterday's file shortly after midnight."""

    def __init__(self, path: Path, today: date) -> None:
        self._path = path
        self._read: dict[date, int] = {}
        for day in (today - timedelta(days=1), today):
            self._read[day] = self._size(day)

    def poll(self, today: date) -> Iterator[bytes]:
        """The lines that came since the last look, in their files' order. Raises OSError."""
        yesterday = today - timedelta(days=1)
        days = sorted({day for day in self._read if day >= yesterday} | {yesterday, today})
        self._read = {day: self._read.get(day, 0) for day in days}
        for day in days:
            while piece := lines_from(self._path, day, self._read[day], _STEP):
                self._read[day] += len(piece)
                yield from piece.splitlines(keepends=True)

    def _size(self, day: date) -> int:
        try:
            return day_file(self._path, day).stat().st_size
        except FileNotFoundError:
            return 0
