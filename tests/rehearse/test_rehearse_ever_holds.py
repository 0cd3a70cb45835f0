"""Whether a rule holds at any moment, held against every quarter of an hour of its days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from saywhy.policy.period import Moment, Period
from saywhy.policy.school import Span, Times
from saywhy.rehearse.ever_holds import ever_holds
from tests.decide.conftest import policy, rule
from tests.policy.test_policy_calendar import calendar_of, named

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
FIRST, LAST = date(2027, 3, 22), date(2027, 4, 4)  # clocks are set forward on 28 March
QUARTER = timedelta(minutes=15)
quarters = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
moments = st.builds(Moment, st.dates(FIRST, LAST), st.none() | quarters)
spans = st.builds(Span, st.frozensets(st.integers(0, 6), min_size=1), quarters, quarters)
days = st.dates(FIRST, LAST).map(lambda one: (one, one))
only = st.none() | days.map(lambda one: calendar_of("some", one))


@given(moments, moments, st.lists(spans, max_size=2), only)
def test_it_holds_where_some_moment_of_its_days_is_one_of_its_times(
    begins: Moment, ends: Moment, found: list[Span], calendar: object
) -> None:
    some = {} if calendar is None else {"some": calendar}
    times = {"club": Times("club", "club", tuple(found), tuple(some), calendars=some), **named(calendar_of("x"))}  # type: ignore[arg-type]
    dated = rule("dated", everything=True, times=("club",) if found else (), period=Period(begins, ends, LONDON))
    school = policy([dated], times=times)
    at, holds = datetime(2027, 3, 20, tzinfo=UTC), False
    while at < datetime(2027, 4, 8, tzinfo=UTC):
        holds |= dated.period.covers(at) and (not found or times["club"].cover(at.astimezone(LONDON)))
        at += QUARTER
    assert ever_holds(school, dated, NOW) is holds
