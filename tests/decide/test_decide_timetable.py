from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.timetable import Timetable
from saywhy.policy.calendar import Calendar, joined
from saywhy.policy.school import Span, Times

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
clocks = st.sampled_from([time(0), time(0, 1), time(9), time(9, 30), time(12), time(22), time(23, 59)])
spans = st.builds(Span, st.frozensets(st.integers(0, 6)), clocks, clocks)
named = st.dictionaries(st.sampled_from("abcd"), st.lists(spans, max_size=3).map(tuple), min_size=4, max_size=4).map(
    lambda found: {name: Times(name, name, some) for name, some in found.items()}
)
moments = st.one_of(
    st.integers(0, 7 * 24 * 3600 * 10**6 - 1).map(lambda microseconds: MONDAY + timedelta(microseconds=microseconds)),
    st.builds(
        lambda day, clock, shift: (
            MONDAY + timedelta(days=day, hours=clock.hour, minutes=clock.minute, microseconds=shift)
        ),
        st.integers(0, 6),
        clocks,
        st.sampled_from([-1, 0, 1]),
    ),
)


@given(named, moments)
def test_a_moment_is_looked_up_as_asking_every_span_would_say(times: dict[str, Times], at: datetime) -> None:
    sets = {("a",): 1, ("a", "b"): 2, ("c", "d"): 4}
    timetable = Timetable(sets, times)
    asked = sum(bits for names, bits in sets.items() if any(times[name].cover(at) for name in names))
    assert timetable.held(timetable.segment(at)) == asked


@given(named, moments)
def test_nothing_changes_within_a_segment_and_each_lies_in_one_day(times: dict[str, Times], at: datetime) -> None:
    timetable = Timetable({(name,): 1 << n for n, name in enumerate("abcd")}, times)
    if len(timetable.starts) == 1:
        return
    started = timedelta(microseconds=timetable.starts[timetable.segment(at)])
    week = at - timedelta(
        days=at.weekday(), hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond
    )
    begin = week + started
    assert begin <= at
    assert begin.date() == at.date()
    assert [one.cover(begin) for one in times.values()] == [one.cover(at) for one in times.values()]


LONDON = ZoneInfo("Europe/London")
BEGUN = datetime(2026, 10, 19, tzinfo=UTC)  # the clocks are set back on the 25th
hours = st.integers(0, 21 * 24)
calendars = st.dictionaries(
    st.sampled_from("pqr"), st.lists(st.tuples(hours, hours), max_size=4), min_size=3, max_size=3
)
going_by = st.lists(
    st.tuples(st.sets(st.sampled_from("pqr"), max_size=2), st.sets(st.sampled_from("pqr"), max_size=2)),
    min_size=4,
    max_size=4,
)


@given(named, calendars, going_by, st.integers(0, 21 * 24 * 60), st.sampled_from([-1, 0]))
def test_with_calendars_a_moment_is_looked_up_as_asking_every_time_would_say(
    times: dict[str, Times],
    events: dict[str, list[tuple[int, int]]],
    by: list[tuple[set[str], set[str]]],
    minutes: int,
    shift: int,
) -> None:
    made = {
        name: Calendar(
            name, name, joined((BEGUN + timedelta(hours=one), BEGUN + timedelta(hours=two)) for one, two in found)
        )
        for name, found in events.items()
    }
    going = {
        name: Times(name, name, times[name].spans, tuple(only), tuple(without), made)
        for name, (only, without) in zip("abcd", by, strict=True)
    }
    sets = {("a",): 1, ("a", "b"): 2, ("c", "d"): 4}
    timetable = Timetable(sets, going)
    at = (BEGUN + timedelta(minutes=minutes, microseconds=shift)).astimezone(LONDON)
    asked = sum(bits for names, bits in sets.items() if any(going[name].cover(at) for name in names))
    assert timetable.held(timetable.segment(at)) == asked


def test_calendars_that_no_rule_goes_by_make_no_segments() -> None:
    calendar = Calendar("p", "p", joined([(BEGUN, BEGUN + timedelta(days=1))]))
    times = {
        "a": Times("a", "a", (Span(frozenset({0}), time(9), time(10)),)),
        "p": Times("p", "p", only=("p",), calendars={"p": calendar}),
    }
    assert Timetable({("a",): 1}, times).segment(BEGUN) < 9
    assert Timetable({("a",): 1, ("p",): 2}, times).segment(BEGUN) >= 9


def test_without_times_a_week_is_one_segment() -> None:
    timetable = Timetable({}, {})
    assert timetable.starts == (0,)
    assert timetable.segment(MONDAY.astimezone(ZoneInfo("Europe/London"))) == 0
    assert timetable.held(0) == 0
