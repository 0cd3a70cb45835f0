"""The last lines of a log that hold something, newest first: read from its end, so that a page can wait for it.

How much is read is bounded. Lines of several processes stand in a file as they came, nearly in order; a minute more is read.
"""

import gzip
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from saywhy.observe.day_files import UNREADABLE, log_files

MOST_BYTES: Final = 64 * 1024 * 1024
_BLOCK: Final = 1024 * 1024
_OUT_OF_ORDER: Final = timedelta(minutes=1)
_TIME: Final = re.compile(rb'^\{"time":"([0-9T:.Z+-]{19,35})"', re.MULTILINE)


@dataclass(slots=True)
class Tail:
    """How far it was read: the bytes left to be read, and whether they did not suffice or a file could not be read."""

    left: int = MOST_BYTES
    cut: bool = False


def lines_lately(path: Path, needle: bytes, since: datetime, tail: Tail) -> Iterator[bytes]:
    """The lines of a log, by its path, that hold these bytes, the last first, back to a moment (aware) or some lines before it.

    A file that cannot be read is passed over, and told as cut short. Raises OSError where the folder cannot be read.
    """
    first = since.astimezone(UTC) - _OUT_OF_ORDER
    for file in log_files(path):
        if file.day < first.date():
            return
        try:
            for block in _packed(file.path, tail) if file.packed else _blocks_back(file.path, tail):
                yield from _lines_with(block, needle)
                if _begins_before(block, first):
                    break
        except UNREADABLE:
            tail.cut = True
        if tail.cut:
            return


def _blocks_back(path: Path, tail: Tail) -> Iterator[bytes]:
    """The file from its end, in blocks of whole lines."""
    with path.open("rb") as file:
        end, rest = file.seek(0, io.SEEK_END), b""
        while end > 0:
            if tail.left <= 0:
                tail.cut = True
                return
            start = max(0, end - min(_BLOCK, tail.left))
            block = _at(file, start, end) + rest
            tail.left -= end - start
            end = start
            # what may lie across the beginning comes with the block before it
            whole = block.find(b"\n") + 1 if start else 0
            rest, block = (block, b"") if start and not whole else (block[:whole], block[whole:])
            yield block


def _at(file: BinaryIO, start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(end - start)


def _packed(path: Path, tail: Tail) -> Iterator[bytes]:
    """A compressed file, which is read from its beginning: as one block."""
    with gzip.open(path) as file:
        read = file.read(max(0, tail.left) + 1)
    tail.cut = len(read) > tail.left
    tail.left -= len(read)
    yield read


def _lines_with(block: bytes, needle: bytes) -> Iterator[bytes]:
    at = len(block)
    while (at := block.rfind(needle, 0, at)) >= 0:
        start = block.rfind(b"\n", 0, at) + 1
        end = block.find(b"\n", at)
        yield block[start : end if end >= 0 else len(block)]
        at = start


def _begins_before(block: bytes, moment: datetime) -> bool:
    found = _TIME.search(block)
    if found is None:
        return False
    try:
        return datetime.fromisoformat(found[1].decode("ascii")) < moment
    except (ValueError, TypeError):
        return False
