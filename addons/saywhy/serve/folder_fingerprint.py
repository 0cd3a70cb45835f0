"""What tells that files of the policy's folder have changed."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

type Fingerprint = tuple[tuple[str, int, int, int, int], ...]


def fingerprint(folder: Path, names: Iterable[str] = ()) -> Fingerprint:
    """What changes when a YAML file of the folder does, or one of the files named: inodes, sizes and times.

    Looked at again and again instead of waiting for events: those are lost on network folders and when the folder
    itself is replaced. A file that is not there has zeros.
    """
    watched = set(names)
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        watched |= {one.name for one in found if one.name.lower().endswith((".yaml", ".yml")) and one.name[0] != "."}
    return tuple((name, *_status(folder / name)) for name in sorted(watched))


def _status(path: Path) -> tuple[int, int, int, int]:
    try:
        try:
            seen = path.stat()
        except OSError:
            seen = path.lstat()  # a link that leads nowhere is something else than nothing
    except (OSError, ValueError):
        return 0, 0, 0, 0
    return seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns
