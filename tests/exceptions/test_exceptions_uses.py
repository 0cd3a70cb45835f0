"""Asking for a file or for posting: weighed under the rule that refused it, which the address alone does not show."""

from dataclasses import replace
from datetime import timedelta

from saywhy.decide.access import Target, target_of_url
from saywhy.decide.use import use_refused
from saywhy.exceptions.opening import open_by
from saywhy.exceptions.reach import reached
from saywhy.exceptions.request import Refusal
from saywhy.exceptions.weighing import access_of, terms_of
from saywhy.policy.grant import Grant, GrantScope, GrantTarget
from saywhy.policy.rule import Ask, Rule
from saywhy.policy.uses import uses_of
from tests.decide.conftest import engine, rule
from tests.exceptions.conftest import NOW, refusal

ASKED = Ask(("it",))
NO_PROGRAMS = replace(rule("no-programs", everything=True, ask=ASKED), uses=uses_of(files=("programs",)))
READ_ONLY = replace(rule("read-only", domains=("a.example",), ask=ASKED), uses=uses_of(posting=True))
CLOSED = rule("closed", domains=("b.example",), ask=ASKED)
SCHOOL = engine([NO_PROGRAMS, READ_ONLY, CLOSED])
WHAT = GrantTarget(site="a.example")


def refused(by: Rule) -> Refusal:
    return refusal(host="a.example", url="https://a.example/x", rule=by.id, groups=("year9",), place=None, device=None)


def test_what_was_refused_is_decided_again_as_that_use() -> None:
    assert terms_of(SCHOOL, refused(NO_PROGRAMS)).rule.id == "no-programs"
    assert terms_of(SCHOOL, refused(READ_ONLY)).rule.id == "read-only"
    assert access_of(SCHOOL, refused(READ_ONLY)).target == Target(
        "a.example", 443, target_of_url("https://a.example/x").url, use=use_refused(READ_ONLY.uses)
    )


def test_a_permit_reaches_rules_for_the_same_use_alone() -> None:
    assert [one.id for one in reached(SCHOOL, NO_PROGRAMS, WHAT, ("year9",)).opens] == ["no-programs"]
    of_the_site = reached(SCHOOL, SCHOOL.rule_by_id["closed"], GrantTarget(site="b.example"), ("year9",))
    assert [one.id for one in of_the_site.opens] == ["closed"]


def test_whether_it_is_open_now_is_asked_of_that_use() -> None:
    grant = Grant(
        "g",
        GrantScope(frozenset({"year9"})),
        WHAT,
        NOW,
        NOW + timedelta(hours=1),
        weighed=frozenset({SCHOOL.rule_by_id["no-programs"].terms}),
    )
    assert open_by(SCHOOL, refused(NO_PROGRAMS), [grant], NOW) is grant
    assert open_by(SCHOOL, refused(READ_ONLY), [grant], NOW) is None
    assert open_by(SCHOOL, refused(NO_PROGRAMS), [], NOW) is None
