"""Rules that begin and end: which hold is looked up, and is what each rule's own period says."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.access import Access, Subject, subject_in, target_of_url
from saywhy.decide.dated import Dated
from saywhy.decide.decide import decide
from saywhy.decide.decision import Mismatch, Reason
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.decide.trace import trace
from saywhy.explain.opening import closes_next, opens_next
from saywhy.policy.calendar import Calendar, joined
from saywhy.policy.grant import ANY_RULE, Grant, GrantScope, GrantTarget
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


def test_a_page_says_when_it_opens_next() -> None:
    school = engine([TRIP, CLOSED])
    morning = datetime(2026, 12, 4, 7, tzinfo=LONDON)
    access = Access(subject_in(school.policy, ("year9",)), target_of_url("https://a.example/"), morning)
    assert opens_next(school, NO_GRANTS, access) == datetime(2026, 12, 4, 8, 30, tzinfo=LONDON)
    day_before = Access(access.subject, access.target, datetime(2026, 12, 3, 7, tzinfo=LONDON))
    assert opens_next(school, NO_GRANTS, day_before) == datetime(2026, 12, 4, 8, 30, tzinfo=LONDON)
    long_before = Access(access.subject, access.target, datetime(2026, 11, 3, 8, tzinfo=LONDON))
    assert opens_next(school, NO_GRANTS, long_before) == datetime(2026, 12, 4, 8, 30, tzinfo=LONDON)
    assert opens_next(school, NO_GRANTS, replace(long_before, at=datetime(2026, 11, 2, 8, tzinfo=LONDON))) is None


def test_a_weekly_time_before_that_day_is_not_passed_over() -> None:
    lunch = Times("lunch", "lunch", (Span(frozenset({2}), time(12), time(13)),))
    at_lunch = rule("at-lunch", Effect.ALLOW, domains=("a.example",), times=("lunch",))
    school = engine([TRIP, at_lunch, CLOSED], times={"lunch": lunch})
    access = Access(
        subject_in(school.policy, ("year9",)),
        target_of_url("https://a.example/"),
        datetime(2026, 12, 1, 10, tzinfo=LONDON),
    )
    assert opens_next(school, NO_GRANTS, access) == datetime(2026, 12, 2, 12, tzinfo=LONDON)


def test_what_is_open_says_until_when() -> None:
    school = engine([TRIP, CLOSED])
    during = Access(
        subject_in(school.policy, ("year9",)),
        target_of_url("https://a.example/"),
        datetime(2026, 12, 4, 9, tzinfo=LONDON),
    )
    assert closes_next(school, NO_GRANTS, during, decide(school, NO_GRANTS, during)) == TRIP.period.end
    other = replace(during, target=target_of_url("https://b.example/"))
    assert closes_next(school, NO_GRANTS, other, decide(school, NO_GRANTS, other)) is None
    hour = (during.at, during.at + timedelta(hours=1))
    grants = Grants(
        [
            Grant(
                "g",
                GrantScope(frozenset({"year9"})),
                GrantTarget(site="c.example"),
                *hour,
                weighed=frozenset({ANY_RULE}),
            )
        ]
    )
    closed = engine([rule("c", domains=("c.example",))])
    asked = replace(during, target=target_of_url("https://c.example/"))
    assert closes_next(closed, grants, asked, decide(closed, grants, asked)) == hour[1]


def test_a_page_opens_next_where_a_calendar_begins_or_ends() -> None:
    trip = Calendar(
        "trip", "", joined([(datetime(2026, 12, 4, 9, tzinfo=LONDON), datetime(2026, 12, 4, 14, tzinfo=LONDON))])
    )
    times = {
        "trip": Times("trip", "", only=("trip",), calendars={"trip": trip}),
        "lessons": Times("lessons", "", (Span(frozenset({4}), time(8), time(15)),), (), ("trip",), {"trip": trip}),
    }
    access = Access(Subject(), target_of_url("https://a.example/"), datetime(2026, 12, 4, 8, 30, tzinfo=LONDON))
    in_lessons = engine([rule("in-lessons", domains=("a.example",), times=("lessons",))], times=times)
    assert opens_next(in_lessons, NO_GRANTS, access) == datetime(2026, 12, 4, 9, tzinfo=LONDON)
    during = engine([rule("during", domains=("a.example",), times=("trip",))], times=times)
    later = replace(access, at=datetime(2026, 12, 4, 10, tzinfo=LONDON))
    assert opens_next(during, NO_GRANTS, later) == datetime(2026, 12, 4, 14, tzinfo=LONDON)
    both = engine([rule(name, domains=("a.example",), times=(name,)) for name in ("trip", "lessons")], times=times)
    assert opens_next(both, NO_GRANTS, access) == datetime(2026, 12, 4, 15, tzinfo=LONDON)
