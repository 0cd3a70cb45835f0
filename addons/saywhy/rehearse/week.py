"""The moments of a week that differ for a policy: one for each set of named times that hold together."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from saywhy.policy.policy import Policy

_MONDAY: Final = date(2026, 1, 5)  # any week will do: named times are weekly, and this one has no change of clocks
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment (aware, in the school's own time) and the named times that hold then."""

    at: datetime
    active: frozenset[str]

    def __str__(self) -> str:
        return f"on {DAYS[self.at.weekday()]} at {self.at:%H:%M}"


class Week:
    """Finds moments by the named times that matter. Between two boundaries of spans nothing changes.

    `named` are the times that rules name.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._found: dict[frozenset[str], tuple[Moment, ...]] = {}
        self.named = frozenset(name for rule in policy.rules for name in rule.times)

    def moments(self, names: frozenset[str]) -> tuple[Moment, ...]:
        """For every set of these named times that holds at some moment, the first such moment of the week."""
        if names not in self._found:
            first: dict[frozenset[str], Moment] = {}
            for at in self._boundaries(names):
                active = frozenset(name for name in names if self._policy.times[name].cover(at))
                first.setdefault(active, Moment(at, active))
            self._found[names] = tuple(first.values())
        return self._found[names]

    def _boundaries(self, names: Iterable[str]) -> list[datetime]:
        zone = self._policy.school.timezone
        found = {(0, time(0))}
        for name in names:
            for span in self._policy.times[name].spans:
                for day in span.days:
                    found.add((day, span.start))
                    found.add(((day + (span.until <= span.start)) % 7, span.until))
        return sorted(datetime.combine(_MONDAY + timedelta(days=day), clock, zone) for day, clock in found)
