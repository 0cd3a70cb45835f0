"""Until when: what "this lesson", "today", "this week" and "this term" mean at a moment, by the school's own clock."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from saywhy.policy.policy import Policy
from saywhy.policy.rule import Offer
from saywhy.policy.school_day import lesson_times, terms_and_holidays

LONGEST: Final = timedelta(days=365)
_AN_HOUR: Final = timedelta(hours=1)
# Where the policy has no calendar of terms: the last days on which an English school's term can end.
TERM_ENDS: Final = ((4, 30), (7, 31), (12, 31))


def end_of_day(day: date, timezone: ZoneInfo) -> datetime:
    """The moment at which a day ends in that time zone."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=timezone)


def last_day_before(end: datetime, timezone: ZoneInfo) -> date:
    """The last day on which something is open that ends at this moment."""
    return (end.astimezone(timezone) - timedelta(microseconds=1)).date()


def end_of(span: Offer, now: datetime, policy: Policy) -> datetime | None:
    """When this would end; None for a lesson while none is on.

    Where the policy names no lessons, a lesson is the next hour.
    """
    timezone = policy.school.timezone
    local = now.astimezone(timezone)
    today = local.date()
    if span is Offer.THIS_LESSON:
        lessons = lesson_times(policy)
        ends = [end for times in lessons if (end := times.end_at(local)) is not None]
        return min(ends, default=None) if lessons else now + _AN_HOUR
    if span is Offer.TODAY:
        return end_of_day(today, timezone)
    if span is Offer.THIS_WEEK:
        return end_of_day(today + timedelta(days=6 - today.weekday()), timezone)
    terms, _ = terms_and_holidays(policy)
    ends = [end.astimezone(timezone) for one in terms if (end := one.end_at(now)) is not None]
    if ends:
        return min(*ends, now.astimezone(timezone) + LONGEST)
    ends_of_terms = (date(today.year, month, day) for month, day in TERM_ENDS)
    return end_of_day(next(end for end in ends_of_terms if end >= today), timezone)
