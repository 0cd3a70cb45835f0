"""Follows the published lists."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from saywhy.file_access import why_unreadable
from saywhy.lists.index import ListIndex, open_index
from saywhy.lists.index_file import DamagedIndexError
from saywhy.lists.status import failures
from saywhy.lists.store import ListStore
from saywhy.lists.taken import LOST, TakenLists

logger = logging.getLogger(__name__)

_POLL: Final = 0.5  # seconds


class Records(Protocol):
    """Where lists and faults are counted."""

    def fault(self, kind: str) -> None:
        """Count a fault."""

    def listed(self, count: int) -> None:
        """Set how many names and addresses the index holds."""

    def list_updates_failed(self, count: int) -> None:
        """Count updates that were not taken."""


class ListWatch:
    """Opens the index at start and whenever another one is published. A damaged one never replaces a good one."""

    def __init__(
        self,
        folder: Path,
        take: Callable[[ListIndex | None], None],
        records: Records,
        *,
        taken: TakenLists | None = None,
        count_updates: bool = False,
        log: logging.Logger = logger,
    ) -> None:
        self.trouble = ""  # what is wrong now, and what to do
        self._log = log
        self._store = ListStore(folder)
        self._take = take
        self._records = records
        self._memory = taken
        self._count_updates = count_updates
        self._counted = 0
        self._seen: tuple[int, ...] | None = None
        self._open = False  # whether anything was taken
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="list watch", daemon=True)

    def poll(self) -> None:
        """Look once."""
        if self._count_updates:
            self._count()
        seen = self._fingerprint()
        if seen == self._seen and (self._open or not self.trouble):
            return
        self._seen = seen
        try:
            index = open_index(self._store.index)
        except FileNotFoundError:
            if self._store.names():
                self._fail(f"there are lists in {self._store.folder} and no index; `saywhy lists compile` makes it")
            elif self._open:
                self._fail(f"{self._store.index} is gone; put the folder back, or add the lists again")
            elif self._memory is not None and self._memory.are_missed:
                self._fail(f"{self._store.index} is not there: {LOST}")
            else:
                self._taken(None)
            return
        except PermissionError as error:
            what = why_unreadable(self._store.index, error)
            self._fail(f"{what}; give it to the user of the filter (chown), nothing has to be added again")
            return
        except OSError as error:
            self._seen = None  # no file changes when a disk comes back
            self._fail(f"{why_unreadable(self._store.index, error)}; it is tried again")
            return
        except DamagedIndexError as error:
            self._fail(str(error))
            return
        self._taken(index)

    def start(self) -> None:
        """Follow from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop following."""
        self._stop.set()

    def _taken(self, index: ListIndex | None) -> None:
        self._take(index)
        self._open = index is not None
        self.trouble = ""
        self._records.listed(0 if index is None else len(index))
        if index is not None:
            if self._memory is not None:
                self._memory.remember(any_lists=bool(index.lists))
            self._log.info("%d lists are in force: %d names and addresses", len(index.lists), len(index))

    def _fail(self, what: str) -> None:
        then = "those in force stay" if self._open else "EVERYTHING IS REFUSED until they can be read"
        trouble = f"the lists were not taken, {then}: {what}"
        if trouble == self.trouble:
            return
        self.trouble = trouble
        self._records.fault("lists")
        self._log.error("ALARM: %s", trouble)

    def _count(self) -> None:
        counted = failures(self._store.folder)
        if counted > self._counted:
            self._records.list_updates_failed(counted - self._counted)
        self._counted = counted

    def _fingerprint(self) -> tuple[int, ...]:
        try:
            seen = self._store.index.stat()
        except OSError:
            return ()
        return (seen.st_dev, seen.st_ino, seen.st_size, seen.st_ctime_ns)  # which who may read it changes as well

    def _run(self) -> None:
        while not self._stop.wait(_POLL):
            try:
                self.poll()
            except Exception:  # noqa: BLE001 — whatever it is, what is in force stays and the next look comes
                self._log.exception("following the lists failed; those in force stay")
                self._records.fault("lists")
