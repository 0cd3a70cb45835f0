"""A rule is said never to decide only where it never does: held against `decide` itself."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saywhy.decide.access import Access, Subject, subject_in, target_of_host, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.decide.needed import needed_by
from saywhy.policy.catalogue import Correction
from saywhy.policy.needs import NO_NEEDS, Needs
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.rule import Effect, Rule
from saywhy.rehearse.lint_order import never_decides
from saywhy.rehearse.shadowing import Cover, Shadowing, Situation, stronger
from saywhy.rehearse.week import Week
from tests.decide.conftest import HERE, MONDAY_TEN, policy, rule
from tests.decide.test_decide_properties import HOSTS, PATHS, corrected, corrections, needing, needs, rules

TARGETS = [
    *(target_of_url(f"https://{host}{path}") for host, path in product(HOSTS, PATHS)),
    *(target_of_host(host) for host in HOSTS),
]
MOMENTS = [MONDAY_TEN, MONDAY_TEN + timedelta(hours=6), MONDAY_TEN + timedelta(days=4, hours=13)]


@given(st.lists(rules, min_size=1, max_size=5), st.lists(corrections, max_size=2), needs)
@settings(deadline=None, max_examples=150)
def test_a_rule_that_is_said_never_to_decide_never_does(
    drawn: list[Rule], said: list[Correction], needed: dict[str, Needs]
) -> None:
    """One that is said never to decide on what it names decides at most on what an app needs."""
    school = corrected(needing(policy(drawn), needed), said)
    shadowing, week = Shadowing(school), Week(school)
    never = [one for one in school.rules if never_decides(school, shadowing, week, one, Cover())]
    wholly = [one for one in never if never_decides(school, shadowing, week, one, Cover(), needs=True)]
    if not never:
        return
    subjects = [Subject()]
    for groups, place in product([("students",), ("year9",), ("staff",), ("year9", "staff")], [None, "year 9 rooms"]):
        subjects.append(subject_in(school, groups, place=place))
    engine = Engine(school)
    for subject, target, at in product(subjects, TARGETS, MOMENTS):
        decision = decide(engine, NO_GRANTS, Access(subject, target, at))
        assert decision.rule not in wholly
        assert decision.rule not in never or needed_by(decision, target)


def never_of(*drawn: Rule) -> list[str]:
    school = policy(drawn)
    shadowing, week = Shadowing(school), Week(school)
    return [one.id for one in school.rules if never_decides(school, shadowing, week, one, Cover())]


@pytest.mark.parametrize(
    ("first", "second", "never"),
    [
        ({"domains": ("a.example",)}, {"domains": ("www.a.example",)}, True),
        ({"domains": ("www.a.example",)}, {"domains": ("a.example",)}, False),
        ({"domains": ("a.example",)}, {"domains": ("ba.example",)}, False),
        ({"domains": ("play.example",)}, {"categories": ("games",)}, True),
        ({"categories": ("games",)}, {"domains": ("play.example",)}, True),
        ({"categories": ("games",)}, {"domains": ("play.example", "a.example")}, False),
        ({"apps": ("shorts",)}, {"urls": (parse_pattern("m.youtube.com/shorts/a"),)}, True),
        ({"urls": (parse_pattern("youtube.com/shorts"),)}, {"apps": ("shorts",)}, True),
        ({"urls": (parse_pattern("youtube.com/shorts/a"),)}, {"apps": ("shorts",)}, False),
        ({"urls": (parse_pattern("a.example/*"),)}, {"domains": ("a.example",)}, False),
        ({"everything": True}, {"apps": ("tiktok",)}, True),
        ({"apps": ("tiktok",)}, {"everything": True}, False),
        ({"everything": True, "times": ("lessons",)}, {"apps": ("tiktok",)}, False),
        ({"everything": True, "times": ("lessons",)}, {"apps": ("tiktok",), "times": ("lessons",)}, True),
        ({"everything": True, "times": ("lessons", "night")}, {"apps": ("tiktok",), "times": ("night",)}, True),
        ({"everything": True, "groups": frozenset({"students"})}, {"domains": ("x",), "groups": frozenset({"year9"})}, True),
        ({"everything": True, "groups": frozenset({"year9"})}, {"domains": ("x",), "groups": frozenset({"students"})}, False),
        ({"everything": True, "groups": frozenset({"year9"})}, {"domains": ("x",)}, False),
        ({"everything": True, "places": frozenset({"p"})}, {"domains": ("x",)}, False),
        ({"everything": True, "places": frozenset({"p", "q"})}, {"domains": ("x",), "places": frozenset({"p"})}, True),
    ],
)  # fmt: skip
def test_what_covers_what(first: dict[str, Any], second: dict[str, Any], never: bool) -> None:
    assert never_of(rule("first", **first), rule("second", Effect.ALLOW, **second)) == (["second"] if never else [])


def test_a_locked_block_below_decides_before_what_stands_above_and_after_no_other_locked_one() -> None:
    bet: dict[str, Any] = {"domains": ("bet.example",)}
    assert never_of(rule("allow", Effect.ALLOW, **bet), rule("locked", locked=True, **bet)) == ["allow"]
    assert never_of(rule("block", **bet), rule("locked", locked=True, **bet)) == ["block"]
    assert never_of(rule("one", locked=True, **bet), rule("two", locked=True, **bet)) == ["two"]


def test_two_rules_together_can_cover_a_third_and_are_both_named() -> None:
    school = policy([
        rule("morning", everything=True, times=("lessons",)),
        rule("night", everything=True, times=("night",)),
        rule("third", Effect.ALLOW, apps=("tiktok",), times=("lessons", "night")),
        rule("fourth", Effect.ALLOW, apps=("tiktok",)),
    ])  # fmt: skip
    shadowing, cover = Shadowing(school), Cover()
    assert never_decides(school, shadowing, Week(school), school.rules[2], cover)
    assert sorted(cover.rules) == [1, 2]
    assert not never_decides(school, shadowing, Week(school), school.rules[3], Cover())


def test_an_allowed_app_whose_names_are_closed_may_still_open_what_it_needs() -> None:
    blocked, allowed = rule("block", apps=("tiktok",)), rule("allow", Effect.ALLOW, apps=("tiktok",))
    school = needing(
        policy([blocked, allowed]), {"tiktok": Needs(("b.example",)), "shorts": NO_NEEDS, "sign-in": NO_NEEDS}
    )
    shadowing, week = Shadowing(school), Week(school)
    assert never_decides(school, shadowing, week, school.rules[1], Cover())
    assert not never_decides(school, shadowing, week, school.rules[1], Cover(), needs=True)
    assert shadowing.opens_needs(school.rules[1]) == ("tiktok",)
    assert shadowing.opens_needs(school.rules[0]) == ()


def test_what_a_needed_app_lists_is_covered_by_a_rule_that_allows_the_app_that_needs_it() -> None:
    said = {"tiktok": Needs((), ("sign-in",)), "sign-in": Needs(("b.example",)), "shorts": NO_NEEDS}
    laters: list[dict[str, Any]] = [
        {"apps": ("sign-in",)},
        {"domains": ("www.a.example",)},
        {"domains": ("b.example",)},
    ]
    for later in laters:
        drawn = [rule("allow", Effect.ALLOW, apps=("tiktok",)), rule("later", **later)]
        school = needing(policy(drawn), said)
        shadowing, week = Shadowing(school), Week(school)
        assert [one.id for one in school.rules if never_decides(school, shadowing, week, one, Cover())] == ["later"]
        closed = needing(policy([replace(drawn[0], effect=Effect.BLOCK), drawn[1]]), said)
        assert not never_decides(closed, Shadowing(closed), Week(closed), closed.rules[1], Cover())


def test_the_default_gives_way_to_every_rule() -> None:
    school = policy([rule("all", everything=True)])
    assert stronger(school.rules[0], school.default)
    assert not stronger(school.default, school.rules[0])
    assert Shadowing(school).overruled(school.default, Situation(), Cover())


def test_a_name_that_a_correction_takes_out_is_not_covered_by_its_category() -> None:
    drawn = [rule("games", categories=("games",)), rule("play", domains=("play.example",))]
    never = Correction("www.play.example", frozenset({"games"}), frozenset(), "Our chess club.", None, HERE)
    assert never_of(*drawn) == ["play"]
    school = policy(drawn)
    school = replace(school, catalogue=replace(school.catalogue, corrections={never.name: never}))
    shadowing, week = Shadowing(school), Week(school)
    assert not any(never_decides(school, shadowing, week, one, Cover()) for one in school.rules)
