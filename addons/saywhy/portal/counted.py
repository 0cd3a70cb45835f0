"""Things that were done, counted by key within a time, and remembered over a restart.

A table is read and written under one lock of whoever holds it, so that something is counted before it is looked at and
forty at once are no more than one after another. What a journal keeps of it names nobody: keys are told as HMACs.
"""

import hmac
import json
import logging
import os
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Final

from saywhy.atomic_files import open_or_make, write_whole

MOST_KEYS: Final = 10_000  # in each table; beyond, the one that was touched longest ago goes
_LONGEST_JOURNAL: Final = 40_000  # lines; beyond, it is written anew with what still counts
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many within a time."""

    number: int
    window: timedelta

    def __post_init__(self) -> None:
        if self.number < 1 or self.window <= timedelta():
            raise ValueError("a limit allows something, within some time")


class Counted:
    """The last moments (aware) by key, at most the limit's number of each. In the order in which keys were touched.

    Not safe for several threads by itself: whoever uses it holds the journal's lock.
    """

    def __init__(
        self, limit: Limit, most: int = MOST_KEYS, tell: Callable[[str, str, datetime | None], None] | None = None
    ) -> None:
        self.limit = limit
        self._most = most
        self._tell = tell
        self._kept: OrderedDict[str, deque[datetime]] = OrderedDict()

    def wait(self, key: str, now: datetime) -> timedelta:
        """How long until there are fewer than the limit again."""
        kept = self._present(key, now)
        return kept[0] + self.limit.window - now if kept is not None and len(kept) >= self.limit.number else timedelta()

    def last(self, key: str, now: datetime) -> datetime | None:
        """When it was last done."""
        kept = self._present(key, now)
        return kept[-1] if kept else None

    def add(self, key: str, now: datetime) -> None:
        """Count it once more."""
        self._told("+", key, now)
        self._kept.setdefault(key, deque(maxlen=self.limit.number)).append(now)
        self._kept.move_to_end(key)
        while self._kept:
            oldest = next(iter(self._kept))
            if (
                len(self._kept) <= self._most
                and self._kept[oldest]
                and self._kept[oldest][-1] > now - self.limit.window
            ):
                return
            del self._kept[oldest]

    def take_back(self, key: str, moment: datetime) -> None:
        """What was counted at that moment was none."""
        kept = self._kept.get(key)
        if kept is not None and moment in kept:
            self._told("-", key, moment)
            kept.remove(moment)
            if not kept:
                del self._kept[key]

    def forget(self, key: str) -> None:
        """Begin anew with this key."""
        if self._kept.pop(key, None) is not None:
            self._told("0", key, None)

    def all(self) -> Iterator[tuple[str, datetime]]:
        """Every key and moment, in an order in which they can be added again."""
        for key, kept in self._kept.items():
            for moment in kept:
                yield key, moment

    def _present(self, key: str, now: datetime) -> deque[datetime] | None:
        kept = self._kept.get(key)
        # One from the future is gone too: the clock was set back, and nobody waits for that.
        while kept and not now - self.limit.window < kept[0] <= now:
            kept.popleft()
        return kept

    def _told(self, sign: str, key: str, moment: datetime | None) -> None:
        if self._tell is not None:
            self._tell(sign, key, moment)


class Journal:
    """Tables, and the file that remembers them: a line for each change, so that a process that is killed loses none.

    Without a path nothing is remembered. A disk that is full, or a line that cannot be read, stops nothing: it is logged,
    and what is counted stays in memory.
    """

    def __init__(self, path: Path | None = None, secret: bytes = b"") -> None:
        self._path = path
        self._secret = secret
        self.lock = RLock()  # of all its tables: to be held by whoever reads and writes one
        self._tables: dict[str, Counted] = {}
        self._read = _lines_of(path)
        self._length, self._longest = len(self._read), _LONGEST_JOURNAL
        self._whole = self._failing = False

    def table(self, name: str, limit: Limit, most: int = MOST_KEYS) -> Counted:
        """A table of that name, with what was remembered of it."""
        if name in self._tables:
            raise ValueError(f"there is a table {name!r} already")

        def tell(sign: str, key: str, moment: datetime | None) -> None:
            self._write([sign, name, key, None if moment is None else moment.isoformat()])

        table = Counted(limit, most)
        for sign, _, key, moment in (line for line in self._read if line[1] == name):
            if sign == "+" and moment is not None:
                table.add(key, moment)
            elif sign == "-" and moment is not None:
                table.take_back(key, moment)
            else:
                table.forget(key)
        table._tell = tell  # noqa: SLF001 — once what was told has been read
        self._tables[name] = table
        return table

    def key(self, *parts: str) -> str:
        """What somebody is counted under: nothing that could be read in a file."""
        return hmac.digest(self._secret, "\0".join(parts).encode("utf-8", "surrogatepass"), "sha256")[:12].hex()

    def _write(self, line: list[str | None]) -> None:
        if self._path is None:
            return
        with self.lock:
            try:
                if self._length >= self._longest:
                    self._write_anew(self._path)
                descriptor = open_or_make(self._path, os.O_WRONLY | os.O_APPEND)
                try:
                    # A line that was cut short, before this process or by a full disk, spoils none that follows.
                    told = f"{'' if self._whole else '\n'}{json.dumps(line)}\n".encode()
                    self._whole = os.write(descriptor, told) == len(told)
                finally:
                    os.close(descriptor)
                self._length += 1
            except OSError as fault:
                if not self._failing:
                    _log.error("what was tried cannot be remembered over a restart: %s", fault)
                self._failing, self._whole = True, False
            else:
                self._failing = False

    def _write_anew(self, path: Path) -> None:
        kept = [
            json.dumps(["+", name, key, moment.isoformat()])
            for name, table in self._tables.items()
            for key, moment in table.all()
        ]
        write_whole(path, "".join(f"{line}\n" for line in kept).encode())
        self._length = len(kept)
        self._longest = max(_LONGEST_JOURNAL, 2 * len(kept))


def _lines_of(path: Path | None) -> list[tuple[str, str, str, datetime | None]]:
    if path is None:
        return []
    try:
        text = path.read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return []
    except OSError as fault:
        _log.error("what was tried before cannot be read: %s", fault)
        return []
    found: list[tuple[str, str, str, datetime | None]] = []
    for line in text.splitlines():
        try:
            sign, name, key, moment = json.loads(line)
            at = None if moment is None else datetime.fromisoformat(moment)
            if sign not in ("+", "-", "0") or not isinstance(name, str) or not isinstance(key, str):
                continue
            if at is None or at.tzinfo is not None:
                found.append((sign, name, key, at))
        except (ValueError, TypeError):  # cut off as a disk was full: the others count
            continue
    return found
