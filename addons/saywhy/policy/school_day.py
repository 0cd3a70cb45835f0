"""When people are at school: in the times that policy names so, less what lies in its holidays or outside its terms.

Where policy names no `school-hours` (or `school-hours-…`): on each day from the first of its lessons to the last, and where it
has no lessons, from 9:00 to 15:30 on Monday to Friday.
"""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Final

from saywhy.policy.calendar import Calendar
from saywhy.policy.policy import Policy
from saywhy.policy.school import Span, Times, is_lesson

USUAL_HOURS: Final = Times("usual", "usual", (Span(frozenset(range(5)), time(9), time(15, 30)),))
_HOURS: Final = "school-hours"
_TERMS: Final = ("term", "terms")
_HOLIDAYS: Final = ("holiday", "holidays")

type Calendars = Sequence[Calendar]


def is_school_open(policy: Policy, at: datetime, hours: tuple[str, ...] = ()) -> bool:
    """Whether school is open at an aware moment; `hours` are names of times that say so in place of the usual ones."""
    if not is_in_term(at, *terms_and_holidays(policy)):
        return False
    local = at.astimezone(policy.school.timezone)
    named = [policy.times[name] for name in hours] or hours_named(policy)
    if named:
        return any(one.cover(local) for one in named)
    lessons = lesson_times(policy)
    return _between_lessons(lessons, local) if lessons else USUAL_HOURS.cover(local)


def hours_named(policy: Policy) -> list[Times]:
    """The times that policy names `school-hours`, also with more behind a dash."""
    return [one for name, one in policy.times.items() if name == _HOURS or name.startswith(f"{_HOURS}-")]


def lesson_times(policy: Policy) -> tuple[Times, ...]:
    """The school's lessons: its times named `lessons` or `lesson`, also with more behind a dash (`lessons-lower`)."""
    return tuple(times for name, times in policy.times.items() if is_lesson(name))


def is_term(name: str) -> bool:
    """Whether a calendar of this name has terms: `terms` or `term`, also with more behind a dash."""
    return name.partition("-")[0] in _TERMS


def terms_and_holidays(policy: Policy) -> tuple[Calendars, Calendars]:
    """The calendars of terms and those of holidays."""
    named = policy.calendars.items()
    terms = [one for name, one in named if is_term(name)]
    return terms, [one for name, one in named if name.partition("-")[0] in _HOLIDAYS]


def is_in_term(at: datetime, terms: Calendars, holidays: Calendars) -> bool:
    """Whether an aware moment lies in a term, where there are calendars of such, and in no holiday."""
    return (not terms or any(one.covers(at) for one in terms)) and not any(one.covers(at) for one in holidays)


def _between_lessons(lessons: Sequence[Times], local: datetime) -> bool:
    """Whether a moment lies between the first and the last lesson of its day; breaks are school as well."""
    spans = [
        span for one in lessons if one.kept_by(local) is None for span in one.spans if local.weekday() in span.days
    ]
    if not spans:
        return False
    last = max(time.max if span.until <= span.start else span.until for span in spans)
    return min(span.start for span in spans) <= local.time() < last
