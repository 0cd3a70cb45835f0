"""Watches over-blocking: whenever something else comes into force, and every few hours, what should stay open is tried.

It runs in the portal's process, in a thread of its own and far from what decides. Whatever goes wrong here is logged, and the
figures stay as they were.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol

from saywhy.decide.engine import Engine
from saywhy.rehearse.overblocking import OfKind, Overblocking, overblocking
from saywhy.rehearse.stays_open import Help, country_of, should_stay_open

logger = logging.getLogger(__name__)

_AGAIN: Final = 6 * 3600.0  # seconds; rules begin and end by themselves


class Records(Protocol):
    """Where it is counted."""

    def overblocked(self, kind: str, sites: int, closed_sites: int) -> None:
        """Set how many sites of a kind should stay open, and how many of them are closed to somebody at some time."""


class OverblockingWatch:
    """Tries the list of the school's country, by its time zone, after each `take`. `result` is None before the first."""

    def __init__(
        self,
        records: Records,
        now: Callable[[], datetime],
        *,
        again: float = _AGAIN,
        rehearse: Callable[[Engine, datetime], Overblocking] | None = None,
    ) -> None:
        self.result: Overblocking | None = None
        self._records = records
        self._now = now
        self._again = again
        self._rehearse = rehearse or _tried
        self._engine: Engine | None = None
        self._waiting = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="over-blocking", daemon=True)

    def take(self, engine: Engine) -> None:
        """Something else is in force. Returns at once; of several that come while one is tried, the last is tried."""
        self._engine = engine
        self._waiting.set()

    def look(self) -> None:
        """Try what is in force now."""
        engine = self._engine
        if engine is None:
            return
        found = self._rehearse(engine, self._now())
        if engine is self._engine:  # another one is tried next
            self.result = found
            counted = {one.about: one for one in found.kinds}
            for about in Help:  # those of a list that is not tried any more are told as well
                one = counted.get(about, OfKind(about, 0, 0))
                self._records.overblocked(about, one.sites, one.closed)

    def start(self) -> None:
        """Follow from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop following; what is being tried is not waited for."""
        self._stopping = True
        self._waiting.set()

    def _run(self) -> None:
        while not self._stopping:
            self._waiting.wait(self._again)
            self._waiting.clear()
            if self._stopping:
                return
            try:
                self.look()
            except Exception:  # whatever it is, nothing but these figures hangs on it
                logger.exception("trying what should stay open failed; `saywhy overblocking` does it by hand")


def _tried(engine: Engine, now: datetime) -> Overblocking:
    return overblocking(engine, should_stay_open(country_of(engine.policy.school.timezone.key)), now)


def closed_kinds(kinds: Sequence[OfKind]) -> tuple[OfKind, ...]:
    """Those of which something is closed, the most first."""
    return tuple(sorted((one for one in kinds if one.closed), key=lambda one: (-one.closed, one.about)))
