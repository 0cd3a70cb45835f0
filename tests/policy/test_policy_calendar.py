"""Calendars as values: stretches of time that are looked up, and times that go by them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.policy.calendar import Calendar, joined
from saywhy.policy.school import Span, Times

LONDON = ZoneInfo("Europe/London")
EPOCH = datetime(2026, 10, 1, tzinfo=UTC)
stretches = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6)


def at(day: date, clock: time = time()) -> datetime:
    """A moment at a school in London."""
    return datetime.combine(day, clock, LONDON)


def calendar_of(name: str, *days: tuple[date, date]) -> Calendar:
    """A calendar of whole days in London, each stretch from its first to its last day."""
    return Calendar(
        name, name, joined((at(first), at(last + timedelta(days=1))) for first, last in days), "c/school.ics"
    )


def named(*calendars: Calendar) -> dict[str, Times]:
    """Calendars as the times that they are."""
    return {one.id: Times(one.id, one.label, only=(one.id,), calendars={one.id: one}) for one in calendars}


def _made(found: Iterable[tuple[int, int]]) -> Calendar:
    return Calendar("x", "x", joined((_hour(start), _hour(end)) for start, end in found))


def _hour(number: float) -> datetime:
    return EPOCH + timedelta(hours=number)


@given(stretches, st.integers(-1, 61))
def test_a_moment_is_in_a_calendar_where_it_is_in_one_of_its_stretches(found: list[tuple[int, int]], hour: int) -> None:
    calendar = _made(found)
    assert calendar.covers(_hour(hour)) is any(start <= hour < end for start, end in found)
    end = calendar.end_at(_hour(hour))
    assert (end is None) is not calendar.covers(_hour(hour))
    if end is not None:
        assert not calendar.covers(end)
        assert calendar.covers(end - timedelta(microseconds=1))


@given(stretches, stretches, st.integers(-1, 61))
def test_what_is_beside_another_is_in_the_one_and_not_in_the_other(
    one: list[tuple[int, int]], other: list[tuple[int, int]], hour: int
) -> None:
    first, second = _made(one), _made(other)
    moment = _hour(hour + 0.5)
    beside = any(start <= moment < end for start, end in first.beside(second))
    assert beside is (first.covers(moment) and not second.covers(moment))
    assert first.beside(first) == ()


@given(stretches, st.integers(0, 60), st.integers(0, 60))
def test_edges_between_are_those_after_the_first_and_up_to_the_last(
    found: list[tuple[int, int]], start: int, end: int
) -> None:
    calendar = _made(found)
    edges = {edge for stretch in calendar.stretches for edge in stretch}
    assert calendar.edges_between(_hour(start), _hour(end)) == tuple(
        sorted(edge for edge in edges if _hour(start) < edge <= _hour(end))
    )


@pytest.mark.parametrize("edges", [(1.0,), (2.0, 1.0), (1.0, 1.0), (1.0, 2.0, 2.0, 3.0)])
def test_edges_that_cannot_be_looked_up_are_no_calendar(edges: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="come in pairs"):
        Calendar("x", "x", edges)


def test_the_end_is_that_of_the_last_event() -> None:
    assert Calendar("x", "x").ends is None
    assert calendar_of("x", (date(2026, 10, 26), date(2026, 10, 30))).ends == datetime(2026, 10, 31, tzinfo=UTC)


MORNINGS = Span(frozenset(range(5)), time(9), time(12))
TERM = calendar_of("term", (date(2026, 9, 1), date(2026, 12, 18)))
HOLIDAYS = calendar_of("holidays", (date(2026, 10, 26), date(2026, 10, 30)))
CALENDARS = {"term": TERM, "holidays": HOLIDAYS}


@pytest.mark.parametrize(
    ("day", "kept_by"),
    [
        (date(2026, 10, 23), None),
        (date(2026, 10, 26), "holidays"),
        (date(2026, 12, 21), "term"),
        (date(2026, 8, 31), "term"),
    ],
)
def test_times_hold_where_their_calendars_let_them(day: date, kept_by: str | None) -> None:
    times = Times("lessons", "", (MORNINGS,), ("term",), ("holidays",), CALENDARS)
    assert times.kept_by(at(day, time(9))) == kept_by
    assert times.cover(at(day, time(9))) is (kept_by is None)
    assert not times.cover(at(day, time(12)))


def test_times_end_where_their_span_or_their_calendar_does() -> None:
    noon = Calendar("trip", "", joined([(at(date(2026, 10, 23), time(11)), at(date(2026, 10, 23), time(14)))]))
    times = Times("lessons", "", (MORNINGS,), ("term",), ("trip",), {"term": TERM, "trip": noon})
    assert times.end_at(at(date(2026, 10, 22), time(9, 30))) == at(date(2026, 10, 22), time(12))
    assert times.end_at(at(date(2026, 10, 23), time(9, 30))) == at(date(2026, 10, 23), time(11))
    assert times.end_at(at(date(2026, 10, 23), time(11, 30))) is None
    assert named(TERM)["term"].end_at(at(date(2026, 10, 22), time(9, 30))) == at(date(2026, 10, 23))


def test_what_a_calendar_holds_is_no_part_of_what_times_say() -> None:
    other = {"term": HOLIDAYS, "holidays": TERM}
    one, two = (Times("lessons", "", (MORNINGS,), ("term",), ("holidays",), held) for held in (CALENDARS, other))
    assert one == two
    assert hash(one) == hash(two)
