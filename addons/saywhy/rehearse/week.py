"""The moments that differ for a policy: one for each set of named times, and of dated rules, that hold together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from saywhy.policy.period import Period, day_in_words
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Rule
from saywhy.rehearse.stretches import dates_of

_MONDAY: Final = date(2026, 1, 5)  # any week will do: named times are weekly, and this one has no change of clocks
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment (aware, in the school's own time), and the named times and the rules' periods that hold then.

    `any_week`: it stands for the same day of every week.
    """

    at: datetime
    active: frozenset[str]
    dated: frozenset[Period] = frozenset()
    any_week: bool = True

    def __str__(self) -> str:
        day = DAYS[self.at.weekday()] if self.any_week else day_in_words(self.at.date())
        return f"on {day} at {self.at:%H:%M}"


class Week:
    """Finds moments by the named times that matter. Between two boundaries of spans nothing changes.

    `named` are the times that rules name. Where nothing goes by dates, any week stands for all. Else it is the week from
    `now` (aware), and the one from each later moment at which a rule, or an event of a calendar, begins or ends: what is
    over is over.
    """

    def __init__(self, policy: Policy, now: datetime | None = None) -> None:
        self._policy = policy
        self._now = now or datetime.combine(_MONDAY, time(), policy.school.timezone)
        self._found: dict[frozenset[str], tuple[Moment, ...]] = {}
        self._dates = dates_of(policy)
        self.named = frozenset(name for rule in policy.rules for name in rule.times)

    def is_over(self, rule: Rule) -> bool:
        """Whether a rule has ended, so that it decides nothing any more."""
        return rule.period.is_over(self._now)

    def moments(self, names: frozenset[str]) -> tuple[Moment, ...]:
        """For every set of these times, and of dated rules, that holds at some moment, the first such moment."""
        if names not in self._found:
            first: dict[tuple[frozenset[str], frozenset[Period]], Moment] = {}
            for at in self._of_dates(names) if self._dates else self._boundaries(_MONDAY, names):
                active = frozenset(name for name in names if self._policy.times[name].cover(at))
                dated = frozenset(one for one in self._dates.periods if one.covers(at))
                first.setdefault((active, dated), Moment(at, active, dated, any_week=not self._dates))
            self._found[names] = tuple(first.values())
        return self._found[names]

    def _of_dates(self, names: frozenset[str]) -> Iterator[datetime]:
        zone = self._policy.school.timezone
        for start, end in self._dates.stretches(self._now):
            yield start.astimezone(zone)
            for at in self._boundaries(start.astimezone(zone).date(), names):
                shown = at.astimezone(UTC)
                if start < shown < end:
                    yield shown.astimezone(zone)  # as clocks show it, where they are set forward in between

    def _boundaries(self, first: date, names: Iterable[str]) -> list[datetime]:
        """Where something may change in the days from this one, a week and its first day again."""
        zone = self._policy.school.timezone
        days = [first + timedelta(days=number) for number in range(8 if self._dates else 7)]
        found = {(days[0], time(0))}
        for name in names:
            for span in self._policy.times[name].spans:
                for day in days:
                    if day.weekday() in span.days:
                        found.add((day, span.start))
                    if (day.weekday() - (span.until <= span.start)) % 7 in span.days:
                        found.add((day, span.until))
        return sorted(datetime.combine(day, clock, zone) for day, clock in found)
