"""What an app needs: opened with it by a rule that allows it, and told so."""

from dataclasses import replace
from datetime import timedelta

import pytest

from saywhy.decide.access import Access, Subject, subject_in, target_of_host, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.decide.needed import needed_by
from saywhy.policy.catalogue import App, Belonging, Catalogue
from saywhy.policy.grant import ANY_RULE, Grant, GrantScope, GrantTarget
from saywhy.policy.needs import NEEDED, Needs
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.rule import Effect, Rule
from tests.decide.conftest import HERE, MONDAY_TEN, policy, rule

LOGIN = parse_pattern("portal.example/login")
CATALOGUE = Catalogue(
    apps={
        "maths": App("maths", "Maths", needs=Needs(("fonts.example",), ("account",))),
        "account": App("account", "Account", needs=Needs(("pictures.example",))),
        "plain": App("plain", "Plain"),
    },
    names={
        "maths.example": (Belonging("app", "maths", "maths.example", HERE),),
        "account.example": (Belonging("app", "account", "account.example", HERE),),
        "plain.example": (Belonging("app", "plain", "plain.example", HERE),),
        "fonts.example": (Belonging(NEEDED, "maths", "fonts.example", HERE),),
        "pictures.example": (Belonging(NEEDED, "account", "pictures.example", HERE),),
    },
    patterns={"portal.example": ((LOGIN, Belonging("app", "account", LOGIN.text, HERE)),)},
)
MATHS = rule("maths", Effect.ALLOW, apps=("maths",))
WALL = rule("wall", everything=True)


def school(*rules: Rule, default: Effect = Effect.BLOCK) -> Engine:
    return Engine(policy(rules, default, catalogue=CATALOGUE))


def answer(engine: Engine, address: str, grants: Grants = NO_GRANTS) -> tuple[bool, str]:
    target = target_of_url(f"https://{address}") if "/" in address else target_of_host(address)
    subject = subject_in(engine.policy, ("year9",))
    decision = decide(engine, grants, Access(subject, target, MONDAY_TEN))
    return decision.allowed, decision.rule.id if decision.rule else ""


@pytest.mark.parametrize("below", [(WALL,), ()])
@pytest.mark.parametrize(
    ("address", "open_"),
    [
        ("maths.example", True),
        ("www.maths.example/quiz", True),
        ("fonts.example", True),
        ("a.fonts.example/x.woff2", True),
        ("account.example", True),
        ("pictures.example", True),  # what the account needs itself
        ("portal.example/login", True),
        ("portal.example/news", False),
        ("plain.example", False),
        ("example", False),
        ("notfonts.example", False),
    ],
)
def test_a_rule_that_allows_an_app_opens_what_it_needs_and_no_more(
    below: tuple[Rule, ...], address: str, open_: bool
) -> None:
    assert answer(school(MATHS, *below), address)[0] is open_


def test_a_rule_that_blocks_an_app_leaves_what_it_needs() -> None:
    engine = school(rule("no-maths", apps=("maths",)), default=Effect.ALLOW)
    assert answer(engine, "maths.example") == (False, "no-maths")
    assert answer(engine, "fonts.example") == (True, "default")


@pytest.mark.parametrize(
    "stronger",
    [
        (rule("no-fonts", domains=("fonts.example",)), MATHS),
        (MATHS, rule("no-fonts", domains=("fonts.example",), locked=True)),
        (rule("no-fonts", everything=True, times=("lessons",)), MATHS),
    ],
)
def test_a_block_that_stands_above_and_a_locked_one_anywhere_close_it(stronger: tuple[Rule, ...]) -> None:
    assert answer(school(*stronger), "fonts.example") == (False, "no-fonts")


def test_what_is_kept_open_with_its_app_stays_open() -> None:
    engine = school(WALL, replace(MATHS, keep_open=True))
    assert answer(engine, "fonts.example") == (True, "maths")


def test_a_name_alone_leaves_open_what_a_needed_app_has_a_path_for() -> None:
    engine = school(MATHS, WALL)
    access = Access(Subject(), target_of_host("portal.example"), MONDAY_TEN)
    decision = decide(engine, NO_GRANTS, access)
    assert (decision.allowed, decision.needs_url) == (False, True)
    assert decision.membership.undecided_needed == {"maths"}


@pytest.mark.parametrize(
    ("address", "needed"),
    [
        ("https://fonts.example/", ("maths",)),
        ("https://account.example/", ("maths",)),
        ("https://maths.example/", ()),
        ("https://plain.example/", ()),
    ],
)
def test_it_is_told_which_app_needs_it(address: str, needed: tuple[str, ...]) -> None:
    target = target_of_url(address)
    decision = decide(school(MATHS, WALL), NO_GRANTS, Access(Subject(), target, MONDAY_TEN))
    assert needed_by(decision, target) == needed


@pytest.mark.parametrize(
    "besides",
    [{"domains": ("example",)}, {"urls": (parse_pattern("fonts.example/*"),)}, {"apps": ("maths", "account")}],
)
def test_a_rule_that_names_it_itself_is_not_about_needs(besides: dict[str, tuple[str, ...]]) -> None:
    named = rule("maths", Effect.ALLOW, **{"apps": ("maths",), **besides})
    address = "https://account.example/" if "apps" in besides else "https://fonts.example/x"
    target = target_of_url(address)
    assert needed_by(decide(school(named), NO_GRANTS, Access(Subject(), target, MONDAY_TEN)), target) == ()


class TestAPermit:
    """For an app, from a rule that closes everything."""

    def given(self, weighed: str) -> Grants:
        year9 = GrantScope(frozenset({"year9"}))
        until = MONDAY_TEN + timedelta(hours=1)
        return Grants([Grant("g", year9, GrantTarget(app="maths"), MONDAY_TEN, until, weighed=frozenset({weighed}))])

    def test_opens_what_the_app_needs(self) -> None:
        engine = school(WALL)
        for address in ("maths.example", "fonts.example", "account.example"):
            assert answer(engine, address, self.given(ANY_RULE))[0]
        assert not answer(engine, "plain.example", self.given(ANY_RULE))[0]

    def test_opens_of_it_only_what_a_rule_closes_that_it_was_weighed_for(self) -> None:
        engine = school(rule("no-fonts", domains=("fonts.example",)), WALL)
        assert not answer(engine, "fonts.example", self.given("another rule"))[0]

    def test_opens_nothing_that_is_locked(self) -> None:
        engine = school(rule("no-fonts", domains=("fonts.example",), locked=True), WALL)
        found = decide(
            engine,
            self.given(ANY_RULE),
            Access(subject_in(engine.policy, ("year9",)), target_of_host("fonts.example"), MONDAY_TEN),
        )
        assert found.reason is Reason.LOCKED
