"""Time as school counts it: only while school is open. Nights, weekends and holidays are no time to wait in.

When it is open says `policy/school_day.py`; here are the stretches of it.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final

from saywhy.policy.policy import Policy
from saywhy.policy.school_day import USUAL_HOURS, hours_named, is_in_term, lesson_times, terms_and_holidays

_LOOKED_AHEAD: Final = 400  # days: more than the longest holiday
_NOTHING: Final = timedelta()

type Stretch = tuple[datetime, datetime]


def stretches(policy: Policy, day: date) -> list[Stretch]:
    """When school is open on a day of its own time zone, as stretches in UTC, in order, that do not meet."""
    named = hours_named(policy)
    lessons = () if named else lesson_times(policy)
    zone = policy.school.timezone
    first = datetime.combine(day, time.min, tzinfo=zone)
    last = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    times = named or list(lessons) or [USUAL_HOURS]
    wall = {moment for one in times for span in one.spans for moment in (span.start, span.until)}
    edges = {first.astimezone(UTC), last.astimezone(UTC)}
    edges |= {datetime.combine(day, moment, tzinfo=zone).astimezone(UTC) for moment in wall}
    terms, holidays = terms_and_holidays(policy)
    edges |= {edge for one in (*terms, *holidays) for edge in one.edges_between(first, last)}
    edges |= {edge for one in times for edge in one.edges_between(first, last)}
    found: list[Stretch] = []
    for start, end in pairwise(sorted(edges)):
        local = start.astimezone(zone)
        if any(one.cover(local) for one in times):
            found.append((start, end))
    if lessons and found:  # breaks between lessons are school as well
        found = list(pairwise(sorted({found[0][0], *(e for e in edges if found[0][0] <= e <= found[-1][1])})))
    return _joined([one for one in found if is_in_term(one[0], terms, holidays)])


def passed(policy: Policy, start: datetime, end: datetime) -> timedelta:
    """How much time of school lies between two aware moments; none where the second is not the later one."""
    total = _NOTHING
    for opens, closes in _from(policy, start):
        if opens >= end:
            break
        total += max(_NOTHING, min(closes, end) - max(opens, start))
    return total


def after(policy: Policy, start: datetime, span: timedelta) -> datetime | None:
    """The first moment (UTC) at which so much time of school has passed; None where that is more than a year away."""
    left = span
    for opens, closes in _from(policy, start):
        begins = max(opens, start)
        if closes - begins >= left:
            return (begins + left).astimezone(UTC)
        left -= closes - begins
    return None


def _from(policy: Policy, start: datetime) -> Iterator[Stretch]:
    """The stretches that end after a moment, in order."""
    day = start.astimezone(policy.school.timezone).date()
    for ahead in range(_LOOKED_AHEAD):
        yield from (one for one in stretches(policy, day + timedelta(days=ahead)) if one[1] > start)


def _joined(found: list[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for start, end in found:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
