"""What changed in a calendar, in words."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from saywhy.policy.calendar import Calendar, joined
from saywhy.policy.changes.calendar_days import days_changed
from tests.policy.test_policy_calendar import at, calendar_of

LONDON = ZoneInfo("Europe/London")
HALF_TERM = (date(2026, 10, 26), date(2026, 10, 30))
CHRISTMAS = (date(2026, 12, 21), date(2027, 1, 1))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ((), (HALF_TERM,), "26 to 30 October 2026 added"),
        ((HALF_TERM,), (), "26 to 30 October 2026 removed"),
        ((HALF_TERM,), (CHRISTMAS,), "21 December 2026 to 1 January 2027 added; 26 to 30 October 2026 removed"),
        ((HALF_TERM,), ((date(2026, 10, 26), date(2026, 11, 2)),), "31 October to 2 November 2026 added"),
        ((HALF_TERM,), ((date(2026, 10, 27), date(2026, 10, 30)),), "26 October 2026 removed"),
        ((HALF_TERM,), (HALF_TERM,), ""),
    ],
)
def test_days_that_were_added_and_removed_are_named(
    old: tuple[tuple[date, date], ...], new: tuple[tuple[date, date], ...], told: str
) -> None:
    assert days_changed(calendar_of("x", *old), calendar_of("x", *new), LONDON) == told


def test_hours_are_told_to_the_minute_and_many_are_counted() -> None:
    day = date(2026, 10, 26)
    late = Calendar("x", "", joined([(at(day, time(22)), at(day + timedelta(days=1), time(6)))]))
    assert days_changed(Calendar("x", ""), late, LONDON) == "26 October 2026 22:00 to 27 October 2026 06:00 added"
    days = [(day + timedelta(days=2 * number),) * 2 for number in range(5)]
    told = days_changed(Calendar("x", ""), calendar_of("x", *[(one, one) for one, _ in days]), LONDON)
    assert told == "26 October 2026, 28 October 2026, 30 October 2026 and 2 more added"
    noon = Calendar("x", "", joined([(at(day, time(12)), at(day, time(13)))]))
    assert days_changed(noon, Calendar("x", ""), LONDON) == "26 October 2026 12:00 to 13:00 removed"
