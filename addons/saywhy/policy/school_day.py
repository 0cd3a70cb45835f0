"""Whether people are at school: in the times that policy names so, less what lies in its holidays or outside its terms.

Where policy names no `school-hours` (or `school-hours-…`): on each day from the first of its lessons to the last, and where it
has no lessons, from 9:00 to 15:30 on Monday to Friday.
"""

from datetime import datetime, time
from typing import Final

from saywhy.policy.calendar import Calendar
from saywhy.policy.policy import Policy
from saywhy.policy.school import Span, Times, is_lesson

_USUAL: Final = Times("usual", "usual", (Span(frozenset(range(5)), time(9), time(15, 30)),))
_TERMS: Final = ("term", "terms")
_HOLIDAYS: Final = ("holiday", "holidays")


def is_school_open(policy: Policy, at: datetime, hours: tuple[str, ...] = ()) -> bool:
    """Whether school is open at an aware moment; `hours` are names of times that say so in place of the usual ones."""
    local = at.astimezone(policy.school.timezone)
    terms, holidays = _calendars(policy, _TERMS), _calendars(policy, _HOLIDAYS)
    if (terms and not any(one.covers(at) for one in terms)) or any(one.covers(at) for one in holidays):
        return False
    named = [policy.times[name] for name in hours]
    named = named or [
        one for name, one in policy.times.items() if name == "school-hours" or name.startswith("school-hours-")
    ]
    if named:
        return any(one.cover(local) for one in named)
    lessons = [one for name, one in policy.times.items() if is_lesson(name)]
    return _between_lessons(lessons, local) if lessons else _USUAL.cover(local)


def _between_lessons(lessons: list[Times], local: datetime) -> bool:
    """Whether a moment lies between the first and the last lesson of its day; breaks are school as well."""
    spans = [
        span for one in lessons if one.kept_by(local) is None for span in one.spans if local.weekday() in span.days
    ]
    if not spans:
        return False
    last = max(time.max if span.until <= span.start else span.until for span in spans)
    return min(span.start for span in spans) <= local.time() < last


def _calendars(policy: Policy, names: tuple[str, ...]) -> list[Calendar]:
    return [one for name, one in policy.calendars.items() if name.partition("-")[0] in names]
