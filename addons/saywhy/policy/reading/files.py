"""The policy's folder on disk: which files are read, how much of them, and what they amount to."""

import os
import stat
from dataclasses import dataclass, field
from hashlib import sha256
from io import FileIO
from pathlib import Path
from typing import Final

from saywhy.policy.codes import Code
from saywhy.policy.problem import Problem
from saywhy.policy.reading.yaml12 import MOST_BYTES

_READINGS: Final = 3  # how often a file that changes while it is read is begun again
_OF_FILES: Final = 8  # digits of a revision that stand for the files


def same_files(one: str, other: str) -> bool:
    """Whether two revisions are of the same files, whatever Saywhy's own catalogue was beside them."""
    return one[:_OF_FILES] == other[:_OF_FILES]


class UnreadableError(Exception):
    """A file that cannot be read: what is the matter, and what to do."""

    def __init__(self, what: str, instead: str = "", code: Code = Code.UNREADABLE) -> None:
        super().__init__(what)
        self.what = what
        self.instead = instead
        self.code = code


@dataclass(slots=True)
class Folder:
    """A folder as the user named it, and every file read from it so far by its name within."""

    path: Path
    contents: dict[str, bytes] = field(default_factory=dict)
    looked_for: set[str] = field(default_factory=set)  # the names of all files asked for, read or not

    def shown(self, name: str = "") -> str:
        """The name of a file, or of the folder, as problems say it."""
        return os.fsencode(self.path / name).decode("utf-8", "replace")

    def problem(self, name: str, what: str, instead: str = "", *, code: Code = Code.UNREADABLE) -> Problem:
        """A problem with a file (or, by the name "", the folder) as a whole."""
        return Problem(self.shown(name), 1, 1, what, instead, code=code)

    def yaml_names(self) -> tuple[list[str], list[Problem]]:
        """The names of the YAML files directly in the folder, sorted, and what is wrong with the folder."""
        try:
            names = sorted(one.name for one in self.path.iterdir() if not one.name.startswith("."))
        except FileNotFoundError:
            return [], [self.problem("", "there is no such folder", "name the folder that holds the policy")]
        except NotADirectoryError:
            return [], [self.problem("", "this is a file", "name the folder that holds it")]
        except (OSError, ValueError) as error:
            return [], [
                self.problem("", f"the folder cannot be read: {_reason(error)}", "check its name and its permissions")
            ]
        found = [name for name in names if name.endswith(".yaml")]
        problems = [
            self.problem(
                name,
                "a file whose name does not end in .yaml is not read",
                self._in_place_of(name, found),
                code=Code.FILE_ENDING,
            )
            for name in names
            if name.lower().endswith((".yml", ".yaml")) and name not in found
        ]
        if not found:
            problems.append(
                self.problem("", "no file here ends in .yaml", "write the policy in a file like school.yaml")
            )
        return found, problems

    @staticmethod
    def _in_place_of(name: str, found: list[str]) -> str:
        better = f"{Path(name).stem}.yaml"
        if better in found:
            return f"{better} is there as well, so take this one out, or put what it says into that file"
        return f"rename it to {better}"

    def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """The bytes of a file in the folder. Raises UnreadableError; never waits for a pipe or a device."""
        if name in self.contents:
            return self.contents[name]
        self.looked_for.add(name)
        try:
            content = _read_whole(self.path / name, most)
        except FileNotFoundError:
            raise UnreadableError("there is no such file") from None
        except (OSError, ValueError) as error:
            raise UnreadableError(
                f"the file cannot be read: {_reason(error)}", "check its name and its permissions"
            ) from None
        self.contents[name] = content
        return content

    def revision(self, besides: bytes = b"") -> str:
        """Twelve hexadecimal digits: eight for the names and bytes of all files read, four for what is `besides` them."""
        digest = sha256()
        for name, content in sorted(self.contents.items()):
            encoded = os.fsencode(name)
            digest.update(b"%d %d\n" % (len(encoded), len(content)))
            digest.update(encoded)
            digest.update(content)
        return digest.hexdigest()[:_OF_FILES] + sha256(besides).hexdigest()[: 12 - _OF_FILES]


def _read_whole(path: Path, most: int) -> bytes:
    # looked at before it is opened, since opening a device can do something
    if not stat.S_ISREG(path.stat().st_mode):
        raise _no_file()
    # not waiting for a pipe that took the file's place in between
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0) as file:
        for _ in range(_READINGS):
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise _no_file()
            file.seek(0)
            content = b"" if before.st_size > most else _up_to(file, before.st_size + 1)
            if before.st_size > most:
                raise UnreadableError(
                    f"the file is larger than {most // 1024 // 1024} MB",
                    "move long lists of domains into list files",
                    Code.TOO_LARGE,
                )
            after = os.fstat(file.fileno())
            if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
                return content
    raise UnreadableError("the file is being written just now", "it is read again once nobody writes to it")


def _up_to(file: FileIO, most: int) -> bytes:
    pieces: list[bytes] = []
    length = 0
    while length < most and (piece := file.read(most - length)):
        pieces.append(piece)
        length += len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _no_file() -> UnreadableError:
    return UnreadableError("this is no file", "write a plain text file, or take this away")


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
