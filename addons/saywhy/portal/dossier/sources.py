"""What a dossier asks of the world outside the portal. Each may know nothing; then the page says so, or leaves it out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from saywhy.decide.engine import Engine
from saywhy.exceptions.request import ExceptionRequest, Proposal, Refusal


class Progress(StrEnum):
    """How far it is with a trial."""

    DONE = "done"
    WORKING = "working"  # look again in a moment
    BUSY = "busy"  # others are tried first, and too many wait
    NO_LOG = "no-log"  # no decision log is kept here, or none of that time is there
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Trial:
    """What a permit would have opened in the last week, from the decision log.

    `decisions` were closed and would have been open, on so many `devices` (None: too few to tell), by group (its id, or
    empty for none). `others` are the sites that nobody asked for. `since` is the first day that was looked at; `cut`: not
    all of the log was read.
    """

    progress: Progress
    decisions: int = 0
    devices: int | None = 0
    groups: tuple[tuple[str, int | None], ...] = ()
    others: tuple[str, ...] = ()
    since: date | None = None
    cut: bool = False


class TryPermits(Protocol):
    """Somebody who tries permits on the decision log, apart from whoever asks."""

    def __call__(
        self, engine: Engine, refusal: Refusal, proposals: Mapping[str, Proposal], now: datetime, /
    ) -> Mapping[str, Trial]:
        """How it stands with each of them. Returns at once."""


@dataclass(frozen=True, slots=True)
class NeededHost:
    """A host that the page needs: what it is, in words, and how it stands for who asked ("open", "closed", "stays")."""

    host: str
    kinds: tuple[str, ...]
    stands: str


@dataclass(frozen=True, slots=True)
class Need:
    """A need of the person who asked, which only those who hold a role (its id) read."""

    role: str
    text: str


def _no_trials(
    _engine: Engine, _refusal: Refusal, proposals: Mapping[str, Proposal], _now: datetime, /
) -> Mapping[str, Trial]:
    return dict.fromkeys(proposals, Trial(Progress.NO_LOG))


@dataclass(frozen=True, slots=True)
class DossierSources:
    """Who knows what.

    `tried`: see TryPermits. `needed`: the hosts that the page needs, None where nobody has looked. `list_date`: the day of a list, by its name. `need`: see Need.
    """

    tried: TryPermits = _no_trials
    needed: Callable[[ExceptionRequest], tuple[NeededHost, ...] | None] = lambda _: None
    list_date: Callable[[str], date | None] = lambda _: None
    need: Callable[[ExceptionRequest], Need | None] = lambda _: None


NO_SOURCES = DossierSources()
