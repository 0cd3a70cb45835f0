"""How an event comes again (RRULE, section 3.3.10): what a school's calendar can need of it, and nothing without end."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import product
from math import prod
from typing import Final

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
_LEAP_YEAR: Final = 2028


def checked_rule(text: str, number: int, start: date | datetime, school: tzinfo) -> vRecur:
    """The rule of an event that begins so; its UNTIL is of the kind that its days or moments are. Raises CalendarError."""
    parts = [part.strip() for part in text.split(";") if part.strip()]
    keys = [part.partition("=")[0].strip().upper() for part in parts]
    for key, part in zip(keys, parts, strict=True):
        if key not in _KNOWN or "=" not in part or keys.count(key) > 1:
            raise _wrong(number, f"{quoted(part)} cannot be part of it")
    try:
        rule: vRecur = vRecur.from_ical(";".join(parts).upper())
    except ValueError:
        raise _wrong(number, f"{quoted(text)} cannot be read") from None
    if "FREQ" not in rule or str(rule["FREQ"][0]) not in _FREQUENCIES:
        raise _wrong(number, f"of FREQ, {', '.join(_FREQUENCIES)} are read")
    if any(len(rule.get(key, [0])) > 1 for key in _ONE):
        raise _wrong(number, f"{quoted(text)} names two of what there is one of")
    if any(one < 1 for key in ("INTERVAL", "COUNT") for one in rule.get(key, [1])):
        raise _wrong(number, "INTERVAL and COUNT are 1 or more")
    if prod(len(rule.get(key, [0])) for key in ("BYHOUR", "BYMINUTE", "BYSECOND")) > _MOST_A_DAY:
        raise _wrong(number, f"it comes more than {_MOST_A_DAY} times a day")
    if _never(rule):
        raise _wrong(number, f"{quoted(text)} means no day at all")
    if "UNTIL" in rule:
        rule["UNTIL"] = [_until(rule["UNTIL"][0], start, school)]
    return rule


def _wrong(number: int, what: str) -> CalendarError:
    return CalendarError(number, f"how this event comes again (RRULE) cannot be used: {what}")


def _never(rule: vRecur) -> bool:
    """Whether it names only days that no month has, or the second moment of days with one; looking for it takes long."""
    if "BYSETPOS" in rule and str(rule["FREQ"][0]) == "DAILY":
        return True
    days, months = rule.get("BYMONTHDAY", []), rule.get("BYMONTH", [])
    lengths = [monthrange(_LEAP_YEAR, int(month))[1] if 1 <= int(month) <= 12 else 0 for month in months] or [31]
    return bool(days) and not any(1 <= abs(day) <= length for day, length in product(days, lengths))


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
