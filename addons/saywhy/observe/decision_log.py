"""The decision log: one line of JSON for each decision, kept for a month.

What is kept, and why. England's filtering and monitoring standards (DfE; KCSIE 141 and following) ask that a school can
see which device, address and, where possible, person asked for what, when, and what came out. So a line has the time,
the place and its groups, the device's address, the method and the address asked for, and what decided. Data protection
law (UK GDPR article 5(1)(c); ICO) asks for the least: so there is no query, no fragment, no user name or password from
a URL, no header and no content, long paths are cut, the file is the owner's alone, and old files are deleted.

How it is kept. `DecisionLog` only puts a record into a bounded queue; a thread of its own writes. When the queue is full
or the disk fails, lines are dropped and counted, and filtering goes on. The day (UTC) is part of the file's name and
lines are appended whole, so several processes can keep one log and nothing is ever renamed under a writer.
"""

import logging
import queue
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Final, Self

from saywhy.decide.access import Access
from saywhy.decide.decision import Decision
from saywhy.observe.daily_file import DailyFile
from saywhy.observe.log_line import LogLine, address_written, as_line, moment_written
from saywhy.policy.rule import Effect
from saywhy.policy.uses import named

LONGEST_SEGMENT: Final = 500
LONGEST_PATH: Final = 4_000
_LONGEST_METHOD: Final = 32
_QUEUE: Final = 20_000  # about a minute of a busy school
_BATCH: Final = 500
_WARN_EVERY: Final = 60.0
_CLOSE_WITHIN: Final = 10.0
_GATHER: Final = 0.1  # seconds: lines are written together, so that the thread is not woken for each

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """One decision as it is written down. `path` is without query; `at` is aware."""

    at: datetime
    groups: tuple[str, ...]
    place: str | None
    device: str | None
    method: str
    scheme: str
    host: str
    port: int
    path: str
    effect: str
    reason: str
    rule: str | None
    grant: str | None
    categories: tuple[str, ...]
    apps: tuple[str, ...]
    reference: str | None
    revision: str
    microseconds: int
    uses: tuple[str, ...] = ()  # what was done, where rules ask for it: "posting", "file:programs"

    @classmethod
    def of(
        cls,
        method: str,
        access: Access,
        decision: Decision,
        *,
        took: float,
        reference: str | None = None,
        fault: str | None = None,
        uses: bool = False,
    ) -> Self:
        """The record of a decision that took so many seconds; of a connection that is not looked into there is no path.

        A `fault` stands in the place of the decision's effect and reason: policy allowed it, and it was refused for that.
        `uses`: rules ask what is done.
        """
        target, subject, url = access.target, access.subject, access.target.url
        host, path = address_written(target, decision)
        return cls(
            at=access.at,
            groups=subject.named_groups,
            place=subject.place,
            device=subject.device_address,
            method=method,
            scheme="https" if url is None else url.scheme,
            host=host,
            port=target.port,
            path=path,
            effect=decision.effect if fault is None else Effect.BLOCK,
            reason=decision.reason if fault is None else fault,
            rule=None if decision.rule is None else decision.rule.id,
            grant=None if decision.grant is None else decision.grant.id,
            categories=tuple(sorted(decision.membership.categories)),
            apps=tuple(sorted(decision.membership.apps)),
            reference=reference,
            revision=decision.revision,
            microseconds=round(took * 1e6),
            uses=tuple(sorted(map(named, target.use.certain))) if uses and url is not None else (),
        )

    def line(self) -> bytes:
        """The record as one line."""
        fields = {
            "time": moment_written(self.at),
            "groups": self.groups,
            "place": self.place,
            "device": self.device,
            "method": self.method[:_LONGEST_METHOD],
            "scheme": self.scheme,
            "host": self.host,
            "port": self.port,
            "path": shortened(self.path),
            "effect": self.effect,
            "reason": self.reason,
            "rule": self.rule,
            "grant": self.grant,
            "categories": self.categories,
            "apps": self.apps,
            "reference": self.reference,
            "revision": self.revision,
            "microseconds": self.microseconds,
        }
        if self.uses:
            fields["uses"] = self.uses
        return as_line(fields)


def shortened(path: str) -> str:
    """The path without anything from `?` or `#` on, each segment and the whole cut to a length worth reading."""
    bare = re.split(r"[?#]", path, maxsplit=1)[0]
    whole = "/".join(cut(segment, LONGEST_SEGMENT) for segment in bare[: LONGEST_PATH + 1].split("/"))
    return cut(whole, LONGEST_PATH)


def cut(text: str, longest: int) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= longest else f"{text[:longest]}…"


class DecisionLog:
    """Takes records without ever waiting, and writes them from a thread of its own until it is closed.

    With the path `state/decisions.jsonl` the lines of a day are in `state/decisions-2026-11-23.jsonl`. `on_dropped` is
    told how many lines were lost, from whichever thread notices.
    """

    def __init__(
        self,
        path: Path,
        keep_days: int = 30,
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
        self._queue: queue.Queue[LogLine | None] = queue.Queue(longest_queue)
        self._writer = threading.Thread(target=self._write_all, name=name, daemon=True)
        self._writer.start()

    def write(self, record: LogLine) -> None:
        """Keep a record. Returns at once; a record that finds the queue full, or the log closed, is dropped."""
        if self._closed:
            self._drop(1, "it is closed")
            return
        try:
            self._queue.put_nowait(record)
        except queue.Full:
            self._drop(1, "lines come faster than they can be written")

    def close(self) -> None:
        """Write what is waiting, then end. Comes back within some seconds even when the disk does not answer."""
        if self._closed:
            return
        self._closed = True
        self._closing.set()
        try:
            self._queue.put(None, timeout=_CLOSE_WITHIN)
        except queue.Full:
            self._drop(self._queue.qsize(), "the disk does not answer")
            return
        self._writer.join(_CLOSE_WITHIN)

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
