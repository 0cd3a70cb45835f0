"""Lint of calendars: those that rules go by and that have no more events, so that the rules hold always, or never again."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from saywhy.policy.codes import Code
from saywhy.policy.period import day_in_words
from saywhy.policy.problem import Problem
from saywhy.policy.suggest import quoted
from saywhy.rehearse.findings import Locations, finding
from saywhy.rehearse.lint_dates import SOON
from saywhy.rehearse.stretches import dates_of


def last_day(ends: datetime, zone: ZoneInfo) -> date:
    """The last day of what ends at an aware moment."""
    return (ends.astimezone(zone) - timedelta(microseconds=1)).date()


def lint_calendars(locations: Locations, now: datetime) -> Iterator[Problem]:
    """The problems of calendars, as of now (aware)."""
    zone = locations.policy.school.timezone
    for calendar in dates_of(locations.policy).calendars:
        what = f"the calendar {quoted(calendar.id)} has no event at all"
        if calendar.ends is not None:
            if calendar.ends > now + SOON:
                continue
            what = f"the calendar {quoted(calendar.id)} has nothing after {day_in_words(last_day(calendar.ends, zone))}"
        document = locations.document_of("calendars", calendar.id)
        instead = f"put the days to come into {calendar.file}, and name their events"
        yield finding(document, ("calendars", calendar.id), Code.CALENDAR_ENDS, what, instead, of_key=True)
