"""By when an answer is due, and who may give it once half of that time is over. Time answers nothing by itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Final

from saywhy.exceptions import school_hours
from saywhy.exceptions.request import ExceptionRequest
from saywhy.exceptions.state import UNDECIDED, State
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Ask

USUAL: Final = timedelta(hours=6)  # of school, where policy names no time: about a day
_FEWEST: Final = 5  # answers from which a median can be told without telling of one of them


class Lateness(StrEnum):
    """How far the time for an answer has gone."""

    IN_TIME = "in-time"
    HALF = "half"  # deputies may decide as well
    OVERDUE = "overdue"
    ASKED_BACK = "asked-back"  # the clock stands while whoever asked has a question to answer
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Due:
    """The moments (UTC) at which half the time is over and all of it; None where no school is in sight."""

    lateness: Lateness
    half: datetime | None = None
    by: datetime | None = None

    @property
    def escalated(self) -> bool:
        """Whether deputies may decide as well."""
        return self.lateness in (Lateness.HALF, Lateness.OVERDUE)


def allowed(policy: Policy, ask: Ask) -> timedelta:
    """The hours of school in which a request under these terms is to be answered."""
    return ask.answer_within or policy.school.answer_within or USUAL


def due(policy: Policy, ask: Ask, request: ExceptionRequest, now: datetime) -> Due:
    """Where a request stands in time. An appeal has its time anew; time for the answer to a question does not count."""
    if request.state not in UNDECIDED:
        return Due(Lateness.ANSWERED)
    whole = allowed(policy, ask)
    since = request.appealed_at or request.submitted_at
    half, by = (school_hours.after(policy, since, span + request.held) for span in (whole / 2, whole))
    if request.state is State.QUESTION:
        # what counted before the question stays spent; deputies that could decide by then still can
        asked = request.asked_back_at or now
        return Due(Lateness.HALF if half is not None and half <= asked else Lateness.ASKED_BACK)
    if by is not None and by <= now:
        return Due(Lateness.OVERDUE, half, by)
    return Due(Lateness.HALF if half is not None and half <= now else Lateness.IN_TIME, half, by)


def usual_time(policy: Policy, answered: Iterable[tuple[datetime, datetime]]) -> timedelta | None:
    """The median of real answers, from asked to answered, in time of school; None where they are too few to tell."""
    found = [school_hours.passed(policy, asked, at).total_seconds() for asked, at in answered]
    return timedelta(seconds=median(found)) if len(found) >= _FEWEST else None
