"""One filter a state: a filter holds its state folder for as long as it lives, and says there what it uses.

The folder itself is locked (flock): whatever path leads to it, with a full disk and with a disk that is read-only; and
nobody takes the lock away by deleting a file. It ends with the process, however that ends, so what a killed one left
behind stops nobody. Beside it lies `running.json`, which is only believed while the folder is locked.
"""

import fcntl
import json
import logging
import os
import stat
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from saywhy.atomic_files import make_folder, write_json
from saywhy.file_access import why_unreadable
from saywhy.serve import registry
from saywhy.serve.settings import DRAIN_SECONDS, Settings

logger = logging.getLogger(__name__)

ABOUT: Final = "running.json"
_LOOKS: Final = 10  # commands hold the lock for a moment to see whether it is free
_POLL: Final = 0.05  # seconds
_ENDING: Final = DRAIN_SECONDS + 10  # seconds at the most, for one that is ending already


class HeldError(Exception):
    """The state folder cannot be held; the message says who holds it, or why, and what to do."""


@dataclass(frozen=True, slots=True)
class RunningFilter:
    """A filter that runs now, and what it uses. `since` is aware, folders are absolute, `listen` is like 127.0.0.1:8080.

    `metrics` is the address of its figures; empty where an older filter does not say it.
    """

    pid: int
    since: datetime
    state: Path
    policies: Path
    lists: Path
    listen: tuple[str, ...]
    ending: bool = False  # it lets what is under way end, then goes
    metrics: str = ""

    def as_json(self) -> dict[str, object]:
        """It as JSON keeps it."""
        folders = {name: str(getattr(self, name)) for name in ("state", "policies", "lists")}
        return asdict(self) | folders | {"since": self.since.isoformat(timespec="seconds")}

    @classmethod
    def from_json(cls, raw: Mapping[str, object]) -> Self:
        """Read what `as_json` gave. Raises ValueError."""
        match raw:
            case {
                "pid": int(pid), "since": str(since), "state": str(state), "policies": str(policies), "lists": str(lists),
                "listen": [*listen], "ending": bool(ending),
            }:  # fmt: skip
                began = datetime.fromisoformat(since)
                metrics = str(raw.get("metrics") or "")
                if began.tzinfo is not None:
                    uses = Path(state), Path(policies), Path(lists), tuple(map(str, listen))
                    return cls(pid, began, *uses, ending=ending, metrics=metrics)
        raise ValueError("it does not say what a running filter uses")


def running_filter(state: Path) -> RunningFilter | None:
    """The filter that holds a state folder now; None where there is none, or where this user cannot know."""
    try:
        folder = os.open(state, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(folder, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two who look do not take each other for a filter
    except BlockingIOError:
        return _said_in(folder)
    except OSError:  # a folder that cannot be locked
        return None
    finally:
        os.close(folder)
    return None


def find_running() -> tuple[RunningFilter, ...]:
    """The filters of this user and of this machine that run now, whatever their state folders, the oldest first."""
    found = []
    for said in registry.entries():
        with suppress(ValueError):
            found.append(RunningFilter.from_json(said))
    return tuple(sorted(found, key=lambda one: one.since))


class Held:
    """A state folder that this process holds until `close`, or until its end."""

    def __init__(self, folder: int, about: RunningFilter) -> None:
        self._folder = folder
        self._about = about
        with suppress(OSError):  # of one that was killed
            (about.state / ABOUT).unlink(missing_ok=True)
        self._say(about)
        self._entry = registry.Entry(folder, about.as_json())

    def ending(self) -> None:
        """Say that this filter is about to end: whoever wants to follow it waits."""
        self._say(replace(self._about, ending=True))

    def close(self) -> None:
        """Let go."""
        self._entry.close()
        with suppress(OSError):
            (self._about.state / ABOUT).unlink(missing_ok=True)
        os.close(self._folder)

    def _say(self, about: RunningFilter) -> None:
        with suppress(OSError):  # a disk that is full: the lock is what counts
            write_json(about.state / ABOUT, about.as_json())


def hold(settings: Settings, now: datetime, *, pause: Callable[[float], object] = time.sleep) -> Held:
    """Hold the state folder, which is made where it is missing. Waits for a filter that is ending. Raises HeldError."""
    try:
        make_folder(settings.state)
        folder = os.open(settings.state, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise HeldError(f"the state folder cannot be used: {why_unreadable(settings.state, error)}") from None
    try:
        _lock(folder, settings.state, pause)
    except BaseException:
        os.close(folder)
        raise
    listen = tuple(map(str, settings.listen))
    uses = settings.state, settings.policies, settings.lists_folder, listen
    return Held(folder, RunningFilter(os.getpid(), now, *uses, metrics=str(settings.metrics)))


def _lock(folder: int, state: Path, pause: Callable[[float], object]) -> None:
    looks, waits = _LOOKS, _ENDING / _POLL
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _said_in(folder)
        except OSError as error:  # some network folders know no locks
            logger.warning(
                "%s cannot be locked (%s), so nothing keeps a second filter away from it: see that it has one alone",
                state,
                error.strerror or error,
            )
            return
        else:
            return
        if holder is not None and holder.ending and waits > 0:
            if waits == _ENDING / _POLL:
                logger.warning("waiting for the filter of process %d, which is ending", holder.pid)
            waits -= 1
        elif looks > 0:
            looks -= 1
        else:
            raise HeldError(_taken(state, holder))
        pause(_POLL)


def _taken(state: Path, holder: RunningFilter | None) -> str:
    if holder is None:
        who = "another process, which does not say what it is (lsof names it)"
    else:
        since = f"{holder.since.astimezone():%Y-%m-%d %H:%M}"
        who = f"the filter of process {holder.pid}, which runs since {since} and listens on {', '.join(holder.listen)}"
    return (
        f"{state} is held by {who}. A state folder has one filter: end that one, or give this one a folder of its own, "
        "with --state (for mitmdump: SAYWHY_STATE)"
    )


def _said_in(folder: int) -> RunningFilter | None:
    """What the holder of the folder says of itself; nothing that another than the folder's owner, root or this user wrote."""
    try:
        descriptor = os.open(ABOUT, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            trusted = {0, os.geteuid(), os.fstat(folder).st_uid}
            if not stat.S_ISREG(found.st_mode) or found.st_uid not in trusted:
                return None
            return RunningFilter.from_json(json.loads(file.read()))
    except (OSError, ValueError, RecursionError):
        return None
