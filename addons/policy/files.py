"""The policy's folder on disk: which files are read, how much of them, and what they amount to."""

import os
import stat
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from addons.policy.problem import Problem
from addons.policy.yaml12 import MOST_BYTES


class UnreadableError(Exception):
    """A file that cannot be read: what is the matter, and what to do."""

    def __init__(self, what: str, instead: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.instead = instead


@dataclass(slots=True)
class Folder:
    """A folder as the user named it, and every file read from it so far by its name within."""

    path: Path
    contents: dict[str, bytes] = field(default_factory=dict)

    def shown(self, name: str = "") -> str:
        """The name of a file, or of the folder, as problems say it."""
        return os.fsencode(self.path / name).decode("utf-8", "replace")

    def problem(self, name: str, what: str, instead: str = "") -> Problem:
        """A problem with a file (or, by the name "", the folder) as a whole."""
        return Problem(self.shown(name), 1, 1, what, instead)

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
                name, "a file whose name does not end in .yaml is not read", f"rename it to {Path(name).stem}.yaml"
            )
            for name in names
            if name.lower().endswith((".yml", ".yaml")) and name not in found
        ]
        if not found:
            problems.append(
                self.problem("", "no file here ends in .yaml", "write the policy in a file like school.yaml")
            )
        return found, problems

    def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """The bytes of a file in the folder. Raises UnreadableError; never waits for a pipe or a device."""
        if name in self.contents:
            return self.contents[name]
        path = self.path / name
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise UnreadableError("this is no file", "write a plain text file, or take this away")
            with path.open("rb") as file:
                content = file.read(most + 1)
        except FileNotFoundError:
            raise UnreadableError("there is no such file") from None
        except (OSError, ValueError) as error:
            raise UnreadableError(
                f"the file cannot be read: {_reason(error)}", "check its name and its permissions"
            ) from None
        if len(content) > most:
            raise UnreadableError(
                f"the file is larger than {most // 1024 // 1024} MB", "move long lists of domains into list files"
            )
        self.contents[name] = content
        return content

    def revision(self, besides: bytes = b"") -> str:
        """Twelve hexadecimal digits that stand for the names and bytes of all files read, and for what is `besides`."""
        digest = sha256(besides)
        for name, content in sorted(self.contents.items()):
            encoded = os.fsencode(name)
            digest.update(b"%d %d\n" % (len(encoded), len(content)))
            digest.update(encoded)
            digest.update(content)
        return digest.hexdigest()[:12]


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
