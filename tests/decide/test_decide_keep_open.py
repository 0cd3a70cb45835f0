"""The floor that stays open: what stands above it, and nothing else does."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.access import Access, Subject, subject_in, target_of_host, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.decide.inspection import Way, way_of
from saywhy.policy.grant import Grant
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.rule import Effect, Rule
from tests.decide.conftest import MONDAY_TEN, engine, rule
from tests.decide.test_decide_properties import grants, rules

OPEN = rule("open", Effect.ALLOW, domains=("help.example", "play.example"), keep_open=True)
IN_LESSONS = rule("lesson", everything=True, times=("lessons",))
LISTED = rule("games", categories=("games",))
LOCKED = rule("floor", domains=("play.example",), locked=True)


def decided(some: list[Rule], target: str, subject: Subject | None = None) -> Decision:
    school = engine(some)
    who = subject or subject_in(school.policy, ("year9",))
    return decide(school, NO_GRANTS, Access(who, target_of_url(target), MONDAY_TEN))


@pytest.mark.parametrize("some", [[OPEN, IN_LESSONS, LISTED], [IN_LESSONS, LISTED, OPEN], [LISTED, OPEN, IN_LESSONS]])
@pytest.mark.parametrize("host", ["help.example", "www.help.example", "play.example"])
def test_wherever_it_stands_no_rule_lesson_or_list_closes_it(some: list[Rule], host: str) -> None:
    decision = decided(some, f"https://{host}/any")
    assert (decision.effect, decision.reason) == (Effect.ALLOW, Reason.KEEP_OPEN)
    assert decision.rule is not None
    assert decision.rule.id == "open"


def test_what_is_locked_closes_it() -> None:
    decision = decided([OPEN, LOCKED], "https://play.example/")
    assert (decision.effect, decision.reason) == (Effect.BLOCK, Reason.LOCKED)


def test_reach_stands_above_it() -> None:
    decision = decided([OPEN], "https://help.example:8443/")
    assert (decision.effect, decision.reason) == (Effect.BLOCK, Reason.PORT)


def test_it_is_for_those_that_it_names() -> None:
    for_staff = rule("open", Effect.ALLOW, domains=("help.example",), keep_open=True, groups=frozenset({"staff"}))
    assert not decided([IN_LESSONS, for_staff], "https://help.example/").allowed


@pytest.mark.parametrize(
    ("some", "way"),
    [
        ([LISTED, rule("open", Effect.ALLOW, domains=("help.example",), keep_open=True)], Way.RELAY),
        # a block that depends on the path cannot close it, so there is nothing to look for
        ([rule("shop", urls=(parse_pattern("help.example/shop"),)), OPEN], Way.RELAY),
        ([rule("shop", urls=(parse_pattern("help.example/shop"),), locked=True), OPEN], Way.INSPECT),
        # kept open by its path: looked into, whatever closes the rest
        (
            [
                rule("all", domains=("help.example",)),
                rule("open", Effect.ALLOW, urls=(parse_pattern("help.example/talk"),), keep_open=True),
            ],
            Way.INSPECT,
        ),
    ],
)
def test_it_is_looked_into_only_where_that_could_change_the_answer(some: list[Rule], way: Way) -> None:
    school = engine(some)
    access = Access(subject_in(school.policy, ("year9",)), target_of_host("help.example"), MONDAY_TEN)
    assert way_of(decide(school, NO_GRANTS, access)) is way


@given(st.lists(rules, max_size=8), st.lists(grants, max_size=3), st.integers(0, 8), st.integers(-90, 90))
def test_nothing_but_a_locked_rule_closes_it(some: list[Rule], given_to: list[Grant], at: int, hours: int) -> None:
    kept = rule("kept", Effect.ALLOW, domains=("a.example",), keep_open=True)
    school = engine([*some[:at], kept, *some[at:]])
    moment = MONDAY_TEN + timedelta(hours=hours)
    access = Access(subject_in(school.policy, ("year9",)), target_of_url("https://www.a.example/watch"), moment)
    decision = decide(school, Grants(given_to), access)
    assert decision.reason in {Reason.KEEP_OPEN, Reason.LOCKED}
    if not any(one.locked for one in some):
        assert decision.allowed
