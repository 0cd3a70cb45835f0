"""Events of an iCalendar file as values: days and moments in their zones, and how they come again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from icalendar.parser import Contentline, Parameters
from icalendar.prop import vDDDTypes, vDuration, vRecur

from saywhy.policy.reading.ical_lines import CalendarError, Component, Line
from saywhy.policy.reading.ical_rules import checked_rule
from saywhy.policy.reading.ical_zones import Zones
from saywhy.policy.suggest import quoted

type When = date | datetime  # a whole day, or a moment in a zone

_ONE_DAY: Final = timedelta(days=1)
_ONCE: Final = ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID")


@dataclass(frozen=True, slots=True)
class Event:
    """One VEVENT. `number` is its first line.

    `lasts` is how long it takes by a clock that is never set, where it is written so; `replaces` is the one of a series
    that it stands in for, `onwards` if in for all that follow as well.
    """

    number: int
    summary: str
    start: When
    end: When
    cancelled: bool = False
    sequence: int = 0
    lasts: timedelta | None = None
    rules: tuple[vRecur, ...] = ()
    more: tuple[When | tuple[datetime, datetime], ...] = ()
    without: tuple[When, ...] = ()
    replaces: When | None = None
    onwards: bool = False

    @property
    def comes_again(self) -> bool:
        """Whether it is more than one time, or stands in for one of several."""
        return bool(self.rules or self.more or self.without or self.replaces is not None)


def summary_of(component: Component) -> str:
    """What an event is called, with single blanks; empty where it has no name."""
    return " ".join(_text(component, "SUMMARY").split())


def uid_of(component: Component) -> str:
    """What the parts of one series have in common; of an event without it, something that no other has."""
    return _text(component, "UID").strip() or f"line {component.number}"


def read_event(component: Component, zones: Zones, school: tzinfo, series: Event | None = None) -> Event:
    """Read a VEVENT; what names no zone is in the school's. `series` is what it stands in for. Raises CalendarError."""
    for name in _ONCE:
        if len(component.all(name)) > 1:
            raise CalendarError(component.all(name)[1].number, f"this event has a second {name}")
    for line in component.all("EXRULE"):
        raise CalendarError(line.number, "EXRULE is an old way to leave days out", "write EXDATE with each of them")
    starts = component.all("DTSTART")
    if not starts:
        raise CalendarError(component.number, "this event has no DTSTART, so nobody knows when it is")
    reader = _Reader(zones, school)
    start = reader.one(starts[0])
    if isinstance(start, datetime):
        reader.floating = start.tzinfo or school
    end, lasts = _ending(component, reader, start)
    of_series = start if series is None else series.start
    if series is not None and isinstance(series.start, datetime):
        reader.floating = series.start.tzinfo or school
    replaced = [_alike(reader.one(line), of_series, school) for line in component.all("RECURRENCE-ID")]
    ranges = [_parts(line)[0].get("RANGE", "") for line in component.all("RECURRENCE-ID")]
    return Event(
        number=component.number,
        summary=summary_of(component),
        start=start,
        end=end,
        cancelled=_text(component, "STATUS").strip().upper() == "CANCELLED",
        sequence=_number(_text(component, "SEQUENCE")),
        lasts=lasts,
        rules=tuple(checked_rule(_parts(line)[1], line.number, start, school) for line in component.all("RRULE")),
        more=tuple(
            one if isinstance(one, tuple) else _alike(one, start, school)
            for line in component.all("RDATE")
            for one in reader.several(line)
        ),
        without=tuple(
            one if isinstance(start, datetime) else _alike(one, start, school)
            for line in component.all("EXDATE")
            for one in reader.several(line)
            if not isinstance(one, tuple)
        ),
        replaces=replaced[0] if replaced else None,
        onwards=str(ranges[0]).upper() == "THISANDFUTURE" if ranges else False,
    )


class _Reader:
    """Reads days and moments; those without a zone are in the zone `floating`."""

    def __init__(self, zones: Zones, school: tzinfo) -> None:
        self._zones = zones
        self.floating = school

    def one(self, line: Line) -> When:
        parameters, value = _parts(line)
        read = self._read(line, parameters, value, vDDDTypes.from_ical)
        if not isinstance(read, date):
            raise _no_time(line, value)
        return read

    def several(self, line: Line) -> list[When | tuple[datetime, datetime]]:
        parameters, value = _parts(line)
        found: list[When | tuple[datetime, datetime]] = []
        for text in value.split(",") if value.strip() else ():
            if "/" not in text:
                found.append(self.one(Line(line.name, f"{line.text.rpartition(':')[0]}:{text}", line.number)))
                continue
            first, _, last = text.partition("/")
            start = self._read(line, parameters, first, vDDDTypes.from_ical)
            end = self._read(line, parameters, last, vDDDTypes.from_ical)
            if isinstance(start, datetime) and isinstance(end, timedelta):
                end = (start.astimezone(UTC) + end).astimezone(start.tzinfo)
            if not (isinstance(start, datetime) and isinstance(end, datetime)):
                raise _no_time(line, text)
            found.append((start, end))
        return found

    def _read(self, line: Line, parameters: Parameters, value: str, read: Callable[[str], object]) -> object:
        try:
            found = read(value.strip())
        except ValueError:
            raise _no_time(line, value) from None
        if isinstance(found, datetime) and found.tzinfo is None:
            named = parameters.get("TZID")
            zone = self._zones.zone(str(named), line.number) if named else self.floating
            found = found.replace(tzinfo=zone)
        if isinstance(found, datetime):
            try:
                found.astimezone(UTC)
            except OverflowError:
                raise _no_time(line, value) from None
        return found


def _ending(component: Component, reader: _Reader, start: When) -> tuple[When, timedelta | None]:
    """When an event is over (section 3.6.1): DTEND, or DURATION, or the day it is on; and how long it lasts exactly."""
    lasts = None
    for line in component.all("DURATION"):
        try:
            duration: timedelta = vDuration.from_ical(  # type: ignore[no-untyped-call]
                _parts(line)[1].strip()
            )
        except ValueError:
            raise _no_time(line, _parts(line)[1]) from None
        days, rest = timedelta(days=duration.days), duration - timedelta(days=duration.days)
        if duration < timedelta() or (rest and not isinstance(start, datetime)):
            raise CalendarError(line.number, f"this event cannot last {quoted(_parts(line)[1])}")
        lasts = duration if rest and not days else None
        return start + duration, lasts
    for line in component.all("DTEND"):
        end = reader.one(line)
        if isinstance(end, datetime) is not isinstance(start, datetime):
            raise CalendarError(line.number, "one of DTSTART and DTEND is a day and the other a moment")
        if (end < start) if not isinstance(end, datetime) else end.timestamp() < _seconds(start):
            raise CalendarError(line.number, "this event ends before it begins")
        if end == start and not isinstance(end, datetime):
            return start + _ONE_DAY, None  # as many write a day
        return end, None
    return (start if isinstance(start, datetime) else start + _ONE_DAY), None


def _seconds(when: When) -> float:
    assert isinstance(when, datetime)
    return when.timestamp()


def _alike(when: When | tuple[datetime, datetime], pattern: When, school: tzinfo) -> When:
    """A day or a moment as the series has them: a day of a series of moments is that at its hour."""
    assert not isinstance(when, tuple)
    if isinstance(pattern, datetime):
        return when if isinstance(when, datetime) else datetime.combine(when, pattern.timetz())
    return when.astimezone(school).date() if isinstance(when, datetime) else when


def _parts(line: Line) -> tuple[Parameters, str]:
    try:
        _, parameters, value = Contentline(line.text).parts()  # type: ignore[no-untyped-call]
    except ValueError:
        raise CalendarError(line.number, f"this line cannot be read: {quoted(line.text[:60])}") from None
    return parameters, value


def _text(component: Component, name: str) -> str:
    found = component.all(name)
    return _parts(found[0])[1] if found else ""


def _number(text: str) -> int:
    return int(text) if text.strip().isdecimal() and len(text) < 10 else 0


def _no_time(line: Line, value: str) -> CalendarError:
    return CalendarError(line.number, f"{quoted(value[:60])} is no day and no moment that {line.name} could have")


def midnight(day: date, school: tzinfo) -> datetime:
    """When a day begins at the school."""
    return datetime.combine(day, time(), school)
