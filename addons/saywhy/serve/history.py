"""The history of what was in force: one line of JSON for each change, only ever added to."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from saywhy.policy.reading.files import same_files

_MOST_READ: Final = 16 * 1024 * 1024  # bytes from the end; some 30,000 changes


class Kind(StrEnum):
    """How a revision came into force."""

    ACCEPTED = "accepted"  # read from the policy's folder
    ROLLBACK = "rollback"  # somebody returned to it
    RELEASED = "released"  # a rollback ended; the same revision, but the folder is followed again
    RENEWED = "renewed"  # the same files; Saywhy's own catalogue is another now
    RECOVERED = "recovered"  # what was in force is damaged; this one was before


@dataclass(frozen=True, slots=True)
class Entry:
    """A change: when, which revision came into force, how, who did it, what it changed, and from where it came.

    `set_aside` is, for a rollback, the content of the folder that it keeps out of force.
    """

    at: datetime
    revision: str
    kind: Kind
    who: str
    what: str
    source: str = ""
    set_aside: str = ""

    def as_json(self) -> str:
        """The entry as a line."""
        return json.dumps(asdict(self) | {"at": self.at.isoformat(timespec="seconds")})

    @classmethod
    def from_json(cls, line: bytes) -> Self | None:
        """The entry in a line; None for one that is damaged."""
        try:
            raw = json.loads(line)
            at = datetime.fromisoformat(raw.pop("at"))
            kind = Kind(raw.pop("kind"))
            entry = cls(at=at, kind=kind, **raw)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        texts = (entry.revision, entry.who, entry.what, entry.source, entry.set_aside)
        return entry if at.tzinfo is not None and all(isinstance(one, str) for one in texts) else None

    @property
    def without_time(self) -> Self:
        """The entry at no particular time, to compare."""
        return replace(self, at=datetime.min)  # noqa: DTZ901 — never shown


def read_history(path: Path) -> list[Entry]:
    """All entries, the newest first. Lines that were cut short are left out."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _MOST_READ))
            lines = file.read().splitlines()
    except OSError:
        return []
    return [entry for line in reversed(lines) if (entry := Entry.from_json(line)) is not None]


def came_into_force(history: Sequence[Entry], revision: str) -> Entry | None:
    """The change by which the revision in force came into force: the first of the last ones that are about it.

    A rollback that is released leaves the same revision in force.
    """
    first = None
    for entry in history:
        if entry.revision != revision:
            break
        first = entry
    return first


def before(history: Sequence[Entry], revision: str) -> str | None:
    """The revision that was accepted before the last time that this one was; None where there is none."""
    accepted = [entry.revision for entry in history if entry.kind is Kind.ACCEPTED]
    of_these = [index for index, one in enumerate(accepted) if same_files(one, revision)]
    if of_these:
        accepted = accepted[of_these[0] :]
    return next((one for one in accepted if not same_files(one, revision)), None)
