"""Time as school counts it: properties that hold of any two moments."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from saywhy.exceptions.school_hours import after, passed, stretches
from saywhy.policy.policy import Policy
from tests.exceptions.conftest import SCHOOL, school

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 — it is given one
SPANS = st.integers(1, 60 * 60 * 40).map(lambda seconds: timedelta(seconds=seconds))


@cache
def policy() -> Policy:
    """Lessons with a break between them, and none at the weekend."""
    with TemporaryDirectory() as folder:
        lessons = "default: allow\ntimes:\n  lessons: [{days: mon-fri, from: 09:00, until: 12:00}, {days: mon-fri, from: 13:00, until: 15:00}]\n"
        return school(Path(folder) / "policies", SCHOOL.replace("default: allow\n", lessons)).policy


@settings(max_examples=60, deadline=None)
@given(MOMENTS, SPANS)
def test_so_much_time_has_passed_when_it_is_over(start: datetime, span: timedelta) -> None:
    end = after(policy(), start, span)
    assert end is not None
    assert end > start
    assert passed(policy(), start, end) == span
    assert passed(policy(), start, end - timedelta(microseconds=1)) < span


@settings(max_examples=60, deadline=None)
@given(st.tuples(MOMENTS, st.integers(0, 10**6), st.integers(0, 10**6)))
def test_time_adds_up_and_never_runs_back(times: tuple[datetime, int, int]) -> None:
    first, second = times[0], times[0] + timedelta(seconds=times[1])
    third = second + timedelta(seconds=times[2])
    assert passed(policy(), first, third) == passed(policy(), first, second) + passed(policy(), second, third)
    assert passed(policy(), third, first) == timedelta()


def test_breaks_count_and_nights_and_weekends_do_not() -> None:
    monday = stretches(policy(), date(2026, 11, 23))
    assert [(one.hour, other.hour) for one, other in monday] == [(9, 15)]
    assert stretches(policy(), date(2026, 11, 22)) == []
    friday = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)
    assert after(policy(), friday, timedelta(hours=1)) == datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
    assert stretches(policy(), date(2026, 7, 6))[0][0].hour == 8, "by the clock on the wall"
