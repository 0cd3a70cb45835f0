"""Requests that belong to a category by their form: DNS over HTTPS at any host."""

from dataclasses import replace

import pytest

from saywhy.decide.access import Access, Target, subject_in, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Mismatch
from saywhy.decide.grants import NO_GRANTS
from saywhy.decide.signs import ENCRYPTED_DNS, NO_SIGNS, signs_of
from saywhy.decide.trace import trace
from saywhy.policy.address import canonical_url
from saywhy.policy.rule import Effect
from tests.decide.conftest import MONDAY_TEN, engine, rule

DNS = frozenset({ENCRYPTED_DNS})
DOH = rule("hidden-dns", categories=(ENCRYPTED_DNS,), groups=frozenset({"students"}))


@pytest.mark.parametrize(
    ("path", "types", "expected"),
    [
        ("/", (), NO_SIGNS),
        ("/dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB", (), DNS),
        ("/x/dns-query/?a=b&dns=AAAB", (), DNS),
        ("//DNS-Query?dns", (), DNS),
        ("/%64ns-query?%64ns=AAAB", (), DNS),
        ("/dns-query", (), NO_SIGNS),
        ("/dns-query?name=a.example", (), NO_SIGNS),
        ("/dns-queryx?dns=AAAB", (), NO_SIGNS),
        ("/news?dns=explained", (), NO_SIGNS),
        ("/anywhere", ("application/dns-message",), DNS),
        ("/anywhere", ("", "Application/DNS-Message; q=1"), DNS),
        ("/anywhere", ("", "text/html, application/dns-message;q=0.1"), DNS),
        ("/resolve?name=a.example", ("", "application/dns-json"), DNS),
        ("/anywhere", ("application/oblivious-dns-message",), DNS),
        ("/anywhere", ("text/html", "application/xhtml+xml,*/*"), NO_SIGNS),
        ("/anywhere", ("application/dns-message-board",), NO_SIGNS),
    ],
)
def test_the_form_of_a_request(path: str, types: tuple[str, ...], expected: frozenset[str]) -> None:
    assert signs_of(canonical_url(f"https://plain.example{path}"), types) == expected


@pytest.mark.parametrize(("group", "effect"), [("year9", Effect.BLOCK), ("staff", Effect.ALLOW)])
def test_such_a_request_is_decided_as_if_its_host_were_listed(group: str, effect: Effect) -> None:
    where = engine([DOH, rule("opened", Effect.ALLOW, domains=("plain.example",))])
    subject = subject_in(where.policy, (group,))
    by_path = target_of_url("https://plain.example/dns-query?dns=AAAB")
    by_type = replace(target_of_url("https://plain.example/"), signs=DNS)
    for target in (by_path, by_type):
        decision = decide(where, NO_GRANTS, Access(subject, target, MONDAY_TEN))
        assert decision.effect is effect
        assert decision.membership.categories == {ENCRYPTED_DNS}
    assert decide(where, NO_GRANTS, Access(subject, target_of_url("https://plain.example/"), MONDAY_TEN)).allowed


def test_without_a_rule_about_it_nothing_changes() -> None:
    where = engine([rule("other", domains=("other.example",))])
    target = target_of_url("https://plain.example/dns-query?dns=AAAB")
    assert decide(where, NO_GRANTS, Access(subject_in(where.policy, ("year9",)), target, MONDAY_TEN)).allowed


def test_the_trace_knows_of_it() -> None:
    where = engine([rule("locked", Effect.ALLOW, domains=("a.example",)), DOH])
    access = Access(
        subject_in(where.policy, ("staff",)),
        Target("plain.example", 443, canonical_url("https://plain.example/"), DNS),
        MONDAY_TEN,
    )
    steps = trace(where, access, decide(where, NO_GRANTS, access))
    assert [step.mismatch for step in steps] == [Mismatch.TARGET, Mismatch.GROUP]
