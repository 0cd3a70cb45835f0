"""A moment as somebody writes it, for `--at` and for `when` in a test, in the school's own time."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK: Final = re.compile(r"(?:(?P<day>[a-z]+)\s+)?(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})")
_FORMS: Final = "write a time like 10:00, monday 10:00 or 2026-11-23T10:00"


def parse_moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Read `10:00` (today), `monday 10:00` (today or the next such day) or an ISO 8601 date and time.

    What carries no zone of its own is the school's local time. Raises ValueError with what to write instead.
    """
    plain = " ".join(text.split()).lower()
    today = now.astimezone(zone).date()
    clock = _CLOCK.fullmatch(plain)
    if clock is not None:
        return _local(_day(clock["day"], today), _time(clock["hour"], clock["minute"]), zone)
    try:
        written = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is no time; {_FORMS}") from None
    if ":" not in text:
        raise ValueError(f"{text!r} has no time of day; {_FORMS}")
    if written.tzinfo is None:
        return _local(written.date(), written.time(), zone)
    try:
        return written.astimezone(zone)
    except OverflowError:
        raise ValueError(f"{text!r} is too far away; {_FORMS}") from None


def _day(name: str | None, today: date) -> date:
    if name is None:
        return today
    meant = [number for number, day in enumerate(DAYS) if day.startswith(name) and len(name) >= 3]
    if len(meant) != 1:
        raise ValueError(f"{name!r} is no day of the week; {_FORMS}")
    return today + timedelta(days=(meant[0] - today.weekday()) % 7)


def _time(hour: str, minute: str) -> time:
    try:
        return time(int(hour), int(minute))
    except ValueError:
        raise ValueError(f"{hour}:{minute} is no time of day; {_FORMS}") from None


def _local(day: date, clock: time, zone: ZoneInfo) -> datetime:
    local = datetime.combine(day, clock, zone)
    try:
        there_and_back = local.astimezone(UTC).astimezone(zone)
    except OverflowError:
        raise ValueError(f"{day.isoformat()} is too far away; {_FORMS}") from None
    if there_and_back.replace(tzinfo=None) != local.replace(tzinfo=None):
        raise ValueError(f"there is no {clock:%H:%M} on {day.isoformat()} in {zone.key}: the clocks go forward then")
    return local
