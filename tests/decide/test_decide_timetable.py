from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.timetable import Timetable
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


def test_without_times_a_week_is_one_segment() -> None:
    timetable = Timetable({}, {})
    assert timetable.starts == (0,)
    assert timetable.segment(MONDAY.astimezone(ZoneInfo("Europe/London"))) == 0
    assert timetable.held(0) == 0
