"""The stretches of time in which calendars and dated rules differ, from a moment on."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saywhy.decide.engine import Engine
from saywhy.policy.calendar import Calendar, Unheld, joined
from saywhy.policy.rule import Effect
from saywhy.policy.school import Times
from saywhy.rehearse.diff import Comparer
from saywhy.rehearse.diff_listed import compare_listed
from saywhy.rehearse.diff_tally import Tally
from saywhy.rehearse.lint_calendars import never_holds, remedy
from saywhy.rehearse.stretches import Dates, dates_of, joint
from saywhy.rehearse.upcoming import Event, upcoming
from saywhy.rehearse.week import Week
from tests.decide.conftest import policy, rule
from tests.policy.test_policy_calendar import calendar_of, named
from tests.rehearse.test_rehearse_week import named as weekly

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 10, 22, 9, tzinfo=UTC)  # the clocks are set back on the 25th
hours = st.integers(0, 30 * 24)
calendars = st.dictionaries(
    st.sampled_from("pqr"), st.lists(st.tuples(hours, hours), max_size=3), min_size=3, max_size=3
)
going_by = st.tuples(st.sets(st.sampled_from("pqr"), max_size=2), st.sets(st.sampled_from("pqr"), max_size=2))


@given(weekly, calendars, st.lists(going_by, min_size=3, max_size=3))
@settings(deadline=None, max_examples=30)
def test_every_set_of_times_that_holds_from_now_on_has_one_moment(
    spans: dict[str, Times], events: dict[str, list[tuple[int, int]]], by: list[tuple[set[str], set[str]]]
) -> None:
    made = {
        name: Calendar(
            name, name, joined((NOW + timedelta(hours=one), NOW + timedelta(hours=two)) for one, two in found)
        )
        for name, found in events.items()
    }
    times = {
        name: Times(name, name, one.spans, tuple(only), tuple(without), made)
        for (name, one), (only, without) in zip(spans.items(), by, strict=False)
    }
    school = policy([rule(name, Effect.ALLOW, everything=True, times=(name,)) for name in times], times=times)
    moments = Week(school, NOW).moments(frozenset(times))
    assert len({moment.active for moment in moments}) == len(moments)
    asked = [(NOW + timedelta(minutes=30 * half)).astimezone(LONDON) for half in range(48 * 40)]
    held = {frozenset(name for name, one in times.items() if one.cover(at)) for at in asked}
    assert held <= {moment.active for moment in moments}
    for moment in moments:
        assert moment.at >= NOW
        assert moment.active == {name for name, one in times.items() if one.cover(moment.at)}


def test_a_calendar_of_many_years_has_a_few_stretches() -> None:
    mondays = [date(2026, 9, 7) + timedelta(days=14 * number) for number in range(600)]
    weeks = calendar_of("week-a", *[(one, one + timedelta(days=4)) for one in mondays])
    found = list(Dates(frozenset(), (weeks,), LONDON).stretches(NOW))
    assert len(found) <= 6
    assert found[0][0] == NOW


def test_only_calendars_that_rules_go_by_count() -> None:
    one, other = (calendar_of(name, (date(2026, 11, 2), date(2026, 11, 3))) for name in ("one", "other"))
    school = policy([rule("a", everything=True, times=("one",))], times=named(one, other))
    assert dates_of(school).calendars == (one,)
    assert not dates_of(policy([]))
    assert joint((dates_of(school), dates_of(school))).calendars == (one,)


HOLIDAYS = calendar_of("holidays", (date(2026, 10, 26), date(2026, 10, 30)), (date(2026, 12, 21), date(2027, 1, 1)))
OPEN = rule("open", Effect.ALLOW, domains=("play.example",), times=("holidays",))
CLOSED = rule("closed", domains=("play.example",))


def test_a_difference_that_shows_in_the_holidays_alone_is_found() -> None:
    was, now = (policy([*more, CLOSED], times=named(HOLIDAYS)) for more in ([], [OPEN]))
    tally = Tally()
    compare_listed(Comparer(Engine(was), Engine(now)), date(2026, 11, 23), tally)
    assert [kind for kind, _ in tally.found()] == ["newly-opened"]


def test_a_calendar_that_changed_is_found_by_its_days() -> None:
    other = calendar_of("holidays", (date(2026, 10, 26), date(2026, 10, 30)))
    was, now = (policy([OPEN, CLOSED], times=named(one)) for one in (HOLIDAYS, other))
    tally = Tally()
    compare_listed(Comparer(Engine(was), Engine(now)), date(2026, 11, 23), tally)
    assert [kind for kind, _ in tally.found()] == ["newly-blocked"]


def test_the_last_event_of_a_calendar_comes_and_is_overdue_afterwards() -> None:
    empty = Calendar("trips", "trips", (), "calendars/trips.ics", (Unheld.CANCELLED, Unheld.OUTSIDE))
    school = policy([OPEN, rule("trip", Effect.ALLOW, times=("trips",))], times=named(HOLIDAYS, empty))
    for now, days, expected in (
        (datetime(2026, 12, 20, tzinfo=UTC), 30, date(2027, 1, 1)),
        (datetime(2027, 3, 1, tzinfo=UTC), 0, date(2027, 1, 1)),
        (datetime(2026, 11, 1, tzinfo=UTC), 30, None),
    ):
        found = [one for one in upcoming(school, (), (), now, days) if one.event is Event.CALENDAR_ENDS]
        assert [one.day for one in found if one.about == "holidays"] == ([] if expected is None else [expected])
        assert [one.told for one in found if one.about == "trips"] == [
            (
                "calendar trips never holds, since its events are cancelled or outside of the years 2020 to 2049: "
                "put the days to come into calendars/trips.ics, and name their events"
            )
        ]
    assert found[0].day == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("unheld", "said", "to_do"),
    [
        ((), "never holds", "put the days to come into a.ics, and name their events"),
        (
            (Unheld.NO_LENGTH,),
            "never holds, since its events are over at the moment at which they begin",
            "write in a.ics when they end, or make whole days of them",
        ),
        (
            (Unheld.CANCELLED, Unheld.NO_LENGTH),
            "never holds, since its events are cancelled or over at the moment at which they begin",
            "put the days to come into a.ics, and name their events",
        ),
    ],
)
def test_why_a_calendar_never_holds_is_told_as_it_is(unheld: tuple[Unheld, ...], said: str, to_do: str) -> None:
    calendar = Calendar("trips", "trips", (), "a.ics", unheld)
    assert (never_holds(calendar), remedy(calendar)) == (said, to_do)
