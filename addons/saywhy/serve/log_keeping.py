"""Logs of days that are over: packed, and deleted when policy keeps them no longer. One process of a machine does it.

Nothing waits for it: a thread of the lowest priority. What fails (a disk that is full) is told and tried again; the day is then
there as it was. A day is packed once it and the next are over, and once blocks were counted from it.
"""

import logging
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from saywhy.decide.engine import Engine
from saywhy.observe.day_files import delete_before, pack_before

logger = logging.getLogger(__name__)

_EVERY: Final = 60.0  # seconds
_AGAIN: Final = timedelta(minutes=10)  # after a day that could not be packed
_PLAIN: Final = timedelta(days=1)  # before today: yesterday may yet be written to, and is asked for most
_LOWEST: Final = 19


class LogKeeping:
    """Looks after logs by their paths. `engine` is the one in force, None while there is none.

    `read_on` gives the day (UTC) that is read on from where it was left, None while nobody knows.
    """

    def __init__(
        self,
        logs: Sequence[Path],
        engine: Callable[[], Engine | None],
        read_on: Callable[[], date | None],
        now: Callable[[], datetime],
    ) -> None:
        self._logs = logs
        self._engine = engine
        self._read_on = read_on
        self._now = now
        self._not_before: datetime | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log keeping", daemon=True)

    def poll(self) -> int:
        """Look once; gives how many days were packed."""
        now = self._now()
        today, engine, read_on = now.astimezone(UTC).date(), self._engine(), self._read_on()
        if engine is not None:
            for log in self._logs:
                if log.parent.is_dir():
                    delete_before(log, today - engine.policy.keep.log)
        if read_on is None or (self._not_before is not None and self._not_before - _AGAIN <= now < self._not_before):
            return 0
        packed, self._not_before = 0, None
        for log in self._logs:
            try:
                if log.parent.is_dir():
                    packed += pack_before(log, min(today - _PLAIN, read_on), lambda: not self._stop.is_set())
            except OSError as error:
                self._not_before = now + _AGAIN
                logger.warning("days of the log %s could not be packed, trying again: %s", log.stem, error)
        return packed

    def start(self) -> None:
        """Look again and again from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; what is being packed is left as it was."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(1)

    def _run(self) -> None:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWEST)
        while not self._stop.wait(_EVERY):
            try:
                self.poll()
            except Exception:
                logger.exception("looking after the logs failed, trying again")
