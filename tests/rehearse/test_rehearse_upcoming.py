"""What comes, by the school's calendar."""

from datetime import UTC, date, datetime, time

from saywhy.lists.store import Manifest
from saywhy.policy.grant import ANY_RULE, Grant, GrantScope, GrantTarget
from saywhy.policy.period import Moment, Period
from saywhy.policy.rule import Effect
from saywhy.rehearse.upcoming import Event, upcoming
from tests.decide.conftest import policy, rule

NOW = datetime(2026, 12, 1, 10, tzinfo=UTC)


def test_everything_comes_by_day_and_what_is_overdue_first() -> None:
    zone = policy([]).school.timezone
    rules = [
        rule(
            "trip", Effect.ALLOW, period=Period(Moment(date(2026, 12, 4), time(8, 30)), Moment(date(2026, 12, 4)), zone)
        ),
        rule("supply", Effect.ALLOW, period=Period(None, Moment(date(2026, 12, 3), time(15, 30)), zone)),
        rule("over", Effect.ALLOW, period=Period(None, Moment(date(2026, 11, 30)), zone)),
        rule("games", review_by=date(2026, 11, 1), owner="it"),
        rule("later", review_by=date(2027, 3, 1)),
    ]
    grant = Grant(
        "g1",
        GrantScope(frozenset({"year9"}), None),
        GrantTarget(site="chess.example"),
        NOW,
        datetime(2026, 12, 4, 12, tzinfo=UTC),
        request="42",
        weighed=frozenset({ANY_RULE}),
    )
    lists = (
        Manifest("mine/bets", "category", "gambling", "/x", updated="2026-09-04T08:00:00+00:00"),
        Manifest("new", "category", "games", "/y"),
    )
    found = upcoming(policy(rules), [grant], lists, NOW, 30)
    assert [(str(one.day), one.at, one.event, one.about) for one in found] == [
        ("2026-11-01", None, Event.REVIEW, "games"),
        ("2026-12-03", None, Event.LIST_IS_OLD, "mine/bets"),
        ("2026-12-03", time(15, 30), Event.ENDS, "supply"),
        ("2026-12-04", None, Event.ENDS, "trip"),
        ("2026-12-04", time(8, 30), Event.BEGINS, "trip"),
        ("2026-12-04", time(12), Event.PERMIT_ENDS, "R-1042"),
    ]
    assert found[-1].told == "permit R-1042 for chess.example ends"
    assert found[3].told == "rule trip ends with this day"
    assert upcoming(policy(rules), [], (), NOW, 2)[-1].about == "supply"
    assert upcoming(policy([]), [], (), NOW, 30) == ()


def test_a_rule_that_never_holds_neither_begins_nor_ends() -> None:
    zone = policy([]).school.timezone
    weekend = Period(Moment(date(2026, 12, 5)), Moment(date(2026, 12, 6)), zone)
    monday = Period(Moment(date(2026, 12, 5)), Moment(date(2026, 12, 7)), zone)
    rules = [
        rule("never", Effect.ALLOW, period=weekend, times=("lessons",)),
        rule("once", Effect.ALLOW, period=monday, times=("lessons",)),
    ]
    assert [one.about for one in upcoming(policy(rules), [], (), NOW, 30)] == ["once", "once"]
