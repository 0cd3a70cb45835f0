"""What a meeting looks at: rules and permits that come up, with their figures, and what should not be there at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from saywhy.exceptions.figures import (
    Figures,
    Overturned,
    Permit,
    RuleFigures,
    Waiting,
    ending_within,
    unused_since,
)
from saywhy.exceptions.meetings import About, Item, Meetings
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Rule

LOOKED_BACK: Final = timedelta(days=90)
UNUSED: Final = 30  # days
OVERDUE: Final = timedelta(days=3)  # that a request waits
SOON: Final = 30  # days before its review that a rule comes up
ENDING: Final = 7  # days before its end that a permit comes up
_MOST_ASKED: Final = 10


@dataclass(frozen=True, slots=True)
class RuleAgain:
    """A rule, its figures, and what a meeting decided about it last, with its day."""

    rule: Rule
    figures: RuleFigures
    overdue: bool
    last: tuple[date, Item] | None = None


@dataclass(frozen=True, slots=True)
class LookingAgain:
    """The lists. `unused` is None where nobody counted; `silent` has requests that ended without a reason: none."""

    due: tuple[RuleAgain, ...]
    asked: tuple[RuleAgain, ...]
    overturned: tuple[Overturned, ...]
    waiting: tuple[Waiting, ...]
    ending: tuple[Permit, ...]
    unused: tuple[Permit, ...] | None
    silent: tuple[str, ...]


def look_again(
    policy: Policy, figures: Figures, meetings: Meetings, used: Mapping[str, datetime] | None, now: datetime
) -> LookingAgain:
    """The lists of a moment (aware). `used` has the last use by a permit's id. Raises StoreUnavailable."""
    today = now.astimezone(policy.school.timezone).date()
    counted = figures.of_rules(now - LOOKED_BACK)
    every = (*policy.rules, policy.default)
    last = meetings.decided_last(About.RULE, [one.id for one in every])
    rules = [
        RuleAgain(
            one,
            counted.get(one.id, RuleFigures()),
            one.review_by is not None and one.review_by < today,
            last.get(one.id),
        )
        for one in every
    ]
    dated = [(one.rule.review_by, one) for one in rules if one.rule.review_by is not None]
    soon = [pair for pair in dated if pair[0] <= today + timedelta(days=SOON)]
    asked = sorted((one for one in rules if one.figures.asked), key=lambda one: -one.figures.asked)
    permits = figures.permits(now)
    return LookingAgain(
        due=tuple(one for _, one in sorted(soon, key=lambda pair: pair[0])),
        asked=tuple(asked[:_MOST_ASKED]),
        overturned=figures.overturned(now - LOOKED_BACK),
        waiting=figures.overdue(now - OVERDUE),
        ending=ending_within(permits, now, ENDING),
        unused=None if used is None else unused_since(permits, used, now, UNUSED),
        silent=figures.ended_without_reason(),
    )
