"""When events happen: every time that they come again, within the years that a policy looks at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final

import recurring_ical_events
from icalendar import Calendar
from icalendar import Event as Written
from icalendar.prop import vDDDLists, vDDDTypes, vInt

from saywhy.policy.calendar import FIRST_YEAR, LAST_YEAR, Unheld
from saywhy.policy.codes import Code
from saywhy.policy.reading.ical_events import Event, When, midnight
from saywhy.policy.reading.ical_lines import CalendarError

MOST_SERIES: Final = 1_000  # of one calendar: events that come again
MOST_OCCURRENCES: Final = 20_000  # of one calendar: an event a day in all these years is 11,000
_AT_ONCE: Final = 5  # years
_LASTS: Final = "X-LASTS"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that an event happens, by its name, from when until when (UTC)."""

    summary: str
    start: datetime
    end: datetime


def occurrences(series: Sequence[Event], school: tzinfo) -> Iterator[Occurrence]:
    """All of a series: an event and what stands in for some of its times. Not those that are cancelled.

    Raises CalendarError where it cannot be told.
    """
    try:
        if len(series) == 1 and not series[0].comes_again:  # as most events are, and quicker so
            yield from _once(series[0], school)
        else:
            yield from _again(series, school)
    except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as error:
        raise CalendarError(series[0].number, f"nobody can tell when this event happens: {error}") from None


def unheld(event: Event) -> Unheld:
    """Why an event that has no occurrence, or none that lasts, has none."""
    if event.cancelled:
        return Unheld.CANCELLED
    if event.end == event.start or event.lasts == timedelta():
        return Unheld.NO_LENGTH
    return Unheld.LEFT_OUT if event.without or event.replaces is not None else Unheld.OUTSIDE


def _once(event: Event, school: tzinfo) -> Iterator[Occurrence]:
    start, end = _moment(event.start, school), _moment(event.end, school)
    if start.year <= LAST_YEAR and end.year >= FIRST_YEAR and not event.cancelled:
        yield Occurrence(event.summary, start, end if event.lasts is None else start + event.lasts)


def _again(series: Sequence[Event], school: tzinfo) -> Iterator[Occurrence]:
    calendar = Calendar()
    for event in series:
        calendar.add_component(_written(event))
    step = _AT_ONCE if any(event.rules for event in series) else LAST_YEAR + 1 - FIRST_YEAR
    seen: set[Occurrence] = set()
    query = recurring_ical_events.of(calendar)
    for year in range(FIRST_YEAR, LAST_YEAR + 1, step):
        span = (datetime(one, 1, 1, tzinfo=UTC) for one in (year, year + step))
        for found in query.between(*span):
            if str(found.get("STATUS", "")) == "CANCELLED":
                continue
            one = _occurrence(found, school)
            if one not in seen:
                seen.add(one)
                yield one


def too_many(number: int, what: str) -> CalendarError:
    """The mistake of a calendar whose events happen too often, or that has too many of those."""
    return CalendarError(number, what, "name fewer events, or end those that come again (UNTIL)", Code.TOO_LARGE)


def _occurrence(found: Mapping[str, Any], school: tzinfo) -> Occurrence:
    start, end = (_moment(found[key].dt, school) for key in ("DTSTART", "DTEND"))
    if _LASTS in found:
        end = start + timedelta(seconds=int(found[_LASTS]))
    return Occurrence(str(found.get("SUMMARY", "")), start, end)


def _moment(when: When, school: tzinfo) -> datetime:
    if not isinstance(when, datetime):
        when = midnight(when, school)
    return when.astimezone(UTC)


def _written(event: Event) -> Written:
    written = Written()
    written["UID"] = "series"
    written["SUMMARY"] = event.summary
    written["SEQUENCE"] = vInt(event.sequence)
    written["DTSTART"] = vDDDTypes(event.start)
    written["DTEND"] = vDDDTypes(event.end)
    if event.cancelled:
        written["STATUS"] = "CANCELLED"
    if event.lasts is not None:
        written[_LASTS] = vInt(int(event.lasts.total_seconds()))
    if event.rules:
        written["RRULE"] = list(event.rules)
    if event.more:
        written["RDATE"] = [_listed(one) for one in event.more]
    if event.without:
        written["EXDATE"] = [_listed(one) for one in event.without]
    if event.replaces is not None:
        written["RECURRENCE-ID"] = vDDDTypes(event.replaces)
        if event.onwards:
            written["RECURRENCE-ID"].params["RANGE"] = "THISANDFUTURE"
    return written


def _listed(one: date | tuple[datetime, datetime]) -> vDDDLists:
    return vDDDLists([one])
