"""Follows the sealed lists: what was sealed stays in force, whatever happens to its files, and an alarm is raised."""

import logging
import threading
from collections.abc import Callable
from typing import Final, Protocol

from saywhy.lists.sealed import Sealed
from saywhy.lists.sealed_folder import Cause, SealError
from saywhy.lists.sealed_store import SealedStore

logger = logging.getLogger(__name__)

_POLL: Final = 0.5  # seconds


def _remedy(cause: Cause | None, *, lost: bool) -> str:
    """What to do, in sentences. `lost`: neither the lists nor their copy can be used."""
    match cause:
        case Cause.DENIED:
            return "Give it to the user of the filter (chown); nothing has to be sealed again"
        case Cause.UNREADABLE:
            return "Look at the disk, or put the folder back from a backup"
        case Cause.ANOTHER_VERSION:
            return "Use the version of Saywhy that sealed them, or put the folder back from a backup"
    again = (
        "Put lists/.sealed or sealed-copy back from a backup or, without one, seal the lists again, the first with --anew"
        if lost
        else "Seal any list again: that puts the rest right from the copy"
    )
    return f"{again}; and find out who was there" if cause is Cause.ALTERED else again


class CountsFaults(Protocol):
    """Where faults are counted."""

    def fault(self, kind: str) -> None:
        """Count one."""


class SealedWatch:
    """Opens the sealed lists at start and after each change that is good."""

    def __init__(
        self,
        store: SealedStore,
        take: Callable[[Sealed | None], None],
        records: CountsFaults,
        log: logging.Logger = logger,
    ) -> None:
        self.trouble = ""  # what is wrong now, and what to do
        self._log = log
        self._store = store
        self._take = take
        self._records = records
        self._serial: int | None = None  # of what is in force
        self._seen: object = None
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
        except SealError as error:
            self._alarm(error)
            return
        if opened.serial != self._serial:
            self._serial = opened.serial
            self._take(opened.sealed)
        if opened.trouble is not None:
            self._alarm(opened.trouble)
        else:
            self.trouble = ""

    def start(self) -> None:
        """Follow from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop following."""
        self._stop.set()

    def _alarm(self, error: SealError) -> None:
        if error.cause is Cause.UNREADABLE:
            self._seen = None  # no file changes when a disk comes back
        lost = self._serial is None
        then = "EVERYTHING IS REFUSED" if lost else "what was sealed last stays in force"
        trouble = f"{error}; {then}. {_remedy(error.cause, lost=lost)}"
        if trouble == self.trouble:
            return
        self.trouble = trouble
        self._records.fault("sealed")
        self._log.critical("ALARM: %s", trouble)

    def _run(self) -> None:
        while not self._stop.wait(_POLL):
            try:
                self.poll()
            except Exception:  # noqa: BLE001 — whatever it is, what is in force stays and the next look comes
                self._log.exception("following the sealed lists failed; what was sealed last stays in force")
                self._records.fault("sealed")
