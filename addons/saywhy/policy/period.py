"""From when until when a rule holds: days or minutes of the calendar, in the school's own time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_RESOLUTION: Final = timedelta(microseconds=1)
_UTC_ZONE: Final = ZoneInfo("UTC")


def day_in_words(day: date) -> str:
    """Like "Friday 27 November 2026"."""
    return f"{day:%A} {day.day} {day:%B %Y}"


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, or a minute of it, as a clock at the school shows it."""

    day: date
    at: time | None = None

    def __str__(self) -> str:
        """As it is written: 2026-12-04, or 2026-12-04 08:30."""
        return str(self.day) if self.at is None else f"{self.day} {self.at:%H:%M}"

    @property
    def told(self) -> str:
        """In a sentence: "Friday 4 December 2026 at 08:30"."""
        day = day_in_words(self.day)
        return day if self.at is None else f"{day} at {self.at:%H:%M}"


@dataclass(frozen=True, slots=True)
class Period:
    """Between two moments; None where there is no end on that side. A last day without a minute counts whole."""

    begins: Moment | None = None
    ends: Moment | None = None
    zone: ZoneInfo = _UTC_ZONE

    @property
    def start(self) -> datetime | None:
        """The first moment (UTC). Where clocks are set back, the first of the two that are shown alike."""
        one = self.begins
        return None if one is None else _shown(datetime.combine(one.day, one.at or time(), self.zone))

    @property
    def end(self) -> datetime | None:
        """The moment (UTC) at which it is over."""
        one = self.ends
        if one is None:
            return None
        day, at = (one.day + timedelta(days=1), time()) if one.at is None else (one.day, one.at)
        return _shown(datetime.combine(day, at, self.zone))

    @property
    def is_empty(self) -> bool:
        """Whether it has no moment: both of its ends lie in an hour that clocks pass over."""
        start, end = self.start, self.end
        return start is not None and end is not None and end <= start

    def covers(self, at: datetime) -> bool:
        """Whether an aware moment lies in it."""
        start, end = self.start, self.end
        return (start is None or start <= at) and (end is None or at < end)

    def contains(self, other: "Period") -> bool:
        """Whether the other one lies wholly in it."""
        start, end = self.start, self.end
        begins = start is None or (other.start is not None and start <= other.start)
        return begins and (end is None or (other.end is not None and other.end <= end))

    def overlaps(self, other: "Period") -> bool:
        """Whether some moment lies in both."""
        before = self.end is not None and other.start is not None and self.end <= other.start
        after = other.end is not None and self.start is not None and other.end <= self.start
        return not (before or after)

    def is_over(self, at: datetime) -> bool:
        """Whether it has ended by an aware moment."""
        return self.end is not None and self.end <= at

    def why_not(self, at: datetime) -> str:
        """Why a moment does not lie in it: "it begins on …", "it ended on …"; empty where it does."""
        start, end = self.start, self.end
        if start is not None and at < start and self.begins is not None:
            return f"it begins on {self.begins.told}"
        if end is not None and end <= at and self.ends is not None:
            return f"it ended {'with' if self.ends.at is None else 'on'} {self.ends.told}"
        return ""


def _shown(local: datetime) -> datetime:
    """The moment (UTC) at which clocks first show this time or, where they are set forward over it, a later one."""
    found = local.astimezone(UTC)
    if found.astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None):
        return found
    before = local.replace(fold=1).astimezone(UTC)  # somewhere from here on until `found` they are set forward
    forward = local.replace(fold=1).utcoffset()
    while found - before > _RESOLUTION:
        middle = before + (found - before) / 2
        before, found = (before, middle) if middle.astimezone(local.tzinfo).utcoffset() == forward else (middle, found)
    return found


ALWAYS: Final = Period()
