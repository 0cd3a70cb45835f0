"""Follows the grants in the store."""

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, Protocol

from saywhy.decide.grants import ENDED_LATELY, Grants
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.store import Store
from saywhy.policy.grant import Grant

logger = logging.getLogger(__name__)

_POLL_GRANTS: Final = 0.25  # seconds: an approval is live within 2 seconds, with room to spare
_READ_GRANTS_ANYWAY: Final = 240  # polls: ended grants are let go of


class Records(Protocol):
    """Where loads and faults are counted."""

    def policy_loaded(self, revision: str, at: datetime, groups: Iterable[str] | None = None) -> None:
        """Count a policy that came into force, and the groups that it names."""

    def policy_failed(self, at: datetime) -> None:
        """Count one that did not."""

    def fault(self, kind: str) -> None:
        """Count a fault."""


class GrantWatch:
    """Follows the grants in the store. While the store is down, the grants last read hold until they end."""

    def __init__(
        self, store: Store, take: Callable[[Grants], None], records: Records, now: Callable[[], datetime]
    ) -> None:
        self.trouble = ""  # why they are not followed now
        self._store = store
        self._take = take
        self._records = records
        self._now = now
        self._seen: int | None = None
        self._known: tuple[Grant, ...] = ()
        self._over: set[str] = set()  # what has ended, until the store knows it
        self._ended: tuple[Grant, ...] = ()  # those that ended a short while ago
        self._polls = 0
        self._down = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="grant watch", daemon=True)

    def poll(self) -> None:
        """Look once, and take the grants if they changed.

        What has ended is over for good, and is not revived where the clock is set back.
        """
        self._polls += 1
        self._let_go()
        try:
            number = self._store.change_number()
            if number != self._seen or self._polls % _READ_GRANTS_ANYWAY == 0:
                now = self._now()
                self._keep((*self._store.live_grants(now), *self._store.goes.live(now)))
                self._seen = number
            if self._over:
                self._store.goes.close(self._over)
                self._store.note_endings(self._now(), self._over)
                self._over.clear()
            self._down, self.trouble = False, ""
        except StoreUnavailable as error:
            if self._down:  # once may be chance
                self.trouble = f"{error}. The permits read last hold until they end"
            else:
                logger.warning("the store does not answer, the grants last read stay: %s", error)
                self._records.fault("store")
            self._down = True

    def _let_go(self) -> None:
        now = self._now()
        ended = [one for one in self._known if one.ends <= now]
        if ended:
            self._over |= {one.id for one in ended}
            lately = (one for one in self._ended if now < one.ends + ENDED_LATELY)
            self._ended = (*lately, *(one for one in ended if one.went_on))
            self._keep(self._known)

    def _keep(self, grants: Iterable[Grant]) -> None:
        self._known = tuple(one for one in grants if one.id not in self._over)
        self._take(Grants(self._known, self._ended))

    def start(self) -> None:
        """Follow from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop following."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(_POLL_GRANTS):
            try:
                self.poll()
            except Exception:
                logger.exception("reading the grants failed; the last ones stay")
                self.trouble = "the permits cannot be read (the log says why); those read last hold until they end"
                self._records.fault("store")
