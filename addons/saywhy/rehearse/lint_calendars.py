"""Lint of calendars: those that rules go by and that have no more events, so that the rules hold always, or never again."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from saywhy.policy.calendar import Calendar, Unheld
from saywhy.policy.codes import Code
from saywhy.policy.period import day_in_words
from saywhy.policy.problem import Problem
from saywhy.policy.suggest import either, quoted
from saywhy.rehearse.findings import Locations, finding
from saywhy.rehearse.lint_dates import SOON
from saywhy.rehearse.stretches import dates_of


def last_day(ends: datetime, zone: ZoneInfo) -> date:
    """The last day of what ends at an aware moment."""
    return (ends.astimezone(zone) - timedelta(microseconds=1)).date()


def never_holds(calendar: Calendar) -> str:
    """Of a calendar that is at no moment: that it is so, and why."""
    return "never holds" + (f", since its events are {either(calendar.unheld)}" if calendar.unheld else "")


def remedy(calendar: Calendar) -> str:
    """What to do about a calendar whose last event is over, or that is at no moment."""
    if calendar.unheld == (Unheld.NO_LENGTH,):
        return f"write in {calendar.file} when they end, or make whole days of them"
    return f"put the days to come into {calendar.file}, and name their events"


def lint_calendars(locations: Locations, now: datetime) -> Iterator[Problem]:
    """The problems of calendars, as of now (aware)."""
    zone = locations.policy.school.timezone
    for calendar in dates_of(locations.policy).calendars:
        said = never_holds(calendar)
        if calendar.ends is not None:
            if calendar.ends > now + SOON:
                continue
            said = f"has nothing after {day_in_words(last_day(calendar.ends, zone))}"
        document = locations.document_of("calendars", calendar.id)
        what = f"the calendar {quoted(calendar.id)} {said}"
        loc = ("calendars", calendar.id)
        yield finding(document, loc, Code.CALENDAR_ENDS, what, remedy(calendar), of_key=True)
