"""Follows the sealed lists: what was sealed stays in force, whatever happens to its files, and an alarm is raised."""

import logging
import threading
from collections.abc import Callable
from typing import Final, Protocol

from saywhy.lists.sealed import Sealed
from saywhy.lists.sealed_folder import SealError
from saywhy.lists.sealed_store import SealedStore

logger = logging.getLogger(__name__)

_POLL: Final = 0.5  # seconds


class CountsFaults(Protocol):
    """Where faults are counted."""

    def fault(self, kind: str) -> None:
        """Count one."""


class SealedWatch:
    """Opens the sealed lists at start and after each change that is good."""

    def __init__(self, store: SealedStore, take: Callable[[Sealed | None], None], records: CountsFaults) -> None:
        self._store = store
        self._take = take
        self._records = records
        self._serial: int | None = None  # of what is in force
        self._seen: object = None
        self._told = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sealed watch", daemon=True)

    def poll(self) -> None:
        """Look once."""
        seen = self._store.fingerprint()
        if seen == self._seen:
            return
        self._seen = seen
        try:
            opened = self._store.open(self._serial or 0)
        except (SealError, ValueError, KeyError) as error:
            self._alarm(str(error))
            return
        if opened.serial != self._serial:
            self._serial = opened.serial
            self._take(opened.sealed)
        if opened.trouble:
            self._alarm(opened.trouble)
        else:
            self._told = ""

    def start(self) -> None:
        """Follow from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop following."""
        self._stop.set()

    def _alarm(self, what: str) -> None:
        if what == self._told:
            return
        self._told = what
        self._records.fault("sealed")
        logger.critical(
            "ALARM: %s; %s",
            what,
            "EVERYTHING IS REFUSED until the lists are sealed again, with --anew"
            if self._serial is None
            else "what was sealed last stays in force; seal the lists again and find out who was there",
        )

    def _run(self) -> None:
        while not self._stop.wait(_POLL):
            try:
                self.poll()
            except Exception:
                logger.exception("following the sealed lists failed; what was sealed last stays in force")
                self._records.fault("sealed")
