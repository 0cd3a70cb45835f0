"""Earlier answers that concern somebody who asks: for the same site, to the same people, in this term."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from saywhy.exceptions.request import ExceptionRequest, Refusal, Review, Verdict
from saywhy.exceptions.state import State
from saywhy.exceptions.until import TERM_ENDS
from saywhy.policy.policy import Policy
from saywhy.policy.school_day import is_term

_MOST: Final = 5


@dataclass(frozen=True, slots=True)
class EarlierAnswer:
    """An answer without a name: when (aware), a yes or a no, the role (an id) that gave it, and its reason.

    `same_page` is False where it was about another page of the site.
    """

    at: datetime
    yes: bool
    role: str
    reason: str
    same_page: bool


def earlier_answers(
    policy: Policy, refusal: Refusal, answered: Iterable[tuple[ExceptionRequest, Review]], now: datetime
) -> tuple[EarlierAnswer, ...]:
    """Those of `answered` that concern whoever was refused, the newest first."""
    since = term_began(policy, now)
    found = (
        EarlierAnswer(
            at=review.at,
            yes=asked.state is State.GRANTED and review.verdict is not Verdict.REFUSE,
            role=review.role,
            reason=review.reason,
            same_page=asked.refusal.url == refusal.url,
        )
        for asked, review in answered
        if asked.refusal.host == refusal.host
        and asked.refusal.groups[:1] == refusal.groups[:1]
        and since <= review.at <= now
    )
    return tuple(found)[:_MOST]


def refused_before(answers: Iterable[EarlierAnswer]) -> EarlierAnswer | None:
    """The answer that stands against asking again: the latest for this page, where that was a no."""
    latest = next((one for one in answers if one.same_page), None)
    return None if latest is None or latest.yes else latest


def term_began(policy: Policy, now: datetime) -> datetime:
    """When the present term began; between two terms, when the last one did.

    Without a calendar of terms, the day after the last on which an English school's term before it can end.
    """
    edges = [
        start
        for name, calendar in policy.calendars.items()
        if is_term(name)
        for start, _ in calendar.stretches
        if start <= now
    ]
    if edges:
        return max(edges)
    timezone = policy.school.timezone
    today = now.astimezone(timezone).date()
    ends = (date(year, month, day) for year in (today.year - 1, today.year) for month, day in TERM_ENDS)
    last = max(end for end in ends if end < today)
    return datetime.combine(last + timedelta(days=1), time.min, tzinfo=timezone)
