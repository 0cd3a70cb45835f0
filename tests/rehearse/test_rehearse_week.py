from datetime import UTC, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from saywhy.policy.period import ALWAYS, Period
from saywhy.policy.rule import Effect
from saywhy.policy.school import Span, Times
from saywhy.rehearse.week import Week
from tests.decide.conftest import changed, engine, rule
from tests.policy.test_policy_period import periods

clocks = st.integers(0, 7).map(lambda eighth: time(eighth * 3))
spans = st.builds(Span, st.frozensets(st.integers(0, 6), min_size=1), clocks, clocks)
named = st.lists(st.lists(spans, min_size=1, max_size=2), min_size=1, max_size=3).map(
    lambda every: {str(number): Times(str(number), "", tuple(one)) for number, one in enumerate(every)}
)


@given(named)
@settings(deadline=None)
def test_every_set_of_times_that_holds_together_has_one_moment_and_holds_then(times: dict[str, Times]) -> None:
    school = changed(engine([]), times=times)
    moments = Week(school.policy).moments(frozenset(times))
    assert len({moment.active for moment in moments}) == len(moments)
    start = moments[0].at.replace(hour=0)
    assert start.weekday() == 0
    every = {
        frozenset(name for name, one in times.items() if one.cover(start + timedelta(minutes=minute)))
        for minute in range(0, 7 * 24 * 60, 30)
    }
    assert {moment.active for moment in moments} == every
    for moment in moments:
        assert moment.active == {name for name, one in times.items() if one.cover(moment.at)}


def test_without_times_one_moment_is_enough_and_a_moment_can_be_read() -> None:
    week = Week(engine([]).policy)
    assert len(week.moments(frozenset())) == 1
    told = [str(moment) for moment in week.moments(frozenset({"lessons", "night"}))]
    assert told == ["on Monday at 00:00", "on Monday at 09:00", "on Friday at 22:00"]


@given(named, st.lists(periods, min_size=1, max_size=3))
@settings(deadline=None, max_examples=30)
def test_with_dated_rules_every_set_that_holds_from_now_on_has_one_moment(
    times: dict[str, Times], dated: list[Period]
) -> None:
    """In the weeks around a change of clocks."""
    drawn = [rule(f"r{number}", Effect.ALLOW, everything=True, period=one) for number, one in enumerate(dated)]
    school = changed(engine(drawn), times=times)
    now = datetime(2026, 10, 22, 9, tzinfo=UTC)
    moments = Week(school.policy, now).moments(frozenset(times))
    assert len({(moment.active, moment.dated) for moment in moments}) == len(moments)
    zone = school.policy.school.timezone
    asked = [(now + timedelta(minutes=30 * half)).astimezone(zone) for half in range(48 * 21)]
    for (
        at
    ) in asked:  # what holds at a half hour, though it may have begun within it, is what holds at one of the moments
        held = frozenset(one for one in set(dated) - {ALWAYS} if one.covers(at))
        active = frozenset(name for name, one in times.items() if one.cover(at))
        assert (active, held) in {(moment.active, moment.dated) for moment in moments}
    for moment in moments:
        assert moment.at >= now
        assert moment.active == {name for name, one in times.items() if one.cover(moment.at)}
        assert moment.dated == {one for one in set(dated) - {ALWAYS} if one.covers(moment.at)}
