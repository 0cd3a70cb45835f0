"""A log of one line for each event, in a file for each day, written beside what the process is there for.

`DailyLog` only puts a record into a bounded queue; a thread of its own writes. When the queue is full or the disk fails,
lines are dropped and counted, and filtering goes on. The day (UTC) is part of the file's name and lines are appended
whole, so several processes can keep one log and nothing is ever renamed under a writer.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from datetime import UTC, date
from itertools import groupby
from pathlib import Path
from typing import Final

from saywhy.observe.daily_file import DailyFile
from saywhy.observe.log_line import LogLine
from saywhy.policy.keep import LOG_BETWEEN

_QUEUE: Final = 20_000  # about a minute of a busy school
_BATCH: Final = 500
_WARN_EVERY: Final = 60.0
_CLOSE_WITHIN: Final = 10.0
_GATHER: Final = 0.1  # seconds: lines are written together, so that the thread is not woken for each

logger = logging.getLogger(__name__)


class DailyLog:
    """Takes records without ever waiting, and writes them from a thread of its own until it is closed.

    With the path `state/decisions.jsonl` the lines of a day are in `state/decisions-2026-11-23.jsonl`. `on_dropped` is
    told how many lines were lost, from whichever thread notices.
    """

    def __init__(
        self,
        path: Path,
        keep_days: int = LOG_BETWEEN[1].days,
        *,
        name: str = "decision log",
        on_dropped: Callable[[int], None] = lambda _: None,
        longest_queue: int = _QUEUE,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.dropped = 0
        self._name = name
        self._file = DailyFile(path, keep_days)
        self._on_dropped = on_dropped
        self._monotonic = monotonic
        self._warned: float | None = None
        self._count = threading.Lock()
        self._closed = False
        self._closing = threading.Event()
        self._longest_queue = longest_queue
        self._queue: queue.SimpleQueue[LogLine | None] = queue.SimpleQueue()  # it takes no lock of Python's
        self._writer = threading.Thread(target=self._write_all, name=name, daemon=True)
        self._writer.start()

    def write(self, record: LogLine) -> None:
        """Keep a record. Returns at once; a record that finds the queue full, or the log closed, is dropped."""
        if self._closed:
            self._drop(1, "it is closed")
            return
        if self._queue.qsize() >= self._longest_queue:
            self._drop(1, "lines come faster than they can be written")
        else:
            self._queue.put(record)

    def keep(self, days: int) -> None:
        """From the next day on, delete files that are older. May be called by any thread."""
        self._file.keep_days = days

    def close(self) -> None:
        """Write what is waiting, then end. Comes back within some seconds even when the disk does not answer."""
        if self._closed:
            return
        self._closed = True
        self._closing.set()
        self._queue.put(None)
        self._writer.join(_CLOSE_WITHIN)
        if self._writer.is_alive():
            self._drop(self._queue.qsize(), "the disk does not answer")

    def _write_all(self) -> None:
        going_on = True
        while going_on:
            batch: list[LogLine] = []
            record = self._queue.get()
            self._closing.wait(_GATHER)
            while record is not None:
                batch.append(record)
                if len(batch) == _BATCH:
                    break
                try:
                    record = self._queue.get_nowait()
                except queue.Empty:
                    break
            going_on = record is not None
            for day, records in groupby(batch, key=lambda one: one.at.astimezone(UTC).date()):
                self._append(day, list(records))
        self._file.close()

    def _append(self, day: date, records: list[LogLine]) -> None:
        try:
            self._file.append(day, b"".join(record.line() for record in records))
        except Exception as error:  # noqa: BLE001 — whatever it is, the next lines are tried again
            self._drop(len(records), str(error))

    def _drop(self, count: int, why: str) -> None:
        with self._count:
            self.dropped += count
            now = self._monotonic()
            warn = self._warned is None or now - self._warned >= _WARN_EVERY
            if warn:
                self._warned = now
        self._on_dropped(count)
        if warn:
            logger.warning("the %s drops lines (%d so far): %s", self._name, self.dropped, why)
