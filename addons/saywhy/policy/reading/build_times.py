"""From what the schema accepted to times and calendars, and ids made readable."""

import re
from collections.abc import Mapping, Sequence

from saywhy.policy.calendar import Calendar
from saywhy.policy.reading.calendars import Expanded
from saywhy.policy.reading.schema import FilePart
from saywhy.policy.reading.schema_times import TimesPart
from saywhy.policy.school import WHOLE_WEEK, Span, Times


def readable(name: str) -> str:
    """An id as a label: "year7" is "Year 7", "sixth-form" is "Sixth form"."""
    spaced = re.sub(r"(?<=[^\W\d])(?=\d)", " ", re.sub(r"[-_.]+", " ", name)).strip()
    return spaced[:1].upper() + spaced[1:]


def build_calendars(parts: Sequence[FilePart], expanded: Mapping[str, Expanded]) -> dict[str, Calendar]:
    """Every calendar by its name, with what was read for it."""
    return {
        name: Calendar(
            name,
            calendar.label or readable(name).lower(),
            expanded[name].edges,
            calendar.file,
            expanded[name].unheld,
        )
        for part in parts
        for name, calendar in part.calendars.items()
    }


def build_times(parts: Sequence[FilePart], calendars: Mapping[str, Calendar]) -> dict[str, Times]:
    """Every time by its name, and after them every calendar under its own."""
    times = {name: _times(name, written, calendars) for part in parts for name, written in part.times.items()}
    return times | {
        name: Times(name, calendar.label, only=(name,), calendars={name: calendar})
        for name, calendar in calendars.items()
    }


def _times(name: str, part: TimesPart, calendars: Mapping[str, Calendar]) -> Times:
    spans = tuple(Span(span.days, span.start, span.until.time) for span in part.spans or ())
    only, without = tuple(part.only or ()), tuple(part.without or ())
    label = part.label or readable(name).lower()
    named = {one: calendars[one] for one in (*only, *without)}
    return Times(name, label, spans or (WHOLE_WEEK,), only, without, named)
