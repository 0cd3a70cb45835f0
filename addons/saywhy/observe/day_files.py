"""The files of a log by day: which there are, how their lines are read, and how days that are over are packed and deleted.

A day's lines are in `decisions-2026-11-23.jsonl`, and some days later in `decisions-2026-11-23.jsonl.gz`. Packing writes aside,
puts the packed file in its place in one step, and only then takes the other away: whenever it is ended, no line is lost. Where
it was ended in between, both are there; a packed file that begins as the plain one does is passed over, so that none counts twice.
"""

import errno
import fcntl
import gzip
import logging
import os
import re
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Final

from saywhy.atomic_files import ASIDE, open_or_make, sync_folder

type Opened = gzip.GzipFile | IO[bytes]

PACKED: Final = ".gz"
UNREADABLE: Final = OSError, EOFError, zlib.error  # what reading raises where a file is cut or damaged
_DAY: Final = re.compile(r"-(\d{4}-\d\d-\d\d)\.")
_BLOCK: Final = 1024 * 1024
_BEGINNING: Final = 4096
_LEVEL: Final = 6
_ROOM: Final = 4  # a packed day takes a tenth of the plain one; a quarter has to be free

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file of the log, and the day (UTC) in its name."""

    path: Path
    day: date

    @property
    def packed(self) -> bool:
        """Whether it is compressed."""
        return self.path.suffix == PACKED

    def open(self) -> Opened:
        """It, to be read; reading raises one of `UNREADABLE`."""
        return opened(self.path)


def opened(path: Path) -> Opened:
    """A file of a log, plain or packed, to be read as its lines."""
    return gzip.open(path) if path.suffix == PACKED else path.open("rb")


def log_files(path: Path) -> list[LogFile]:
    """The files of a log by its path, `state/decisions.jsonl`, newest first; packed and numbered ones as well.

    Raises OSError where the folder cannot be read.
    """
    days = {one: day for one in path.parent.iterdir() if (day := _day_of(one, path)) is not None}
    found = [LogFile(one, days[one]) for one in without_twins(list(days))]
    return sorted(found, key=lambda one: (one.day, -len(one.path.name), one.path.name), reverse=True)


def without_twins(paths: list[Path]) -> list[Path]:
    """These files without the packed ones whose plain one is among them."""
    plain = {one for one in paths if one.suffix != PACKED}
    beside = {one: one.with_name(_plain_name(one)) for one in paths if one.suffix == PACKED}
    return [one for one in paths if one not in beside or beside[one] not in plain or not _is_of(one, beside[one])]


def delete_before(path: Path, first: date) -> None:
    """Delete the files of a log of days before this one. What cannot be deleted is told, and stops nothing."""
    try:
        found = [one for one in path.parent.iterdir() if _is_old(one, path, first)]
    except OSError as error:
        logger.warning("%s cannot be read: %s", path.parent, error)
        return
    for old in found:
        try:
            old.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("%s could not be deleted: %s", old.name, error)


def pack_before(path: Path, first: date, may_go_on: Callable[[], bool] = lambda: True) -> int:
    """Pack the files of a log of days before this one; gives how many. Raises OSError; nothing is lost then.

    `may_go_on` is asked again and again: where it says no, what was begun is left.
    """
    for left in path.parent.glob(f"{ASIDE}{path.stem}-*"):
        left.unlink(missing_ok=True)
    packed = 0
    for file in reversed(log_files(path)):
        if file.day < first and not file.packed and file.path.suffix == path.suffix and may_go_on():
            packed += _pack(file.path, may_go_on)
    return packed


def _pack(plain: Path, may_go_on: Callable[[], bool]) -> bool:
    aside = plain.with_name(f"{ASIDE}{plain.name}{PACKED}")
    size = plain.stat().st_size
    if shutil.disk_usage(plain.parent).free < size // _ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(plain))
    try:
        with plain.open("rb") as lines:
            done = _write(lines, aside, may_go_on)
            if not done:
                return False
            with _alone(lines) as alone:
                if not alone or os.fstat(lines.fileno()).st_size != lines.tell():
                    return False  # somebody writes there yet
                aside.replace(_place_for(plain))
                sync_folder(plain.parent)
                plain.unlink()
    finally:
        aside.unlink(missing_ok=True)
    return True


def _write(lines: IO[bytes], aside: Path, may_go_on: Callable[[], bool]) -> bool:
    with os.fdopen(open_or_make(aside, os.O_WRONLY | os.O_EXCL), "wb") as file:
        written = int(os.fstat(lines.fileno()).st_mtime)
        with gzip.GzipFile("", "wb", _LEVEL, file, written) as packing:
            while block := lines.read(_BLOCK):
                if not may_go_on():
                    return False
                packing.write(block)
        file.flush()
        os.fsync(file.fileno())
    return True


@contextmanager
def _alone(lines: IO[bytes]) -> Iterator[bool]:
    """Keep writers away (`daily_file`); False where one of them is there."""
    try:
        fcntl.flock(lines, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        yield error.errno not in {errno.EWOULDBLOCK, errno.EAGAIN}  # else the folder knows no locks
        return
    yield True  # it is let go of when the file is closed


def _place_for(plain: Path) -> Path:
    """Where it goes: a packed file with other lines of that day stays (a clock that was set back wrote more)."""
    place = plain.with_name(plain.name + PACKED)
    number = 1
    while place.exists() and not _is_of(place, plain):
        number += 1
        place = plain.with_name(f"{plain.name}.{number}{PACKED}")
    return place


def _plain_name(packed: Path) -> str:
    name = packed.name.removesuffix(PACKED)
    stem, _, number = name.rpartition(".")
    return stem if number.isdecimal() else name


def _is_of(packed: Path, plain: Path) -> bool:
    """Whether a packed file was made of this plain one, which may have more lines by now."""
    with suppress(*UNREADABLE), gzip.open(packed) as inside, plain.open("rb") as lines:
        beginning = inside.read(_BEGINNING)
        return lines.read(len(beginning)) == beginning
    return False


def _is_old(file: Path, path: Path, first: date) -> bool:
    day = _day_of(file, path)
    return day is not None and day < first


def _day_of(file: Path, path: Path) -> date | None:
    if not file.name.startswith(f"{path.stem}-") or path.suffix not in file.name:
        return None
    written = _DAY.search(file.name)
    try:
        return None if written is None or not file.is_file() else date.fromisoformat(written[1])
    except ValueError:
        return None
