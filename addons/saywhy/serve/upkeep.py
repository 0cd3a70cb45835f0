"""What one process does for the store beside its work: ends and late answers noted, blocks counted, the trail's end remembered, old rows deleted.

None of it stops anything else: what fails is told, counted, and tried again.
"""

import logging
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from saywhy.decide.engine import Engine
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.store import Store
from saywhy.serve.block_counts import BlockCounts
from saywhy.serve.trail_anchor import AnchorFile

logger = logging.getLogger(__name__)

_EVERY: Final = 2.0  # seconds
_STEPS: Final = 5  # of the log at one look; what is left waits for the next
_CLOCK: Final = timedelta(minutes=1)
_AGAIN: Final = timedelta(minutes=10)  # after a deletion that failed


class Records(Protocol):
    """Where faults are counted."""

    def fault(self, kind: str) -> None:
        """Count a fault."""

    def overdue(self, count: int) -> None:
        """Set how many requests wait longer than policy gives for an answer."""


class Upkeep:
    """A thread that looks after the store. `engine` is the one in force, None while there is none."""

    def __init__(  # its parts
        self,
        store: Store,
        anchor: AnchorFile,
        blocks: BlockCounts,
        engine: Callable[[], Engine | None],
        now: Callable[[], datetime],
        records: Records,
    ) -> None:
        self._store = store
        self._anchor = anchor
        self._blocks = blocks
        self._engine = engine
        self._now = now
        self._records = records
        self._deleted: date | None = None
        self._not_before: datetime | None = None
        self._looked: datetime | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def poll(self) -> None:
        """Look once."""
        now = self._now()
        self._anchor.move_on(self._store, now)
        try:
            self._store.note_endings(now)
            self._look_at_the_clock(now)
            for _ in range(_STEPS):
                if not self._blocks.poll(now.date()):
                    break
        except StoreUnavailable:
            pass  # told by those who need it; the log waits
        except OSError as error:
            logger.warning("the decision log cannot be read, so blocks are not counted: %s", error)
        self._delete(now)

    def start(self) -> None:
        """Look again and again from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; the audit trail's end is remembered once again."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(1)
        self._anchor.move_on(self._store, self._now())

    def _look_at_the_clock(self, now: datetime) -> None:
        """Once a minute: times for answers are counted in hours."""
        engine = self._engine()
        if engine is None or (self._looked is not None and abs(now - self._looked) < _CLOCK):
            return
        self._records.overdue(self._store.note_lateness(engine, now))
        self._looked = now

    def _delete(self, now: datetime) -> None:
        """Once a day, and at the start."""
        engine = self._engine()
        if engine is None or self._deleted == now.date() or (self._not_before is not None and now < self._not_before):
            return
        keep = engine.policy.keep
        try:
            removed = self._store.expire(now, keep.requests)
            self._store.expire_blocks(now.date(), keep.blocks)
            self._store.goes.expire(now.date(), keep.blocks)
        except StoreUnavailable as error:
            self._not_before = now + _AGAIN
            self._records.fault("store")
            logger.warning("what is over could not be deleted, trying again: %s", error)
            return
        self._deleted, self._not_before = now.date(), None
        if removed.requests:
            logger.info("%d requests that were over for %d days are deleted", len(removed.requests), keep.requests.days)

    def _run(self) -> None:
        while not self._stop.wait(_EVERY):
            try:
                self.poll()
            except Exception:
                logger.exception("looking after the store failed, trying again")
                self._records.fault("store")
