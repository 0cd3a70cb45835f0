"""What loads and is not taken all the same.

A policy that lost much waits until somebody says that it is meant; files that may have been cut off wait for that, or until
they stood unchanged for longer.
"""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from saywhy.policy.changes.cut_short import CUT_SHORT, CutShort, cut_short
from saywhy.policy.changes.shrinking import losses
from saywhy.policy.changes.summary import Summary
from saywhy.policy.problem import Problem
from saywhy.policy.reading.files import Folder, same_files
from saywhy.serve.history import Kind
from saywhy.serve.revisions import Revisions

STOOD: Final = 60.0  # seconds without a change before what may have been cut off is taken as it is


class HoldingBack:
    """Weighs each content of the folder against the policy in force, and remembers since when one has waited."""

    def __init__(
        self, folder: Path, revisions: Revisions, stood: float = STOOD, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._revisions = revisions
        self._stood = stood
        self._elapsed = elapsed
        self._waiting: tuple[str, float] | None = None  # a content that may have been cut off, and since when

    @property
    def is_due(self) -> bool:
        """Whether what waited has stood unchanged for long enough, so that it is to be looked at again."""
        return self._waiting is not None and self._elapsed() - self._waiting[1] >= self._stood

    def forget(self) -> None:
        """Nothing waits any more."""
        self._waiting = None

    def problems(
        self, content: str, contents: Mapping[str, bytes], before: Mapping[str, bytes], old: Summary, new: Summary
    ) -> tuple[Problem, ...]:
        """Why the folder is not taken yet; empty when it may be.

        `content` stands for it, `contents` are its files, `before` those in force that changed.
        """
        found = self._found(content, contents, before, old, new)
        if not found:
            self.forget()
        return found

    def _found(
        self, content: str, contents: Mapping[str, bytes], before: Mapping[str, bytes], old: Summary, new: Summary
    ) -> tuple[Problem, ...]:
        if same_files(content, self._revisions.confirmed):
            return ()
        say_so = f"saywhy accept --state {self._revisions.root.parent}"
        meant = (entry.revision for entry in self._revisions.history() if entry.kind is Kind.ACCEPTED)
        if not any(same_files(content, one) for one in meant):
            lost = tuple(losses(old, new, self._folder, f"put it back or, if this is meant, say so: {say_so}"))
            if lost:
                return lost
        # Also for what was in force once: a file that was added to at its end may be cut off where that began.
        suspected = cut_short(before, contents)
        if not suspected:
            return ()
        full = _disk_is_full(self._folder)
        if self._waiting is None or self._waiting[0] != content or (full and self.is_due):
            self._waiting = content, self._elapsed()
        if self.is_due:
            return ()
        return tuple(self._as_problem(one, old.revision, say_so, full=full) for one in suspected)

    def _as_problem(self, one: CutShort, revision: str, say_so: str, *, full: bool) -> Problem:
        what = (
            f"this file may have been cut off: its end is missing, with {one.what} (compared with revision {revision})"
        )
        wait = "make room, since the disk is full, and save it again" if full else "put it back"
        if not full:
            say_so = f"{say_so} (or leave it unchanged for {self._stood:.0f} seconds)"
        return Problem(
            Folder(self._folder).shown(one.file),
            one.line,
            1,
            what,
            f"{wait} or, if this is meant, say so: {say_so}",
            code=CUT_SHORT,
        )


def _disk_is_full(folder: Path) -> bool:
    try:
        return os.statvfs(folder).f_bavail == 0
    except OSError:
        return False
