"""One process reads the policy's folder and decides what comes into force; all others follow what it accepted.

A change is read once nobody has written for a moment, and only taken when it loads as a whole and has not lost much
against what is in force (`saywhy.policy.changes.shrinking`). One that lost its end waits for longer (`saywhy.policy.changes.cut_short`).
Then its files are stored as a revision, and the pointer to the revision in force is replaced. Whatever goes wrong on the
way, what was in force stays.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from saywhy.policy.changes.changed import what_changed
from saywhy.policy.changes.summary import Summary, is_list, names_changed, summary_of
from saywhy.policy.codes import Code
from saywhy.policy.policy import Policy
from saywhy.policy.problem import PolicyError, Problem
from saywhy.policy.reading.files import Folder, same_files
from saywhy.policy.reading.load import load_folder
from saywhy.policy.visible import visible
from saywhy.serve.authorship import changed_by
from saywhy.serve.folder_fingerprint import Fingerprint, fingerprint
from saywhy.serve.folder_state import FolderState, content_of
from saywhy.serve.history import Entry, Kind
from saywhy.serve.holding_back import STOOD, HoldingBack
from saywhy.serve.revisions import Current, Marks, RevisionError, Revisions

logger = logging.getLogger(__name__)

POLL: Final = 0.25  # seconds between two looks at the folder
SETTLED: Final = 0.5  # seconds without a change before it is read
_RETRY: Final = 5.0  # seconds after a fault, such as a disk that is full
_MOST_TOLD: Final = 20
_MOST_TRIED: Final = 10
_SAYWHY: Final = "saywhy"


class Records(Protocol):
    """Where what was accepted and what was not is counted."""

    def policy_loaded(self, revision: str, at: datetime, groups: Iterable[str] | None = None) -> None:
        """Count a policy that came into force."""

    def policy_failed(self, at: datetime) -> None:
        """Count one that did not."""

    def policy_rolled_back(self, rolled_back: bool) -> None:  # noqa: FBT001 — a figure of two values
        """Note whether a rollback is in force."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """The folder, read once: a policy or problems, and what stands for its content."""

    policy: Policy | None
    problems: tuple[Problem, ...]
    contents: Mapping[str, bytes]
    content: str
    names: frozenset[str]


class PolicyKeeper:
    """Follows the policy's folder and keeps the revisions. One per state folder."""

    def __init__(
        self,
        folder: Path,
        revisions: Revisions,
        now: Callable[[], datetime],
        *,
        poll: float = POLL,
        settled: float = SETTLED,
        stood: float = STOOD,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._revisions = revisions
        self._now = now
        self._poll = poll
        self._settled = settled
        self._holding_back = HoldingBack(folder, revisions, stood, elapsed)
        self._records: Records | None = None
        self._summary: Summary | None = None
        self._names: frozenset[str] = frozenset()
        self._looked: tuple[Fingerprint, Marks] = (), ()
        self._told: tuple[str, ...] = ()
        self.trouble = ""  # why a change of the policy cannot be taken now
        self.unkept: Problem | None = None  # why, at the beginning, nothing could be kept
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="policy keeper", daemon=True)

    def begin(self) -> Policy | None:
        """Find out what is in force: the folder when it is good, otherwise what was before. None: nothing ever was.

        Where the state folder cannot be written to, as on a disk that is full, what was before stays (see `unkept`).
        Raises OSError when there is nothing.
        """
        try:
            return self._begin()
        except OSError as error:
            policy = self._last_good()
            if policy is None:
                raise
            what = f"changes of the policy cannot be kept here: {error.strerror or error}"
            instead = "make room, or make the folder writable; they are then taken by themselves"
            self.unkept = Problem(str(self._revisions.root), 1, 1, what, instead, code=Code.UNREADABLE)
            return policy

    def _last_good(self) -> Policy | None:
        """What is in force, by reading alone."""
        current = self._revisions.current()
        if current is None:
            return None
        try:
            policy, contents = self._revisions.load(current.revision)
        except RevisionError:
            return None
        self._summary = summary_of(policy, contents)
        return policy

    def _begin(self) -> Policy | None:
        self._revisions.prepare()
        before = fingerprint(self._folder)
        seen = self._read()
        self._names = seen.names
        with self._revisions.changing():
            current = self._revisions.current()
            if seen.policy is not None and current is not None and seen.policy.revision == current.revision:
                self._revisions.store(current.revision, seen.contents)  # should they have been damaged
                self._summary = summary_of(seen.policy, seen.contents)
                in_force: Policy | None = seen.policy
            else:
                in_force = self._restore(current)
            if self._weigh(seen):
                in_force = seen.policy
            # a file that changed while the folder was read is looked at again
            unchanged = fingerprint(self._folder) == before
            self._looked = (fingerprint(self._folder, self._names) if unchanged else (), self._revisions.marks())
        return in_force

    @property
    def revisions(self) -> Revisions:
        """What was accepted."""
        return self._revisions

    def start(self, records: Records) -> None:
        """Follow from now on, in a thread."""
        self._records = records
        self._count()
        self._thread.start()

    def stop(self) -> None:
        """Stop following."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_RETRY)

    def look(self) -> None:
        """Read the folder now and take what is good. Raises OSError when that cannot be stored."""
        before = fingerprint(self._folder, self._names)
        seen = self._read()
        watched, self._names = {name for name, *_ in before}, seen.names
        if not seen.names <= watched or fingerprint(self._folder, watched) != before:
            return  # written to meanwhile; and files that were not watched so far have to settle as well
        now = fingerprint(self._folder, seen.names)
        with self._revisions.changing():
            self._weigh(seen)
            self._looked = now, self._revisions.marks()
        self._count()

    def _read(self) -> _Seen:
        folder = Folder(self._folder)
        policy: Policy | None = None
        problems: tuple[Problem, ...] = ()
        try:
            policy = load_folder(folder)
        except PolicyError as error:
            problems = error.problems
        content = content_of(folder.revision(), problems) if policy is None else policy.revision
        return _Seen(policy, problems, folder.contents, content, frozenset(folder.looked_for))

    def _weigh(self, seen: _Seen) -> bool:
        """Take what was seen, or say why not. Whether it is in force now where it was not."""
        current = self._revisions.current()
        if current is not None and (self._summary is None or self._summary.revision != current.revision):
            self._restore(current)  # somebody rolled back meanwhile
            current = self._revisions.current()
        if seen.policy is None:
            self._holding_back.forget()
            self._tell(seen, seen.problems)
            return False
        if current is not None and current.pinned and same_files(seen.content, current.set_aside):
            self._holding_back.forget()
            self._tell(seen, ())
            return False
        if current is not None and seen.content == current.revision:
            self._holding_back.forget()
            if current.pinned:
                self._change(Current(current.revision), Kind.RELEASED, "the files are those of the rollback again")
            self._tell(seen, ())
            return False
        return self._take(seen, seen.policy, current)

    def _take(self, seen: _Seen, policy: Policy, current: Current | None) -> bool:
        summary = summary_of(policy, seen.contents)
        old = self._summary
        changed = {} if old is None else self._before(old, summary)
        lists = {name: names_changed(one, seen.contents[name]) for name, one in changed.items() if is_list(name)}
        what = what_changed(old, summary, lists)
        held = () if old is None else self._holding_back.problems(seen.content, seen.contents, changed, old, summary)
        if held:
            self._tell(seen, held, what)
            return False
        before = "" if current is None else current.revision
        self._revisions.store(policy.revision, seen.contents, before)
        who = changed_by(self._folder, _files_changed(old, summary), summary.files.keys() | _names_of(old))
        self._change(Current(policy.revision), Kind.ACCEPTED, what, who)
        self._summary = summary
        self._revisions.thin_out()
        logger.info("policy %s was accepted from %s: %s", policy.revision, visible(who), visible(what))
        self._tell(seen, ())
        return True

    def _change(self, current: Current, kind: Kind, what: str, who: str = _SAYWHY) -> None:
        entry = Entry(self._now(), current.revision, kind, who, what, str(self._folder), current.set_aside)
        self._revisions.change(current, entry)

    def _restore(self, current: Current | None) -> Policy | None:
        """Load what is in force or, where that is damaged, what was before it. None where there is nothing."""
        tried = {} if current is None else {current.revision: current}
        for index, entry in enumerate(self._revisions.history()):
            pinned = index == 0 and entry.kind in (Kind.ROLLBACK, Kind.RENEWED) and bool(entry.set_aside)
            tried.setdefault(entry.revision, Current(entry.revision, entry.set_aside if pinned else "", pinned))
        for revision in self._revisions.kept_revisions():
            tried.setdefault(revision, Current(revision))
        for found in list(tried.values())[:_MOST_TRIED]:
            try:
                policy, contents = self._revisions.load(found.revision)
            except RevisionError as error:
                logger.warning("%s", visible(str(error)))
                continue
            self._summary = summary_of(policy, contents)
            now = replace(found, revision=policy.revision)
            if now != found:  # Saywhy's own catalogue is another than when this was stored
                self._revisions.store(now.revision, contents, found.revision)
            if found != current:
                logger.warning("the policy in force could not be used; revision %s is in force instead", now.revision)
                self._change(now, Kind.RECOVERED, "what was in force is damaged or missing, or may not be read")
            elif now != found:
                self._change(now, Kind.RENEWED, f"the files of {found.revision} with the catalogue of this Saywhy")
            return policy
        return None

    def _before(self, old: Summary, new: Summary) -> dict[str, bytes]:
        """The bytes in force of the files that changed."""
        folder = self._revisions.folder(old.revision)
        found = {}
        for name, digest in new.files.items():
            if old.files.get(name, digest) != digest:
                with contextlib.suppress(OSError):
                    found[name] = (folder / name).read_bytes()
        return found

    def _tell(self, seen: _Seen, problems: tuple[Problem, ...], what: str = "") -> None:
        """Keep how the folder stands, and log new problems once."""
        earlier = self._revisions.folder_state.since
        since = (earlier or self._now().replace(microsecond=0)) if problems else None
        confirmable = bool(problems) and seen.policy is not None
        self._revisions.folder_state = FolderState(str(self._folder), seen.content, since, problems, confirmable, what)
        texts = tuple(visible(str(problem)) for problem in problems)
        if texts and texts != self._told and self._records is not None:  # at start, the screen says them
            rest = len(texts) - _MOST_TOLD
            lines = [*texts[:_MOST_TOLD], *([f"and {rest} more"] if rest > 0 else [])]
            logger.warning("the policy was not taken, what was in force stays:\n%s", "\n".join(lines))
        self._told = texts

    def _count(self) -> None:
        """Set the figures to what was found last."""
        if self._records is None:
            return
        current = self._revisions.current()
        self._records.policy_rolled_back(current is not None and current.pinned)
        if self._told:
            self._records.policy_failed(self._now())
        elif current is not None:
            self._records.policy_loaded(current.revision, self._now())

    def _run(self) -> None:
        pending, since = self._looked, time.monotonic()
        while not self._stop.wait(_RETRY if self.trouble else self._poll):
            try:
                found = fingerprint(self._folder, self._names), self._revisions.marks()
                if found == self._looked:
                    pending = found
                    if self._holding_back.is_due:
                        self.look()
                elif found != pending:
                    pending, since = found, time.monotonic()
                elif time.monotonic() - since >= self._settled:  # nobody is writing any more
                    self.look()
                self.trouble = ""
            except Exception as error:  # noqa: BLE001 — whatever it is, what is in force stays and the next look comes
                what = visible(str(error)) or type(error).__name__
                trouble = f"a change of the policy could not be taken, trying again: {what}"
                if trouble != self.trouble:
                    logger.warning("%s", trouble)
                    if self._records is not None:
                        self._records.policy_failed(self._now())
                self.trouble = trouble


def _files_changed(old: Summary | None, new: Summary) -> list[str]:
    return [name for name, digest in new.files.items() if old is None or old.files.get(name) != digest]


def _names_of(summary: Summary | None) -> frozenset[str]:
    return frozenset() if summary is None else frozenset(summary.files)
