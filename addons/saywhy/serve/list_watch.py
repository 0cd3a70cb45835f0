"""Follows the published lists, and compiles them with the policy in force."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from saywhy.decide.engine import Engine
from saywhy.lists.index import ListIndex, open_index
from saywhy.lists.index_file import DamagedIndexError
from saywhy.lists.sealed import Sealed
from saywhy.lists.status import failures
from saywhy.lists.store import ListStore
from saywhy.policy.policy import Policy

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


class Joined:
    """The policy that was loaded last and the lists that were opened last, handed on as one engine.

    Nothing is handed on while lists that should be there cannot be read: a block by category would be an open way.
    """

    def __init__(self, take: Callable[[Engine], None]) -> None:
        self._take = take
        self._lock = threading.Lock()
        self._policy: Policy | None = None
        self._index: ListIndex | None = None
        self._sealed: Sealed | None = None
        self._ready = {"lists": False, "sealed": False}

    def policy(self, policy: Policy) -> None:
        """A policy was loaded."""
        with self._lock:
            self._policy = policy
            self._hand_on()

    def lists(self, index: ListIndex | None) -> None:
        """Lists were opened; None: there are none to open."""
        with self._lock:
            self._index, self._ready["lists"] = index, True
            self._hand_on()

    def sealed(self, sealed: Sealed | None) -> None:
        """Sealed lists were opened; None: there are none."""
        with self._lock:
            self._sealed, self._ready["sealed"] = sealed, True
            self._hand_on()

    def _hand_on(self) -> None:
        if self._policy is None or not all(self._ready.values()):
            return
        engine = Engine(self._policy, self._index, self._sealed)
        engine.prepare()
        self._take(engine)


class ListWatch:
    """Opens the index at start and whenever another one is published. A damaged one never replaces a good one."""

    def __init__(
        self, folder: Path, take: Callable[[ListIndex | None], None], records: Records, *, count_updates: bool = False
    ) -> None:
        self._store = ListStore(folder)
        self._take = take
        self._records = records
        self._count_updates = count_updates
        self._counted = 0
        self._seen: tuple[int, ...] | None = None
        self._open = False  # whether anything was taken
        self._told = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="list watch", daemon=True)

    def poll(self) -> None:
        """Look once."""
        if self._count_updates:
            self._count()
        seen = self._fingerprint()
        if seen == self._seen and (self._open or not self._told):
            return
        self._seen = seen
        try:
            index = open_index(self._store.index)
        except FileNotFoundError:
            if self._store.names():
                self._fail(f"there are lists in {self._store.folder} and no index; `saywhy lists compile` makes it")
            elif self._open:
                self._fail(f"{self._store.index} is gone")
            else:
                self._taken(None)
            return
        except (DamagedIndexError, OSError) as error:
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
        self._told = ""
        self._records.listed(0 if index is None else len(index))
        if index is not None:
            logger.info("%d lists are in force: %d names and addresses", len(index.lists), len(index))

    def _fail(self, what: str) -> None:
        if what == self._told:
            return
        self._told = what
        self._records.fault("lists")
        logger.error(
            "the lists were not taken, %s: %s",
            "those in force stay" if self._open else "EVERYTHING IS REFUSED until they can be read",
            what,
        )

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
        return (seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns)

    def _run(self) -> None:
        while not self._stop.wait(_POLL):
            try:
                self.poll()
            except Exception:
                logger.exception("following the lists failed; those in force stay")
                self._records.fault("lists")
