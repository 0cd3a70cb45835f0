"""The lines of a decision log that name something: a host and what lies below it, an app. Others are not even parsed.

How much is read is bounded: the newest file first, until so many bytes are read.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from saywhy.observe.day_files import UNREADABLE, log_files

MOST_BYTES: Final = 512 * 1024 * 1024


@dataclass(slots=True)
class Looked:
    """How far the reading is: the oldest day (UTC) that was looked at, and whether it was cut short."""

    oldest: date | None = None
    cut: bool = False
    read: int = 0  # bytes


def lines_about(
    path: Path, first: date, named: Iterable[str], looked: Looked, most_bytes: int = MOST_BYTES
) -> Iterator[bytes]:
    """The lines of a log, by its path, from a day (UTC) on that hold a value which ends in one of these (ASCII).

    A file that cannot be read to its end is passed over from there on, and counts as cut short. Raises OSError where the
    folder cannot be read.
    """
    # a value stands alone in its quotes, or is a name below this one
    wanted = re.compile(b"|".join(b'[".]' + re.escape(one.encode()) + b'"' for one in sorted(set(named))))
    for file in log_files(path):
        if file.day < first:
            return
        looked.oldest = file.day
        try:
            with file.open() as lines:
                for line in lines:
                    looked.read += len(line)
                    if wanted.search(line):
                        yield line
                    if looked.read >= most_bytes:
                        looked.cut = True
                        return
        except UNREADABLE:
            looked.cut = True
