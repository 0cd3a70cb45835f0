"""The self-test's names: decided alike whatever a policy says, so that it says something of the filter and not of the school."""

from dataclasses import replace

import pytest

from saywhy.decide.access import Access, Subject, target_of_host, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.decide.inspection import Way, way_of
from saywhy.lists.sealed import Sealed, marks_of
from saywhy.policy.catalogue import SEALED
from saywhy.policy.inspection import Inspection, Sites
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Effect
from saywhy.policy.school import Reach
from tests.decide.conftest import MONDAY_TEN, policy, rule

KEY = b"k" * 32
NAMED = "test.why.school.internal"
CLOSES_ALL = policy([rule("all", everything=True, locked=True)], Effect.BLOCK)
OPENS_ALL = policy([rule("all", Effect.ALLOW, domains=frozenset({"internal", f"blocked.{NAMED}"}))])
NEVER_INSIDE = replace(policy([]), inspection=Inspection(never=Sites(everything=True)))
FEW_PORTS = policy([], reach=Reach(frozenset({8080})))
POLICIES = {"closes all": CLOSES_ALL, "opens all": OPENS_ALL, "never inside": NEVER_INSIDE, "few ports": FEW_PORTS}


def sealed(*addresses: str) -> Sealed:
    return Sealed(KEY, b"salt", frozenset(marks_of("urls", addresses, KEY, b"salt")[0]))


@pytest.mark.parametrize("school", [pytest.param(one, id=name) for name, one in POLICIES.items()])
@pytest.mark.parametrize(
    ("url", "effect", "way"),
    [
        (f"https://blocked.{NAMED}/", Effect.BLOCK, Way.INSPECT),
        (f"http://blocked.{NAMED}/a?b", Effect.BLOCK, Way.INSPECT),
        (f"https://relayed.{NAMED}/", Effect.ALLOW, Way.RELAY),
        (f"https://inspected.{NAMED}/", Effect.ALLOW, Way.INSPECT),
        (f"http://inspected.{NAMED}/", Effect.ALLOW, Way.INSPECT),
        (f"https://sealed.{NAMED}/sealed", Effect.BLOCK, Way.INSPECT),
        (f"https://sealed.{NAMED}/", Effect.ALLOW, Way.INSPECT),
    ],
)
def test_no_policy_changes_what_is_decided(school: Policy, url: str, effect: Effect, way: Way) -> None:
    target = target_of_url(url)
    decision = decide(Engine(school), NO_GRANTS, Access(Subject(), target, MONDAY_TEN))
    assert (decision.effect, decision.reason, decision.rule) == (effect, Reason.TEST, None)
    by_name = decide(Engine(school), NO_GRANTS, Access(Subject(), target.by_name, MONDAY_TEN))
    assert way_of(by_name) is way


@pytest.mark.parametrize("name", ["blocked", "inspected", "relayed", "sealed"])
@pytest.mark.parametrize("port", [22, 8080, 8443])
def test_no_other_port_is_open(name: str, port: int) -> None:
    school = Engine(policy([], reach=Reach(frozenset({port}))))
    decision = decide(school, NO_GRANTS, Access(Subject(), target_of_host(f"{name}.{NAMED}", port), MONDAY_TEN))
    assert (decision.effect, decision.reason) == (Effect.BLOCK, Reason.PORT)


@pytest.mark.parametrize(
    ("listed", "reason"), [((f"sealed.{NAMED}/sealed",), Reason.LOCKED), (("bad.example/x",), Reason.TEST)]
)
def test_with_sealed_lists_they_decide_and_one_that_does_not_find_it_lets_it_through(
    listed: tuple[str, ...], reason: Reason
) -> None:
    school = Engine(policy([]), sealed=sealed(*listed))
    decision = decide(school, NO_GRANTS, Access(Subject(), target_of_url(f"https://sealed.{NAMED}/sealed"), MONDAY_TEN))
    assert decision.reason is reason
    assert decision.allowed == (reason is Reason.TEST)
    assert (decision.rule is not None and decision.rule.id == SEALED) == (reason is Reason.LOCKED)


def test_names_below_and_beside_them_are_anybodys() -> None:
    for host in (f"a.blocked.{NAMED}", NAMED, f"other.{NAMED}"):
        decision = decide(Engine(CLOSES_ALL), NO_GRANTS, Access(Subject(), target_of_host(host), MONDAY_TEN))
        assert decision.reason is Reason.LOCKED
