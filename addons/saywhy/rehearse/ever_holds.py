"""Whether a rule holds at any moment at all: its days may have none of its times, or be an hour that clocks pass over."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from saywhy.policy.period import ALWAYS
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Rule
from saywhy.policy.school import Span
from saywhy.rehearse.stretches import Dates


def ever_holds(policy: Policy, rule: Rule, now: datetime) -> bool:
    """Whether a rule holds at some moment of its days; of one that has no first day, from now (aware) on."""
    period, zone = rule.period, policy.school.timezone
    times = [policy.times[name] for name in rule.times]
    begins = period.start or now
    if period.is_empty or period.is_over(begins):
        return False
    if not times:
        return True
    calendars = dict.fromkeys(calendar for one in times for calendar in one.calendars.values())
    dates = Dates(frozenset({period}) - {ALWAYS}, tuple(calendars), zone)
    spans = [span for one in times for span in one.spans]
    return any(
        period.covers(at) and any(one.cover(at.astimezone(zone)) for one in times)
        for start, end in dates.stretches(begins)
        for at in _beginnings(spans, start.astimezone(zone), end)
    )


def _beginnings(spans: list[Span], first: datetime, end: datetime) -> Iterator[datetime]:
    """The first moment of a stretch, and those (UTC) at which a span may begin in it."""
    yield first.astimezone(UTC)
    day = first.date()
    while (midnight := datetime(day.year, day.month, day.day, tzinfo=first.tzinfo)) < end:
        for span in spans:
            at = datetime.combine(day, span.start, midnight.tzinfo).astimezone(UTC)
            if first <= at < end:
                yield at
        day += timedelta(days=1)
