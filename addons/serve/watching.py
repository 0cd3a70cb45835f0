"""Threads that notice changes: of the policy's files and of the grants in the store."""

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from addons.decide.grants import Grants
from addons.exceptions.database import StoreUnavailable
from addons.exceptions.store import Store
from addons.policy.load import load_policy
from addons.policy.policy import Policy
from addons.policy.problem import PolicyError

logger = logging.getLogger(__name__)

_POLL_POLICY: Final = 0.5  # seconds; a change is taken once two looks in a row agree
_POLL_GRANTS: Final = 0.25  # seconds: an approval is live within 2 seconds, with room to spare
_READ_GRANTS_ANYWAY: Final = 240  # polls: ended grants are let go of


type Fingerprint = tuple[tuple[str, int, int, int], ...]


class Records(Protocol):
    """Where loads and faults are counted."""

    def policy_loaded(self, revision: str, at: datetime, groups: Iterable[str] | None = None) -> None:
        """Count a policy that came into force, and the groups that it names."""

    def policy_failed(self, at: datetime) -> None:
        """Count one that did not."""

    def fault(self, kind: str) -> None:
        """Count a fault."""


class PolicyWatch:
    """Loads the policy at start and after each change. A policy with problems never replaces a good one."""

    def __init__(
        self, folder: Path, take: Callable[[Policy], None], records: Records, now: Callable[[], datetime]
    ) -> None:
        self._folder = folder
        self._take = take
        self._records = records
        self._now = now
        self._told: tuple[str, ...] = ()
        self._loaded: Fingerprint = ()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="policy watch", daemon=True)

    def load(self) -> bool:
        """Load once. Whether a good policy came into force; problems are logged, each set of them once."""
        self._loaded = fingerprint(self._folder)  # before reading: what is written meanwhile is noticed
        try:
            policy = load_policy(self._folder)
        except PolicyError as error:
            problems = tuple(str(problem) for problem in error.problems)
            self._records.policy_failed(self._now())
            if problems != self._told:
                self._told = problems
                logger.warning("the policy was not taken, what was in force stays:\n%s", "\n".join(problems))
            return False
        self._told = ()
        policy.prepare()
        self._take(policy)
        self._records.policy_loaded(policy.revision, self._now(), policy.groups)
        logger.info("policy %s is in force: %d rules", policy.revision, len(policy.rules))
        return True

    def start(self) -> None:
        """Watch from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._stop.set()

    def _run(self) -> None:
        pending = self._loaded
        while not self._stop.wait(_POLL_POLICY):
            try:
                found = fingerprint(self._folder)
                if found != self._loaded and found == pending:  # it has settled: nobody is still writing
                    self.load()
                pending = found
            except Exception:
                logger.exception("watching %s failed; trying again", self._folder)


def fingerprint(folder: Path) -> Fingerprint:
    """What changes when a file of the folder does: names, inodes, sizes and times.

    Looked at again and again instead of waiting for events: those are lost on network folders and when the folder
    itself is replaced.
    """
    found = []
    for path in sorted(folder.rglob("*")):
        try:
            seen = path.stat()
        except OSError:
            continue
        if path.is_file():
            found.append((str(path), seen.st_ino, seen.st_size, seen.st_mtime_ns))
    return tuple(found)


class GrantWatch:
    """Follows the grants in the store. While the store is down, the grants last read hold until they end."""

    def __init__(
        self, store: Store, take: Callable[[Grants], None], records: Records, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._take = take
        self._records = records
        self._now = now
        self._seen: int | None = None
        self._polls = 0
        self._down = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="grant watch", daemon=True)

    def poll(self) -> None:
        """Look once, and take the grants if they changed."""
        self._polls += 1
        try:
            number = self._store.change_number()
            if number != self._seen or self._polls % _READ_GRANTS_ANYWAY == 0:
                self._take(Grants(self._store.live_grants(self._now())))
                self._seen = number
            self._down = False
        except StoreUnavailable as error:
            if not self._down:
                logger.warning("the store does not answer, the grants last read stay: %s", error)
                self._records.fault("store")
            self._down = True

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
                self._records.fault("store")
