"""Whose rule it is: a table of refusals, each with its layer, its role and its end."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from saywhy.decide.access import Access
from saywhy.decide.decide import decide, unmet
from saywhy.decide.decision import Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.explain.whose_rule import Layer, WhoseRule, whose_rule
from saywhy.lists.sealed import Sealed, marks_of
from saywhy.policy.criterion import Criteria
from saywhy.policy.period import Moment, Period
from saywhy.policy.rule import Effect, Rule
from saywhy.policy.school import Role
from tests.decide.conftest import lists_of
from tests.explain.conftest import LESSON, LONDON, TIKTOK, Hillside, rule


def told(engine: Engine, access: Access) -> WhoseRule:
    decision = decide(engine, NO_GRANTS, access)
    assert not decision.allowed
    return whose_rule(engine, access, decision)


def test_the_schools_own_rule_names_who_can_change_it_and_who_opens_it(hillside: Hillside) -> None:
    assert told(hillside.engine, hillside.access("https://www.tiktok.com/")) == WhoseRule(
        Layer.SCHOOL,
        rule="tiktok",
        owner="IT support",
        opens=("IT support", "Safeguarding lead"),
        review_by=date(2027, 3, 1),
    )


def test_lesson_time_ends_by_itself(hillside: Hillside) -> None:
    games = told(hillside.engine, hillside.access("https://games.example/"))
    assert (games.layer, games.list) == (Layer.LESSON, "Games")
    assert games.opens_at is not None
    assert games.opens_at > LESSON
    assert decide(
        hillside.engine, NO_GRANTS, replace(hillside.access("https://games.example/"), at=games.opens_at)
    ).allowed


def test_a_kind_of_site_is_a_lists_and_what_is_locked_nobody_opens(hillside: Hillside) -> None:
    bets = told(hillside.engine, hillside.access("https://bet.example/"))
    assert (bets.layer, bets.list, bets.list_name) == (Layer.LIST, "Gambling", "")
    assert bets.locked
    assert bets.opens == ()


def test_an_imported_list_is_named(hillside: Hillside, tmp_path: Path) -> None:
    engine = Engine(hillside.policy, lists_of(tmp_path, {("gambling", "domains"): "other-bets.example\n"}))
    bets = told(engine, hillside.access("https://other-bets.example/"))
    assert (bets.layer, bets.list, bets.list_name) == (Layer.LIST, "Gambling", "gambling")


def test_a_sealed_list_is_the_laws_and_names_nothing(hillside: Hillside) -> None:
    key, salt = b"k" * 32, b"salt"
    marks, _, _ = marks_of("urls", ["https://grave.example/picture"], key, salt)
    engine = Engine(hillside.policy, sealed=Sealed(key, salt, frozenset(marks)))
    assert told(engine, hillside.access("https://grave.example/picture")) == WhoseRule(Layer.LAW, locked=True)


def test_a_page_that_cares_names_no_rule_and_no_list(hillside: Hillside) -> None:
    assert told(hillside.engine, hillside.access("https://dark.example/")) == WhoseRule(Layer.SCHOOL, locked=True)


@pytest.mark.parametrize(("owner", "layer"), [("trust", Layer.TRUST), ("trust-it", Layer.TRUST), ("it", Layer.SCHOOL)])
def test_a_rule_that_the_trust_owns_is_the_trusts(hillside: Hillside, owner: str, layer: Layer) -> None:
    there = hillside.with_rules(replace(TIKTOK, owner=owner))
    roles = {**there.policy.roles, owner: Role(owner, "The trust")}
    there = replace(there, policy=replace(there.policy, roles=roles))
    found = told(there.engine, there.access("https://www.tiktok.com/"))
    assert (found.layer, found.owner) == (layer, "The trust")


def test_a_rule_with_a_last_day_says_when_it_ends_although_another_follows(hillside: Hillside) -> None:
    exams = rule("exams", Criteria(apps=("tiktok",)), period=Period(None, Moment(date(2026, 11, 27)), LONDON))
    alone = told(hillside.with_rules(exams).engine, hillside.access("https://www.tiktok.com/"))
    over = datetime(2026, 11, 28, tzinfo=LONDON)
    assert (alone.opens_at, alone.ends) == (over, over)
    followed = told(hillside.with_rules(exams, TIKTOK).engine, hillside.access("https://www.tiktok.com/"))
    assert (followed.opens_at, followed.ends) == (None, over)


def test_what_is_not_reached_is_the_schools_and_nobody_opens_it(hillside: Hillside) -> None:
    assert told(hillside.engine, hillside.access("https://www.tiktok.com:8443/")) == WhoseRule(
        Layer.SCHOOL, locked=True
    )


def test_the_default_is_the_schools(hillside: Hillside) -> None:
    closed: Rule = rule("default", Criteria(everything=True), effect=Effect.BLOCK, ask=None)
    found = told(hillside.with_rules(default=closed).engine, hillside.access("https://else.example/"))
    assert (found.layer, found.rule, found.locked) == (Layer.SCHOOL, "default", True)


def test_what_the_site_cannot_do_is_the_sites(hillside: Hillside) -> None:
    access = hillside.access("https://www.tiktok.com/")
    decision = decide(hillside.engine, NO_GRANTS, access)

    found = whose_rule(hillside.engine, access, unmet(decision, Reason.OBLIGATION))
    assert (found.layer, found.owner) == (Layer.SITE, "IT support")


def test_what_opens_at_a_moment_is_told_by_the_schools_clock(hillside: Hillside) -> None:
    games = told(hillside.engine, hillside.access("https://games.example/", at=LESSON + timedelta(minutes=5)))
    assert games.opens_at is not None
    assert games.opens_at.utcoffset() == timedelta(0)
