"""The lists folder: a folder for each list, with its entries and where they come from.

    state/lists/ut1/gambling/list.json     the manifest, which names the file of entries
    state/lists/ut1/gambling/3f2a….tsv     entries: kind, file:line in the source, text
    state/lists/index                      all of them, compiled (saywhy.lists.compile)

The manifest is replaced in one step, after the entries are on disk: a list is either as before or wholly new.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final, Self

from saywhy.atomic_files import ASIDE, locked, make_folder, open_or_make, write_whole
from saywhy.file_access import why_unreadable
from saywhy.lists.entry import Found, Kind, Loss
from saywhy.policy.suggest import did_you_mean

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}(?:/[a-z0-9][a-z0-9_.-]{0,63}){0,3}")
_MANIFEST: Final = "list.json"


class ListError(Exception):
    """Something about lists that cannot be done; the message says which list, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Where a list comes from and what it holds. Times are ISO 8601 with a zone."""

    name: str
    kind: str  # "category" or "app"
    id: str
    source: str  # a path, or http(s)://…
    member: str = ""  # the folder or file within the source, where that holds several
    format: str = "auto"
    licence: str = ""
    added: str = ""
    updated: str = ""  # when the entries were last taken
    checked: str = ""  # when the source was last asked
    failure: str = ""  # why the last update was not taken
    etag: str = ""
    modified: str = ""  # Last-Modified
    sha256: str = ""  # of the source's bytes
    data: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)  # losses by reason
    losses: tuple[Loss, ...] = ()  # the first of them
    read_as: str = ""  # the format that it was read in, for each of its files
    held: tuple[Loss, ...] = ()  # losses that somebody could confirm; their text is the entry's
    suffixes: tuple[str, ...] = ()  # public suffixes that are confirmed
    any_host: bool = False  # expressions that name no host are confirmed

    @property
    def entries(self) -> int:
        """How many entries were taken."""
        return self.counts.get("entries", 0)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `as_json` wrote. Raises ValueError."""
        try:
            raw = json.loads(text)
            losses, held = (tuple(Loss(**one) for one in raw.pop(key, ())) for key in ("losses", "held"))
            return cls(**raw | {"suffixes": tuple(raw.get("suffixes", ()))}, losses=losses, held=held)
        except (TypeError, AttributeError) as error:
            raise ValueError(str(error)) from None

    def as_json(self) -> str:
        """The manifest as indented JSON."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry of a stored list, and where its source says so: `domains:12`."""

    found: Found
    place: str


def checked_name(name: str) -> str:
    """The name of a list, as given. Raises ListError."""
    if not _NAME.fullmatch(name) or ".." in name:
        raise ListError(f"{name!r} cannot be a list's name; write small letters and digits, like ut1/gambling")
    return name


class ListStore:
    """The folder. Raises ListError for what cannot be read or written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def index(self) -> Path:
        """The compiled index."""
        return self.folder / "index"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else changes the lists meanwhile."""
        make_folder(self.folder)
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(locked(self.folder / ".lock", fcntl.LOCK_EX | fcntl.LOCK_NB))
            except BlockingIOError:
                raise ListError(
                    f"{self.folder}: another command changes the lists; try again when it is done"
                ) from None
            yield

    def names(self) -> list[str]:
        """All lists, sorted."""
        found = (path.parent.relative_to(self.folder).as_posix() for path in self.folder.rglob(_MANIFEST))
        return sorted(name for name in found if _NAME.fullmatch(name))

    def manifest(self, name: str) -> Manifest:
        """What is known about a list."""
        path = self.folder / checked_name(name) / _MANIFEST
        try:
            return Manifest.from_json(path.read_text("utf-8"))
        except FileNotFoundError:
            instead = did_you_mean(name, self.names())
            raise ListError(f"there is no list {name!r} in {self.folder}{'; ' * bool(instead)}{instead}") from None
        except OSError as error:
            raise _unreadable(path, error) from None
        except ValueError as error:
            raise ListError(f"{path} is damaged ({error}); add the list again") from None

    def write(self, manifest: Manifest, entries: Iterable[tuple[Found, str]]) -> "Pending":
        """Write entries (with their places) beside those in force. Nothing changes before `Pending.take`."""
        folder = self.folder / checked_name(manifest.name)
        make_folder(folder)
        path = folder / f"{ASIDE}{secrets.token_hex(8)}"
        made = open_or_make(path, os.O_WRONLY | os.O_EXCL)
        try:
            with os.fdopen(made, "w", encoding="utf-8", newline="\n", errors="surrogatepass") as file:
                for found, place in entries:
                    file.write(f"{'!' if found.exception else ''}{found.kind}\t{place}\t{found.text}\n")
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            path.unlink()
            raise
        return Pending(folder, path)

    def save(self, manifest: Manifest) -> None:
        """Write the manifest alone: a source that was asked and had nothing new, or failed."""
        write_whole(self.folder / manifest.name / _MANIFEST, manifest.as_json().encode())

    def entries(self, manifest: Manifest) -> Iterator[Kept]:
        """The entries, in the order of the source."""
        for mark, place, text in self.rows(manifest):
            exception = mark[0] == "!"
            yield Kept(Found(Kind(mark[-1]), text, exception), place)

    def rows(self, manifest: Manifest) -> Iterator[list[str]]:
        """The entries as they stand in the file: mark, place, text. For those who read millions."""
        path = self.folder / manifest.name / manifest.data
        try:
            with path.open(encoding="utf-8", newline="\n", errors="surrogatepass") as file:
                for line in file:
                    yield line[:-1].split("\t", 2)
        except OSError as error:
            raise _unreadable(path, error) from None

    def remove(self, name: str) -> None:
        """Take a list away."""
        folder = self.folder / self.manifest(name).name
        (folder / _MANIFEST).unlink()
        for path in folder.glob("*.tsv"):
            path.unlink()
        with contextlib.suppress(OSError):  # other lists may lie within
            folder.rmdir()


def _unreadable(path: Path, error: OSError) -> ListError:
    denied = isinstance(error, PermissionError)
    return ListError(
        f"{why_unreadable(path, error)}; {'run this as its owner, or as root' if denied else 'add the list again'}"
    )


@dataclass(frozen=True, slots=True)
class Pending:
    """Entries on disk that are not in force yet."""

    folder: Path
    path: Path

    def take(self, manifest: Manifest) -> Manifest:
        """Put them in force under this manifest; what was before goes. The manifest as it was written."""
        with self.path.open("rb") as file:
            data = f"{hashlib.file_digest(file, 'sha256').hexdigest()[:16]}.tsv"
        self.path.replace(self.folder / data)
        taken = replace(manifest, data=data)
        write_whole(self.folder / _MANIFEST, taken.as_json().encode())
        for path in self.folder.glob("*.tsv"):
            if path.name != data:
                path.unlink()
        return taken

    def drop(self) -> None:
        """Leave everything as it was."""
        self.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.folder.rmdir()
