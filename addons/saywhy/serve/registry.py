"""Where the filters of this machine are written down, so that commands find the one that runs without being told.

    /run/saywhy/            filters of root, and of whoever root made that folder for (systemd: RuntimeDirectory=saywhy)
    /run/user/UID/saywhy/   those of a user who is signed in
    TMP/saywhy-UID/         those of any user, in the temporary folder

An entry is a file that its filter keeps locked: one without a lock is of a filter that has ended, and is passed over. What
it says leads commands, also root's, to folders. So only folders and files of this user and of root are believed, and those
of the user whom root gave /run/saywhy to; never what anybody else could have put there.
"""

import fcntl
import json
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

_SYSTEM: Final = Path("/run/saywhy")
_LONGEST: Final = 64 * 1024
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Entry:
    """What is written down of a filter until `close`. Where there is no place for it, the filter is not found by itself."""

    def __init__(self, state: int, about: Mapping[str, object]) -> None:
        self._file: int | None = None
        found = os.fstat(state)
        name = f"{found.st_dev:x}-{found.st_ino:x}"  # of the state folder, which has one filter
        content = json.dumps(about).encode()
        for place in _places():
            with suppress(OSError):
                self._file = _written(place, name, content)
                self._path = place / name
                return

    def close(self) -> None:
        """Strike it out."""
        if self._file is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            os.close(self._file)


def entries() -> Iterator[Mapping[str, object]]:
    """What the filters that run now have written down, each once."""
    seen: set[str] = set()
    for place in _places():
        with suppress(OSError):
            folder = _opened(place)
            try:
                for name in sorted(os.listdir(folder)):  # noqa: PTH208 — an open folder
                    said = _said(folder, name)
                    if said is not None and name not in seen:
                        seen.add(name)
                        yield said
            finally:
                os.close(folder)


def _places() -> tuple[Path, ...]:
    """In the order in which they are tried. SAYWHY_REGISTRY names another in their place, as for a filter on trial."""
    if own := os.environ.get("SAYWHY_REGISTRY"):
        return (Path(own),)
    user = os.geteuid()
    return _SYSTEM, Path(f"/run/user/{user}/saywhy"), Path(tempfile.gettempdir()) / f"saywhy-{user}"


def _opened(place: Path) -> int:
    """A descriptor of the folder, if what is in it can be believed. Raises OSError."""
    above = place.parent.stat()
    folder = os.open(place, _FOLDER)
    found = os.fstat(folder)
    ours = found.st_uid in {0, os.geteuid()}
    given = place == _SYSTEM and above.st_uid == 0 and not above.st_mode & _OTHERS_WRITE
    if not (ours or given) or found.st_mode & _OTHERS_WRITE:
        os.close(folder)
        raise PermissionError(f"{place} is not to be believed")
    return folder


def _written(place: Path, name: str, content: bytes) -> int:
    """A descriptor of the locked entry. Raises OSError."""
    with suppress(FileExistsError):
        place.mkdir(mode=0o755 if place == _SYSTEM else 0o700)
    folder = _opened(place)
    try:
        for left in os.listdir(folder):  # noqa: PTH208
            _strike_out(folder, left)
        file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
    finally:
        os.close(folder)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.pwrite(file, content, 0)
        if not os.fstat(file).st_nlink:
            raise FileNotFoundError  # struck out by another that started at this moment
    except OSError:
        os.close(file)
        raise
    return file


def _strike_out(folder: int, name: str) -> None:
    """Take away what a filter left that was killed."""
    with suppress(OSError):
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(name, dir_fd=folder)
        finally:
            os.close(file)


def _said(folder: int, name: str) -> Mapping[str, object] | None:
    """What a filter that runs says in its entry."""
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        return None
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_uid not in {0, os.geteuid(), os.fstat(folder).st_uid}:
            return None
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        with suppress(ValueError, RecursionError, OSError):
            said = json.loads(os.pread(file, _LONGEST, 0))
            return said if isinstance(said, dict) else None
    except OSError:
        return None
    finally:
        os.close(file)
    return None
