"""Stretches of time that differ by dates: by the rules that have begun and not ended, and by what calendars hold.

All that repeats by the week alone is the same in each of them. One is left out where the same was so at the same hours of the
same day of the week before, so that a calendar of thirty years has no more than a few.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from saywhy.policy.calendar import Calendar
from saywhy.policy.period import ALWAYS, Period
from saywhy.policy.policy import Policy

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Dates:
    """What of a policy's rules goes by dates: their periods, and the calendars that their times name."""

    periods: frozenset[Period]
    calendars: tuple[Calendar, ...]
    zone: ZoneInfo

    def __bool__(self) -> bool:
        """Whether anything does."""
        return bool(self.periods or self.calendars)

    def stretches(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """From when until when (UTC), from an aware moment on, each a week long at the most; in order."""
        now = now.astimezone(UTC)
        edges = {edge for one in self.periods for edge in (one.start, one.end) if edge is not None and edge > now}
        last = max((end for one in self.calendars if (end := one.ends) is not None), default=now)
        edges.update(edge for one in self.calendars for edge in one.edges_between(now, last))
        starts = [now, *sorted(edges)]
        seen: set[tuple[object, ...]] = set()
        for start, until in pairwise([*starts, starts[-1] + _WEEK]):
            end = min(until, start + _WEEK)
            so = tuple(number for number, one in enumerate(self.calendars) if one.covers(start)), self._dated(start)
            new = {(*so, *hours) for hours in _hours(start.astimezone(self.zone), end.astimezone(self.zone))} - seen
            if new:
                seen |= new
                yield start, end

    def _dated(self, at: datetime) -> frozenset[Period]:
        return frozenset(one for one in self.periods if one.covers(at))


def dates_of(policy: Policy) -> Dates:
    """What of a policy's rules goes by dates."""
    names = {name for rule in policy.rules for name in rule.times}
    calendars = {one: policy.times[name].calendars[one] for name in names for one in policy.times[name].calendars}
    periods = frozenset(rule.period for rule in policy.rules) - {ALWAYS}
    return Dates(periods, tuple(calendars.values()), policy.school.timezone)


def joint(every: Iterable[Dates]) -> Dates:
    """Of several policies together. They are those of one school, so in one zone."""
    found = list(every)
    calendars = dict.fromkeys(calendar for one in found for calendar in one.calendars)
    return Dates(frozenset[Period]().union(*(one.periods for one in found)), tuple(calendars), found[-1].zone)


def _hours(start: datetime, end: datetime) -> Iterator[tuple[int, time, time]]:
    """The days of the week that lie in a stretch, each with its first and last hour there."""
    day = datetime.combine(start.date(), time(), start.tzinfo)
    while day < end:
        yield day.weekday(), max(start, day).time(), min(end, day + _DAY).time()
        day += _DAY
