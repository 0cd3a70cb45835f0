"""`git:REV` instead of a folder: the policy as it stood at a revision, read from git into a temporary folder."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final

PREFIX: Final = "git:"
_PLAIN_FILES: Final = ("100644", "100755")
_LINK: Final = "120000"
_WITHIN: Final = 60.0  # seconds that git may take


class RevisionError(Exception):
    """A revision that cannot be read; the message says why and what to do."""


@contextmanager
def policy_folder(text: str, beside: Path) -> Iterator[Path]:
    """The folder that `DIR`, `git:REV` or `git:REV:DIR` stands for; without a DIR it is the folder `beside`.

    What comes from git lies in a temporary folder that is gone afterwards. Raises RevisionError.
    """
    if not text.startswith(PREFIX):
        yield Path(text)
        return
    revision, _, named = text.removeprefix(PREFIX).partition(":")
    folder = Path(named) if named else beside
    with TemporaryDirectory(prefix="saywhy-") as temporary:
        target = Path(temporary) / (folder.name or "policies")
        target.mkdir()
        _write(revision, folder, target)
        yield target


def _write(revision: str, folder: Path, target: Path) -> None:
    near = folder if folder.is_dir() else next((one for one in folder.absolute().parents if one.is_dir()), Path())
    top = Path(_git(near, "rev-parse", "--show-toplevel").decode().rstrip("\n"))
    try:
        within = folder.resolve().relative_to(top.resolve()).as_posix()
    except ValueError:
        raise RevisionError(f"{folder} is not inside the git repository {top}") from None
    if not revision:
        raise RevisionError("no revision is named; write git:HEAD, git:main or git:3f2a1c9")
    commit = _git(
        near, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", unknown=revision
    )
    prefix = "" if within == "." else f"{within}/"
    listing = _git(top, "ls-tree", "-r", "-z", "--full-tree", commit.decode().strip(), "--", prefix or ".")
    found = 0
    for entry in filter(None, listing.split(b"\0")):
        about, _, name = entry.partition(b"\t")
        mode, _, blob = about.decode("ascii").split(" ")
        inside = PurePosixPath(name.decode("utf-8", "surrogateescape")).relative_to(within if prefix else ".")
        if mode == _LINK:
            raise RevisionError(f"git {revision} has a link at {inside}; a policy from git is read from plain files")
        if mode in _PLAIN_FILES and ".." not in inside.parts:  # a submodule is no file here
            path = target / inside
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_git(top, "cat-file", "blob", blob))
            found += 1
    if not found:
        raise RevisionError(f"git {revision} has no folder {within}; write git:{revision}:FOLDER for another one")


def _git(folder: Path, *arguments: str, unknown: str = "") -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; what the user wrote cannot become an option
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the git of whoever calls
            capture_output=True,
            check=False,
            timeout=_WITHIN,
        )
    except FileNotFoundError:
        raise RevisionError("git is not installed, so a revision cannot be read; name a folder") from None
    except subprocess.TimeoutExpired:
        raise RevisionError(f"git did not answer within {_WITHIN:.0f} seconds") from None
    if done.returncode:
        said = (
            done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
            or f"there is no revision {unknown!r}"
        )
        raise RevisionError(f"{folder}: {said}" if not unknown else f"git knows no revision {unknown!r}")
    return done.stdout
