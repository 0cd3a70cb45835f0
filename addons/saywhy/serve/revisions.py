"""Accepted revisions of the policy in the state folder, and which of them is in force.

    policy/current            which revision is in force; one line of JSON, replaced in one step
    policy/history.jsonl      every change of that, a line each, only added to
    policy/revisions/REV/     the files of a revision, byte by byte, under their own names
    policy/folder.json        what the policy's folder was like when it was last read
    policy/confirmed          the content of the folder that somebody has said is meant

All that is written is written aside and put in its place in one step. A process may be ended at any moment.
"""

import os
import shutil
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from saywhy.atomic_files import (
    ASIDE,
    append_line,
    locked,
    make_folder,
    read_json,
    remove_folder,
    write_folder,
    write_json,
    write_whole,
)
from saywhy.file_access import why_unreadable
from saywhy.policy.changes.summary import is_document
from saywhy.policy.policy import Policy
from saywhy.policy.problem import PolicyError
from saywhy.policy.reading.files import Folder, same_files
from saywhy.policy.reading.load import load_folder
from saywhy.serve.folder_state import FolderState
from saywhy.serve.history import Entry, read_history

MOST_REVISIONS: Final = 200
MOST_BYTES: Final = 1024 * 1024 * 1024  # of all revisions together; files that did not change count once
_ALWAYS_KEPT: Final = 5

type Marks = tuple[tuple[int, int, int], ...]


class RevisionError(Exception):
    """A revision that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Current:
    """Which revision is in force. `set_aside` is the content of the folder that a rollback keeps out of force."""

    revision: str
    set_aside: str = ""
    pinned: bool = False


class Revisions:
    """The folder `policy` in the state folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._current = root / "current"
        self._history = root / "history.jsonl"
        self._folder_state = root / "folder.json"
        self._confirmed = root / "confirmed"

    def folder(self, revision: str) -> Path:
        """Where the files of a revision are."""
        return self.root / "revisions" / revision

    def prepare(self) -> None:
        """Make the folders, and clear away what a process left that was ended while it wrote. Raises OSError."""
        make_folder(self.root / "revisions")
        with self.changing():
            for folder in (self.root, self.root / "revisions"):
                for left in folder.glob(f"{ASIDE}*"):
                    if left.is_dir():
                        remove_folder(left)
                    else:
                        left.unlink(missing_ok=True)

    def changing(self) -> AbstractContextManager[None]:
        """Hold this while a change is weighed and written, so that two processes do not mix. Raises OSError."""
        return locked(self.root / "lock")

    # Which one is in force

    def current(self) -> Current | None:
        """What is in force; None where nothing ever was, or where the file is damaged."""
        found = read_json(self._current)
        match found:
            case {"revision": str(revision), "set_aside": str(set_aside), "pinned": bool(pinned)} if revision:
                return Current(revision, set_aside, pinned) if _is_revision(revision) else None
        return None

    def why_unknown(self) -> str:
        """Why nobody here can tell what is in force; empty where that can be told, or where nothing ever was."""
        try:
            self._current.read_bytes()
        except FileNotFoundError:
            return ""
        except OSError as error:
            denied = isinstance(error, PermissionError)
            return f"{why_unreadable(self._current, error)}{'; give it to the user of the filter (chown)' if denied else ''}"
        return (
            ""
            if self.current() is not None
            else f"{self._current} is damaged; starting the filter again writes it anew"
        )

    def change(self, current: Current, entry: Entry) -> None:
        """Put a revision into force and write down who did it and why. Raises OSError."""
        last = next(iter(self.history()), None)
        # First the line: one too many harms less than one that is missing. After an end in between it is there already.
        if last is None or last.without_time != entry.without_time:
            append_line(self._history, entry.as_json())
        write_json(self._current, asdict(current))

    def history(self) -> list[Entry]:
        """All changes, the newest first. Lines that are damaged are left out."""
        return read_history(self._history)

    def marks(self) -> Marks:
        """What changes when somebody puts another revision into force or confirms one."""
        return tuple(_mark(path) for path in (self._current, self._confirmed, self._folder_state))

    # What was read from the folder

    @property
    def folder_state(self) -> FolderState:
        """What the folder was like when it was last read."""
        return FolderState.read(read_json(self._folder_state))

    @folder_state.setter
    def folder_state(self, folder_state: FolderState) -> None:
        if folder_state != self.folder_state:
            write_json(self._folder_state, folder_state.as_json())

    @property
    def confirmed(self) -> str:
        """The content of the folder that somebody has confirmed, or an empty text."""
        try:
            return self._confirmed.read_text("ascii").strip()
        except (OSError, ValueError):
            return ""

    @confirmed.setter
    def confirmed(self, content: str) -> None:
        write_whole(self._confirmed, content.encode() + b"\n")

    # The files

    def store(self, revision: str, contents: Mapping[str, bytes], same_as: str = "") -> None:
        """Keep the files of a revision; those that did not change since the one named are kept once. Raises OSError."""
        folder = self.folder(revision)
        if self.holds(revision, contents):
            os.utime(folder)
            return
        same: dict[str, Path] = {}
        if _is_revision(same_as):
            before = self.folder(same_as)
            same = {name: before / name for name, content in contents.items() if _same(before / name, content)}
        if folder.exists():  # damaged
            folder.rename(folder.with_name(f"{ASIDE}{revision}"))
        write_folder(folder, contents, same)
        remove_folder(folder.with_name(f"{ASIDE}{revision}"))

    def load(self, revision: str) -> tuple[Policy, Mapping[str, bytes]]:
        """The policy of a revision and its files. Raises RevisionError when they are not what they were.

        Saywhy's own catalogue is that of now. Where it was another then, so is the revision of the policy.
        """
        folder = Folder(self.folder(revision))
        if not _is_revision(revision) or not folder.path.is_dir():
            raise RevisionError(f"revision {revision} is not kept")
        try:
            policy = load_folder(folder)
        except PolicyError as error:
            raise RevisionError(f"revision {revision} cannot be used: {error}") from None
        if not same_files(policy.revision, revision):
            raise RevisionError(f"the files of revision {revision} in {folder.path} are damaged")
        return policy, folder.contents

    def holds(self, revision: str, contents: Mapping[str, bytes]) -> bool:
        """Whether the revision is kept with exactly these files."""
        folder = self.folder(revision)
        documents = {name for name in contents if is_document(name)}
        return set(Folder(folder).yaml_names()[0]) == documents and all(
            _same(folder / name, content) for name, content in contents.items()
        )

    def kept_revisions(self) -> list[str]:
        """The revisions that are kept, the one last accepted first."""
        found = [one for one in (self.root / "revisions").glob("*") if _is_revision(one.name)]
        return [one.name for one in sorted(found, key=lambda one: one.stat().st_mtime_ns, reverse=True)]

    def thin_out(self) -> None:
        """Let go of the oldest where there are too many. Never of the one in force."""
        current = self.current()
        seen: set[int] = set()
        size = 0
        for count, revision in enumerate(self.kept_revisions()):
            for path in self.folder(revision).rglob("*"):
                status = path.lstat()
                size += 0 if status.st_ino in seen else status.st_size
                seen.add(status.st_ino)
            if count < _ALWAYS_KEPT or (current is not None and revision == current.revision):
                continue
            if count >= MOST_REVISIONS or size > MOST_BYTES:
                shutil.rmtree(self.folder(revision), ignore_errors=True)


def _is_revision(name: str) -> bool:
    return len(name) == 12 and all(letter in "0123456789abcdef" for letter in name)


def _same(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


def _mark(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0, 0
    return found.st_ino, found.st_size, found.st_mtime_ns
