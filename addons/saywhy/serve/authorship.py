"""Who changed the policy's files: git's author where git knows them as they are, otherwise the owner of the file."""

import os
import subprocess
from collections.abc import Collection
from pathlib import Path
from typing import Final

from saywhy.file_access import user_name

_GIT_SECONDS: Final = 3
_LONGEST: Final = 120


def changed_by(folder: Path, changed: Collection[str], every: Collection[str]) -> str:
    """Who changed these files of the folder, `every` being all that belong to the policy, also those that are gone.

    The author of the last commit that touched them, when git holds all of them as they are; otherwise the user who
    owns the newest of them.
    """
    return _author(folder, every) or _owner(folder, changed) or _owner(folder, every) or "unknown"


def this_user() -> str:
    """Who runs this program: the one who called sudo, if anybody did."""
    return os.environ.get("SUDO_USER") or user_name(os.getuid())


def _author(folder: Path, every: Collection[str]) -> str:
    if not every:
        return ""
    present = [name for name in every if os.path.lexists(folder / name)]
    if _git(folder, "status", "--porcelain", "--ignored", "--", *every) != "" or not present:
        return ""
    if _git(folder, "ls-files", "--error-unmatch", "--", *present) is None:
        return ""
    found = _git(folder, "log", "-1", "--format=%an (commit %h)", "--", *every) or ""
    return " ".join(found.split())[:_LONGEST]


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says, or None where there is no git, no work tree, or one that belongs to somebody else."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_LITERAL_PATHSPECS": "1", "LC_ALL": "C"}
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 — no shell, and names stand behind --
            command, capture_output=True, timeout=_GIT_SECONDS, check=False, env=environment, stdin=subprocess.DEVNULL
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else None


def _owner(folder: Path, names: Collection[str]) -> str:
    newest: os.stat_result | None = None
    for name in names:
        try:
            found = (folder / name).stat()
        except OSError:
            continue
        if newest is None or found.st_mtime_ns > newest.st_mtime_ns:
            newest = found
    return "" if newest is None else user_name(newest.st_uid)
