"""Writing so that a file or folder is there whole or not at all, even if the power goes in the middle.

What root makes in a folder is its owner's: the service's user has to be able to read it. That is done to open files, never
by name: in a folder of somebody else a name may lead elsewhere a moment later.
"""

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

ASIDE: Final = ".aside-"  # what is being written; left over only by a process that was ended in the middle


def write_whole(path: Path, *pieces: bytes, mode: int = 0o600) -> None:
    """Put the content in the file's place in one step, for its user alone. Raises OSError; the file is then as it was."""
    aside = path.with_name(f"{ASIDE}{secrets.token_hex(8)}")
    try:
        _write_synced(aside, *pieces, mode=mode)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_json(path: Path, value: object) -> None:
    """Put the value, as one line of JSON, in the file's place in one step. Raises OSError."""
    write_whole(path, json.dumps(value).encode() + b"\n")


def read_json(path: Path) -> dict[str, object] | None:
    """The mapping in a file that `write_json` wrote; None where there is none or it cannot be read."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def append_line(path: Path, line: str) -> None:
    """Add a line at the end, beginning a new one should the last have been cut short. Raises OSError."""
    descriptor = open_or_make(path, os.O_RDWR | os.O_APPEND)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, f"{'\n' if torn else ''}{line}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_folder(path: Path, contents: Mapping[str, bytes], same: Mapping[str, Path]) -> None:
    """Make a folder with these files in one step; files that are in `same` are linked to instead of written again.

    The names stay inside the folder. Raises OSError; nothing is there then.
    """
    aside = path.with_name(f"{ASIDE}{secrets.token_hex(8)}")
    try:
        for name, content in contents.items():
            file = aside / name
            make_folder(file.parent)
            if file.exists():
                continue  # one file under two names: a.txt and ./a.txt
            if name in same:
                with contextlib.suppress(OSError):
                    os.link(same[name], file)
                    continue
            _write_synced(file, content)
        for folder in [aside, *(one for one in aside.rglob("*") if one.is_dir())]:
            sync_folder(folder)
        aside.rename(path)
    except OSError:
        remove_folder(aside)
        raise
    sync_folder(path.parent)


def remove_folder(path: Path) -> None:
    """Take a folder away with all that is in it, as far as that goes."""
    import shutil

    shutil.rmtree(path, ignore_errors=True)


def sync_folder(path: Path) -> None:
    """See to it that the names in a folder survive a power cut. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(path: Path, operation: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Hold a lock on the file; it is let go of when the process ends, however it ends. Raises OSError."""
    descriptor = open_or_make(path, os.O_RDWR)
    try:
        fcntl.flock(descriptor, operation)
        yield
    finally:
        os.close(descriptor)


def make_folder(path: Path) -> None:
    """Make the folder for its user alone (0700), and those that are missing above it. Raises OSError."""
    if path.is_dir():
        return
    if not path.parent.is_dir():
        make_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _give_to_owner_of(path.parent, descriptor)
    finally:
        os.close(descriptor)


def open_or_make(path: Path, flags: int) -> int:
    """A descriptor of the file, which is made, for its user alone (0600), where there is none. Raises OSError, for a link as well."""
    descriptor = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        if os.fstat(descriptor).st_nlink == 1:  # under two names it may be somebody else's
            _give_to_owner_of(path.parent, descriptor)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _write_synced(path: Path, *pieces: bytes, mode: int = 0o600) -> None:
    with os.fdopen(open_or_make(path, os.O_WRONLY | os.O_EXCL), "wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())


def _give_to_owner_of(folder: Path, descriptor: int) -> None:
    if os.geteuid() == 0:
        owner, made = folder.stat(), os.fstat(descriptor)
        if (made.st_uid, made.st_gid) != (owner.st_uid, owner.st_gid):
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
