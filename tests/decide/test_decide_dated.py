"""Rules that begin and end: which hold is looked up, and is what each rule's own period says."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.access import Access, Subject, subject_in, target_of_url
from saywhy.decide.dated import Dated
from saywhy.decide.decide import decide
from saywhy.decide.decision import Mismatch, Reason
from saywhy.decide.grants import NO_GRANTS
from saywhy.decide.trace import trace
from saywhy.explain.opening import opens_today
from saywhy.policy.calendar import Calendar, joined
from saywhy.policy.period import Moment, Period
from saywhy.policy.rule import Effect
from saywhy.policy.school import Span, Times
from tests.decide.conftest import engine, rule
from tests.policy.test_policy_period import periods

LONDON = ZoneInfo("Europe/London")
TRIP = rule(
    "trip",
    Effect.ALLOW,
    domains=("a.example",),
    period=Period(Moment(date(2026, 12, 4), time(8, 30)), Moment(date(2026, 12, 4)), LONDON),
)
CLOSED = rule("closed", domains=("a.example",))


@given(
    st.dictionaries(periods, st.integers(0, 5), max_size=6),
    st.datetimes(datetime.fromisoformat("2026-10-18"), datetime.fromisoformat("2026-11-05"), timezones=st.just(UTC)),
)
def test_what_holds_is_what_each_period_says(some: dict[Period, int], moment: datetime) -> None:
    sets = {period: 1 << number for number, period in enumerate(some)}
    expected = sum(bit for period, bit in sets.items() if period.covers(moment))
    undated = 1 << len(sets)
    assert Dated(sets, undated).held(moment) == expected | undated


@pytest.mark.parametrize(
    ("moment", "decides", "why"),
    [
        ("2026-12-04 08:29:59", "closed", Mismatch.DATE),
        ("2026-12-04 08:30", "trip", None),
        ("2026-12-04 23:59", "trip", None),
        ("2026-12-05 00:00", "closed", Mismatch.DATE),
    ],
)
def test_a_rule_decides_from_its_beginning_to_its_end(moment: str, decides: str, why: Mismatch | None) -> None:
    school = engine([TRIP, CLOSED])
    when = datetime.fromisoformat(moment).replace(tzinfo=LONDON)
    access = Access(subject_in(school.policy, ("year9",)), target_of_url("https://a.example/"), when)
    decision = decide(school, NO_GRANTS, access)
    assert decision.rule is not None
    assert (decision.rule.id, decision.reason) == (decides, Reason.RULE)
    assert [step.mismatch for step in trace(school, access, decision)] == ([] if why is None else [why])


def test_a_page_says_when_it_opens_today() -> None:
    school = engine([TRIP, CLOSED])
    morning = datetime(2026, 12, 4, 7, tzinfo=LONDON)
    access = Access(subject_in(school.policy, ("year9",)), target_of_url("https://a.example/"), morning)
    assert opens_today(school, NO_GRANTS, access) == datetime(2026, 12, 4, 8, 30, tzinfo=LONDON)
    day_before = Access(access.subject, access.target, datetime(2026, 12, 3, 7, tzinfo=LONDON))
    assert opens_today(school, NO_GRANTS, day_before) is None


def test_a_page_opens_today_where_a_calendar_begins_or_ends() -> None:
    trip = Calendar(
        "trip", "", joined([(datetime(2026, 12, 4, 9, tzinfo=LONDON), datetime(2026, 12, 4, 14, tzinfo=LONDON))])
    )
    times = {
        "trip": Times("trip", "", only=("trip",), calendars={"trip": trip}),
        "lessons": Times("lessons", "", (Span(frozenset({4}), time(8), time(15)),), (), ("trip",), {"trip": trip}),
    }
    access = Access(Subject(), target_of_url("https://a.example/"), datetime(2026, 12, 4, 8, 30, tzinfo=LONDON))
    in_lessons = engine([rule("in-lessons", domains=("a.example",), times=("lessons",))], times=times)
    assert opens_today(in_lessons, NO_GRANTS, access) == datetime(2026, 12, 4, 9, tzinfo=LONDON)
    during = engine([rule("during", domains=("a.example",), times=("trip",))], times=times)
    later = replace(access, at=datetime(2026, 12, 4, 10, tzinfo=LONDON))
    assert opens_today(during, NO_GRANTS, later) == datetime(2026, 12, 4, 14, tzinfo=LONDON)
    both = engine([rule(name, domains=("a.example",), times=(name,)) for name in ("trip", "lessons")], times=times)
    assert opens_today(both, NO_GRANTS, access) == datetime(2026, 12, 4, 15, tzinfo=LONDON)
