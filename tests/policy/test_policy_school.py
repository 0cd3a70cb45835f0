from datetime import UTC, datetime, time, timedelta
from ipaddress import ip_address, ip_network
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.policy.school import Place, Reach, Span, Times, most_specific_first

LONDON = ZoneInfo("Europe/London")
EVERY_DAY = frozenset(range(7))
LESSONS = Span(frozenset(range(5)), time(9, 15), time(12, 20))
FRIDAY_NIGHT = Span(frozenset({4}), time(22), time(6))
clocks = st.times().map(lambda one: one.replace(microsecond=0, tzinfo=None))
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001 - the strategy wants bounds without a zone


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("span", "moment", "inside"),
    [
        (LESSONS, "2026-09-07 09:14:59", False),  # a Monday
        (LESSONS, "2026-09-07 09:15:00", True),
        (LESSONS, "2026-09-07 12:19:59", True),
        (LESSONS, "2026-09-07 12:20:00", False),
        (LESSONS, "2026-09-05 10:00:00", False),  # a Saturday
        (FRIDAY_NIGHT, "2026-09-04 21:59:59", False),
        (FRIDAY_NIGHT, "2026-09-04 22:00:00", True),
        (FRIDAY_NIGHT, "2026-09-05 05:59:59", True),
        (FRIDAY_NIGHT, "2026-09-05 06:00:00", False),
        (FRIDAY_NIGHT, "2026-09-04 05:00:00", False),  # the night of Thursday
        (FRIDAY_NIGHT, "2026-09-05 22:30:00", False),
        (Span(frozenset({6}), time(18), time(0)), "2026-09-06 23:59:59", True),  # until midnight
        (Span(frozenset({6}), time(18), time(0)), "2026-09-07 00:00:00", False),
        (Span(frozenset({0}), time(0), time(0)), "2026-09-07 00:00:00", True),  # the whole Monday
        (Span(frozenset({0}), time(0), time(0)), "2026-09-08 00:00:00", False),
    ],
)
def test_a_span_covers(span: Span, moment: str, inside: bool) -> None:
    assert span.covers(at(moment)) is inside


@pytest.mark.parametrize(
    ("span", "moment", "ends"),
    [
        (LESSONS, "2026-09-07 09:15:00", "2026-09-07 12:20:00"),
        (LESSONS, "2026-09-07 12:20:00", None),
        (FRIDAY_NIGHT, "2026-09-04 22:00:00", "2026-09-05 06:00:00"),
        (FRIDAY_NIGHT, "2026-09-05 05:59:59", "2026-09-05 06:00:00"),
        (Span(frozenset({0}), time(0), time(0)), "2026-09-07 12:00:00", "2026-09-08 00:00:00"),
    ],
)
def test_a_span_that_goes_on_ends(span: Span, moment: str, ends: str | None) -> None:
    assert span.end_at(at(moment)) == (None if ends is None else at(ends))


@pytest.mark.parametrize(
    ("utc", "inside"),
    [
        ("2026-03-29T00:59:00+00:00", True),  # 00:59 GMT; an hour later it is 02:59 BST
        ("2026-03-29T01:00:00+00:00", False),  # 02:00 BST: the clock has skipped from 01:00
        ("2026-10-25T00:30:00+00:00", True),  # 01:30 BST
        ("2026-10-25T01:30:00+00:00", True),  # 01:30 again, GMT
        ("2026-10-25T02:00:00+00:00", False),
    ],
)
def test_a_span_goes_by_the_clock_on_the_wall_when_the_clock_changes(utc: str, inside: bool) -> None:
    span = Span(EVERY_DAY, time(23), time(2))
    assert span.covers(datetime.fromisoformat(utc).astimezone(LONDON)) is inside


@given(clocks, clocks, moments)
def test_a_span_and_its_reverse_share_out_the_day(start: time, until: time, moment: datetime) -> None:
    local = moment.astimezone(LONDON)
    if start == until:
        assert Span(EVERY_DAY, start, until).covers(local)
    else:
        assert Span(EVERY_DAY, start, until).covers(local) is not Span(EVERY_DAY, until, start).covers(local)


@given(clocks, clocks, st.integers(0, 6), moments)
def test_a_span_over_midnight_is_its_two_parts(start: time, until: time, day: int, moment: datetime) -> None:
    start, until = max(start, until), min(start, until)
    local = moment.astimezone(LONDON)
    evening = local.weekday() == day and local.time() >= start
    morning = (local.date() - timedelta(days=1)).weekday() == day and local.time() < until
    assert Span(frozenset({day}), start, until).covers(local) is (evening or morning)


def test_times_cover_what_one_of_their_spans_covers() -> None:
    times = Times("lessons", "lesson time", (LESSONS, FRIDAY_NIGHT))
    assert times.cover(at("2026-09-07 10:00"))
    assert times.cover(at("2026-09-04 23:00"))
    assert not times.cover(at("2026-09-07 23:00"))


def test_the_narrowest_place_comes_first_and_equals_keep_their_order() -> None:
    wide = Place("Site", ip_network("10.30.0.0/16"), ("students",))
    first = Place("Library", ip_network("10.30.7.0/24"), ("year7",))
    second = Place("Hall", ip_network("10.30.8.0/24"), ("year8",))
    assert most_specific_first([wide, first, second]) == (first, second, wide)


def test_reach_names_addresses_of_its_networks_alone() -> None:
    reach = Reach(addresses=(ip_network("10.30.0.0/24"), ip_network("fd00::/64")))
    assert reach.names(ip_address("10.30.0.9"))
    assert reach.names(ip_address("fd00::9"))
    assert not reach.names(ip_address("10.30.1.9"))
    assert not Reach().names(ip_address("10.30.0.9"))
