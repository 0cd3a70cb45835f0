"""What changed in a calendar, by its days: "26 to 30 October 2026 added; 2 November 2026 removed"."""

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from saywhy.policy.calendar import Calendar

_MOST_NAMED: Final = 3


def days_changed(old: Calendar, new: Calendar, zone: ZoneInfo) -> str:
    """The days of the school's zone that were added and removed, the first few of each; empty where none was."""
    told = ((new.beside(old), "added"), (old.beside(new), "removed"))
    return "; ".join(f"{_days(stretches, zone)} {what}" for stretches, what in told if stretches)


def stretch_in_words(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Whole days as days, "26 to 30 October 2026", and anything else from minute to minute."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    if first.time() != time() or last.time() != time():
        until = f"{last:%H:%M}" if last.date() == first.date() else f"{_day(last)} {last:%H:%M}"
        return f"{_day(first)} {first:%H:%M} to {until}"
    last -= timedelta(days=1)
    if last.date() <= first.date():
        return _day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {_day(last)}"
    begun = f"{first.day} {first:%B}" if first.year == last.year else _day(first)
    return f"{begun} to {_day(last)}"


def _days(stretches: tuple[tuple[datetime, datetime], ...], zone: ZoneInfo) -> str:
    named = [stretch_in_words(*stretch, zone) for stretch in stretches[:_MOST_NAMED]]
    rest = len(stretches) - len(named)
    return ", ".join(named) + (f" and {rest:,} more" if rest else "")


def _day(day: datetime) -> str:
    return f"{day.day} {day:%B %Y}"
