"""A file of lines for each day, and none for days long past; several processes may write one and the same.

Lines that are written together are one write at the end of the file (O_APPEND), between which the system lets nobody else.
Where one was cut short, by a full disk or with a process that was killed, whoever writes next begins a line of its own. To
see that, writers wait for each other (flock), though never for one that stands still.
"""

import errno
import fcntl
import os
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from saywhy.atomic_files import make_folder, open_or_make
from saywhy.observe.day_files import PACKED, UNREADABLE, delete_before, opened

_PATIENCE: Final = 0.2  # seconds for another to have written
_LOOK: Final = 0.005


def day_file(path: Path, day: date) -> Path:
    """The file of a day (UTC), of a log by its path: `state/decisions-2026-11-23.jsonl` of `state/decisions.jsonl`."""
    return path.with_name(f"{path.stem}-{day.isoformat()}{path.suffix}")


def lines_from(path: Path, day: date, start: int, most: int) -> bytes:
    """Whole lines of a day's file from there on, so many bytes at the most: none where there is no such file yet.

    A line that is longer than `most` comes in pieces. A day that was packed is read as well, from its beginning each time.
    Raises OSError.
    """
    file = day_file(path, day)
    try:
        read = _read(file, start, most)
    except FileNotFoundError:
        try:
            read = _read(file.with_name(file.name + PACKED), start, most)
        except UNREADABLE:  # there is none, or no more of it can be read
            return b""
    return read[: read.rfind(b"\n") + 1] or (read if len(read) == most else b"")


def _read(path: Path, start: int, most: int) -> bytes:
    with opened(path) as file:
        file.seek(start)
        return file.read(most)


class DailyFile:
    """Appends lines to `NAME-YYYY-MM-DD.SUFFIX` and deletes the files of days long past."""

    def __init__(self, path: Path, keep_days: int) -> None:
        self._path = path
        self.keep_days = keep_days
        self._day: date | None = None
        self._file = -1

    def name_for(self, day: date) -> Path:
        """The file of a day."""
        return day_file(self._path, day)

    def append(self, day: date, lines: bytes) -> None:
        """Write whole lines to the file of a day. Raises OSError; then nothing, or the beginning, was written."""
        if day != self._day:
            self._open(day)
        alone = self._alone()
        if os.fstat(self._file).st_nlink == 0:  # it was packed, or somebody took it away
            self._open(day)
            alone = self._alone()
        try:
            data = lines if self._ends_whole() else b"\n" + lines
            if os.write(self._file, data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            if alone:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _alone(self) -> bool:
        """Wait while another writes. False where it does not come to an end, or where a folder knows no locks."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    return False
                time.sleep(_LOOK)
            except OSError:
                return False
            else:
                return True

    def _ends_whole(self) -> bool:
        size = os.fstat(self._file).st_size
        return size == 0 or os.pread(self._file, 1, size - 1) == b"\n"

    def _open(self, day: date) -> None:
        self.close()
        make_folder(self._path.parent)
        self._file = open_or_make(self.name_for(day), os.O_RDWR | os.O_APPEND)
        os.fchmod(self._file, 0o600)
        self._day = day
        delete_before(self._path, day - timedelta(days=self.keep_days))

    def close(self) -> None:
        """Close the file of the day."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1
        self._day = None
