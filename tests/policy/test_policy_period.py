"""Days and minutes between which a rule holds, by the clock of the school."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.policy.period import ALWAYS, Moment, Period

LONDON = ZoneInfo("Europe/London")
THURSDAY = Moment(date(2026, 12, 10))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("period", "moment", "covered"),
    [
        (Period(None, THURSDAY, LONDON), "2026-12-10 23:59:59", True),  # the last day counts whole
        (Period(None, THURSDAY, LONDON), "2026-12-11 00:00", False),
        (Period(THURSDAY, None, LONDON), "2026-12-09 23:59:59", False),
        (Period(THURSDAY, None, LONDON), "2026-12-10 00:00", True),
        (Period(None, Moment(date(2026, 12, 10), time(12, 30)), LONDON), "2026-12-10 12:29:59", True),
        (Period(None, Moment(date(2026, 12, 10), time(12, 30)), LONDON), "2026-12-10 12:30", False),
        (Period(THURSDAY, THURSDAY, LONDON), "2026-12-10 12:00", True),
        (ALWAYS, "1999-01-01 00:00", True),
    ],
)
def test_what_lies_in_it(period: Period, moment: str, covered: bool) -> None:
    assert period.covers(at(moment)) is covered
    assert period.covers(at(moment).astimezone(UTC)) is covered
    assert bool(period.why_not(at(moment))) is not covered


def test_days_are_as_long_as_they_are_where_clocks_change() -> None:
    for day, hours in ((date(2027, 3, 28), 23), (date(2026, 10, 25), 25), (date(2026, 12, 10), 24)):
        period = Period(Moment(day), Moment(day), LONDON)
        assert period.start is not None
        assert period.end is not None
        assert period.end - period.start == timedelta(hours=hours)


NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("zone", "day", "begins", "ends", "start", "end"),
    [  # in London 01:00 becomes 02:00, at 01:00 UTC; in New York 02:00 becomes 03:00, at 07:00 UTC
        (LONDON, date(2027, 3, 28), "00:30", "01:30", "00:30", "01:00"),
        (LONDON, date(2027, 3, 28), "01:45", "02:15", "01:00", "01:15"),
        (LONDON, date(2027, 3, 28), "01:30", "01:45", "01:00", "01:00"),
        (LONDON, date(2027, 3, 28), "01:00", "02:00", "01:00", "01:00"),
        (NEW_YORK, date(2027, 3, 14), "02:10", "03:10", "07:00", "07:10"),
        (LONDON, date(2026, 10, 25), "01:30", "01:45", "00:30", "00:45"),
    ],
)
def test_an_hour_that_clocks_pass_over_is_the_moment_at_which_they_do(
    zone: ZoneInfo, day: date, begins: str, ends: str, start: str, end: str
) -> None:
    period = Period(Moment(day, time.fromisoformat(begins)), Moment(day, time.fromisoformat(ends)), zone)
    told = [datetime.combine(day, time.fromisoformat(one), UTC) for one in (start, end)]
    assert [period.start, period.end] == told
    assert period.is_empty is (start == end)


def test_it_says_when_it_begins_and_ended() -> None:
    period = Period(Moment(date(2026, 12, 4), time(8, 30)), THURSDAY, LONDON)
    assert period.why_not(at("2026-12-01")) == "it begins on Friday 4 December 2026 at 08:30"
    assert period.why_not(at("2026-12-11")) == "it ended with Thursday 10 December 2026"
    assert (str(period.begins), str(period.ends)) == ("2026-12-04 08:30", "2026-12-10")


moments = st.none() | st.builds(
    Moment,
    st.dates(date(2026, 10, 20), date(2026, 11, 2)),
    st.none() | st.times().map(lambda one: one.replace(second=0, microsecond=0)),
)
periods = st.builds(Period, moments, moments, st.just(LONDON))


@given(
    periods,
    periods,
    st.datetimes(datetime.fromisoformat("2026-10-18"), datetime.fromisoformat("2026-11-05"), timezones=st.just(UTC)),
)
def test_what_it_contains_lies_in_it(one: Period, other: Period, moment: datetime) -> None:
    if one.contains(other) and other.covers(moment):
        assert one.covers(moment)


@given(
    periods,
    periods,
    st.datetimes(datetime.fromisoformat("2026-10-18"), datetime.fromisoformat("2026-11-05"), timezones=st.just(UTC)),
)
def test_two_that_share_a_moment_overlap_and_one_that_is_over_covers_nothing_later(
    one: Period, other: Period, moment: datetime
) -> None:
    if one.covers(moment) and other.covers(moment):
        assert one.overlaps(other)
        assert other.overlaps(one)
    if one.is_over(moment):
        assert not one.covers(moment + timedelta(hours=1))
