"""How an event comes again (RRULE, section 3.3.10): what a school's calendar can need of it, and nothing without end."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import prod
from typing import Final

from dateutil.rrule import rrulestr
from icalendar.prop import vRecur

from saywhy.policy.reading.ical_lines import CalendarError
from saywhy.policy.suggest import quoted

_FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_KNOWN: Final = frozenset({
    "FREQ", "UNTIL", "COUNT", "INTERVAL", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY",
    "BYWEEKNO", "BYMONTH", "BYSETPOS", "WKST",
})  # fmt: skip
_ONE: Final = ("FREQ", "UNTIL", "COUNT", "INTERVAL", "WKST")
_MOST_A_DAY: Final = 24
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 9_900
_CYCLE: Final = 400  # years
# Section 3.3.10: what may stand together, and nothing that has to be looked for day by day.
_ONLY_WITH: Final = {
    "BYWEEKNO": ("YEARLY",),
    "BYYEARDAY": ("YEARLY",),
    "BYMONTHDAY": ("DAILY", "MONTHLY", "YEARLY"),
    "BYSETPOS": ("WEEKLY", "MONTHLY", "YEARLY"),
}


def checked_rule(text: str, number: int, start: date | datetime, school: tzinfo) -> vRecur:
    """The rule of an event that begins so; its UNTIL is of the kind that its days or moments are. Raises CalendarError."""
    rule = _read(text, number)
    frequency = str(rule.get("FREQ", [""])[0])
    if frequency not in _FREQUENCIES:
        raise _wrong(number, f"of FREQ, {', '.join(_FREQUENCIES)} are read")
    for key, frequencies in _ONLY_WITH.items():
        if key in rule and frequency not in frequencies:
            raise _wrong(number, f"{key} does not go with FREQ={frequency}")
    if any(one < 1 for key in ("INTERVAL", "COUNT") for one in rule.get(key, [1])):
        raise _wrong(number, "INTERVAL and COUNT are 1 or more")
    if prod(len(rule.get(key, [0])) for key in ("BYHOUR", "BYMINUTE", "BYSECOND")) > _MOST_A_DAY:
        raise _wrong(number, f"it comes more than {_MOST_A_DAY} times a day")
    if start.year < _FIRST_YEAR:
        raise _wrong(number, f"it begins before {_FIRST_YEAR}")
    try:
        never = _never(rule, start)
    except ValueError:
        raise _wrong(number, f"{quoted(text)} cannot be read") from None
    if never:
        raise _wrong(number, f"{quoted(text)} means no day at all")
    if "UNTIL" in rule:
        rule["UNTIL"] = [_until(rule["UNTIL"][0], start, school)]
    return rule


def _read(text: str, number: int) -> vRecur:
    parts = [part.strip() for part in text.split(";") if part.strip()]
    keys = [part.partition("=")[0].strip().upper() for part in parts]
    for key, part in zip(keys, parts, strict=True):
        if key not in _KNOWN or "=" not in part or keys.count(key) > 1:
            raise _wrong(number, f"{quoted(part)} cannot be part of it")
    try:
        rule: vRecur = vRecur.from_ical(";".join(parts).upper())
    except ValueError:
        raise _wrong(number, f"{quoted(text)} cannot be read") from None
    if any(len(rule.get(key, [0])) > 1 for key in _ONE):
        raise _wrong(number, f"{quoted(text)} names two of what there is one of")
    return rule


def _wrong(number: int, what: str) -> CalendarError:
    return CalendarError(number, f"how this event comes again (RRULE) cannot be used: {what}")


def _never(rule: vRecur, start: date | datetime) -> bool:
    """Whether it means no day at all, as 30 February. Looked for in centuries to come, since the search goes on to 9999.

    The calendar repeats every 400 years, to the day of the week.
    """
    if start.year > _LAST_YEAR:
        return False
    year = start.year + (_LAST_YEAR - start.year) // _CYCLE * _CYCLE
    later = datetime(year, start.month, start.day)  # noqa: DTZ001 - what clocks show
    probe = vRecur({key: value for key, value in rule.items() if key not in {"UNTIL", "COUNT"}})
    written = probe.to_ical().decode()  # type: ignore[no-untyped-call]
    return next(iter(rrulestr(written, dtstart=later)), None) is None


def _until(until: date | datetime, start: date | datetime, school: tzinfo) -> date | datetime:
    """A last day is the whole of it; a moment of a series of days is that day at the school."""
    if not isinstance(start, datetime):
        if isinstance(until, datetime):
            return until.astimezone(school).date() if until.tzinfo is not None else until.date()
        return until
    if not isinstance(until, datetime):
        until = datetime.combine(until, time(), start.tzinfo) + timedelta(days=1, seconds=-1)
    elif until.tzinfo is None:
        until = until.replace(tzinfo=start.tzinfo)
    return until.astimezone(UTC)
