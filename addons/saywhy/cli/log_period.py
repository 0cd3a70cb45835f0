"""A stretch of time as somebody writes it for `saywhy log`: today, yesterday, 15m, a day, a moment."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from saywhy.rehearse.parse_moment import parse_moment

_AGO: Final = re.compile(r"([0-9]{1,5}) ?(s|m|min|h|d|w)")
_UNITS: Final = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAY: Final = timedelta(days=1)
_FORMS: Final = "write today, yesterday, 15m, 2h, 3d, 10:00, monday 10:00, 2026-11-23 or 2026-11-23T10:00"


def parse_period(text: str, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When it begins and ends (aware): a day is long, a moment is not. Raises ValueError with what to write instead.

    "15m" is so long ago. A weekday's time is the last one that is over.
    """
    plain = " ".join(text.split()).lower()
    today = now.astimezone(zone).date()
    ago = _AGO.fullmatch(plain)
    try:
        if ago is not None:
            moment = now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            return moment, moment
        if plain in {"today", "yesterday"}:
            return _whole(today if plain == "today" else today - _DAY, zone)
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", plain):
            return _whole(date.fromisoformat(plain), zone)
        moment = parse_moment(text, now, zone)
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:60]!r} is no time; {_FORMS}") from None
    if moment > now and re.match(r"[a-z]{3,}\s", plain):
        moment = datetime.combine(moment.date() - timedelta(days=7), moment.time(), zone)
    return moment, moment


def _whole(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    begins, ends = (datetime.combine(one, time.min, zone) for one in (day, day + _DAY))
    return begins.astimezone(UTC), ends.astimezone(UTC)
