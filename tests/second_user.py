"""Two users on one machine: root, and the user whose filter it is.

Who runs the tests as root has both. Who does not is one user: what may not be read is then played with closed modes, and
what root leaves behind is skipped, with a word about it.
"""

import os
import stat
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

SERVICE: Final = 65534 if os.geteuid() == 0 else os.geteuid()
two_users = pytest.mark.skipif(
    os.geteuid() != 0, reason="NOT TRIED: root and a second user are needed; run this as root"
)

# Where Python lies in a folder that is root's alone, as ~/.pyenv does, the second user gets it in a view of the files of their own.
_OPENED: Final = """
mount -t tmpfs tmpfs /mnt && mkdir /mnt/python && mount --bind "$1" /mnt/python &&
mount -t tmpfs -o mode=755 tmpfs "$2" && mkdir -p "$1" && mount --bind /mnt/python "$1" && umount -l /mnt && shift 2 && exec "$@"
"""


def as_service() -> tuple[str, ...]:
    """What stands before a command that the user of the filter runs; nothing where the tests are not root's."""
    if os.geteuid() != 0:
        return ()
    become = ("setpriv", f"--reuid={SERVICE}", f"--regid={SERVICE}", "--clear-groups")
    closed = _closed_above(Path(sys.base_prefix))
    if closed is None:
        return become
    return ("unshare", "--mount", "sh", "-c", _OPENED, "sh", sys.base_prefix, str(closed), *become)


def run_as_service(command: Iterable[object]) -> "subprocess.CompletedProcess[str]":
    """Run a command as the user of the filter, to its end."""
    whole = [*as_service(), *map(str, command)]
    return subprocess.run(whole, check=False, capture_output=True, text=True)


def give(folder: Path) -> None:
    """Make a folder, with all that is in it, that of the filter's user, and let them come there."""
    if os.geteuid() != 0:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, SERVICE, SERVICE, follow_symlinks=False)
    for parent in folder.parents:
        if not parent.stat().st_mode & stat.S_IXOTH:
            parent.chmod(parent.stat().st_mode | 0o011)


def not_theirs(folder: Path) -> list[Path]:
    """What in a folder the filter's user does not own."""
    return [path for path in (folder, *folder.rglob("*")) if path.lstat().st_uid != SERVICE]


def _closed_above(path: Path) -> Path | None:
    for one in reversed(path.parents):
        if not one.stat().st_mode & stat.S_IXOTH:
            return one
    return None
