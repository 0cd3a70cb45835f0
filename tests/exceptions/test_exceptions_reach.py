"""A permit opens what its decision was weighed for, and nothing that stricter rules close."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from saywhy.decide.access import Access, subject_in, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.exceptions import verdicts
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.reach import reached
from saywhy.exceptions.request import Account, ExceptionRequest, Proposal, Refusal
from saywhy.exceptions.state import State
from saywhy.exceptions.store import Store
from saywhy.exceptions.weighing import Incomplete, NotEntitled
from saywhy.policy.grant import Grant, GrantScope, GrantTarget
from tests.exceptions.conftest import NOW, SCHOOL, WHY, hire, refusal, school, submission

RULES = """
  - id: page
    block: {urls: ["two.example/page"]}
    why: This page is not for lessons.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
    ask: {decides: [teaching, it]}
  - id: inner
    block: {domains: [inner.two.example]}
    why: This part is closed for good.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
    ask: nobody
  - id: site
    block: {domains: [two.example]}
    why: Strangers can write to you.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
    ask: {decides: [it], signs_off: [safeguarding], offer: [this-site, this-page, today]}
"""
TEXT = SCHOOL.rstrip() + RULES
PAGE = refusal("two.example", "/page", rule="page", url="https://two.example/page")
TEACHING = Account("tess", frozenset({"teaching"}))
IT = Account("ida", frozenset({"it"}))
LEAD = Account("lea", frozenset({"safeguarding"}))
SITE_TODAY = Chosen(who="device", what="site", until="today")
PAGE_TODAY = Chosen(who="device", what="page", until="today")


@pytest.fixture
def two(tmp_path: Path) -> Engine:
    return school(tmp_path / "two", TEXT)


def asked(refused: Refusal = PAGE) -> ExceptionRequest:
    made = submission(refused, "")
    return ExceptionRequest(
        1, "receipt", made.wants, made.because, made.work, made.until, made.refusal, NOW, State.OPEN, ""
    )


def opened(engine: Engine, proposal: Proposal, url: str) -> bool:
    """Whether the permit opens this to the device that asked."""
    grant = Grant("g", proposal.who, proposal.what, NOW, proposal.ends, weighed=proposal.weighed)
    subject = subject_in(engine.policy, ("year7",), device=GrantScope(device=PAGE.device).network.network_address)  # type: ignore[union-attr]
    return decide(engine, Grants([grant]), Access(subject, target_of_url(url), NOW)).allowed


def terms_of(engine: Engine, *rules: str) -> set[str]:
    return {rule.terms for rule in engine.policy.rules if rule.id in rules}


def approved(engine: Engine, by: Account, chosen: Chosen) -> tuple[Proposal, bool]:
    _, proposal, second = verdicts.approve(engine, asked(), by, chosen, WHY, NOW)
    return proposal, second


def test_the_page_is_weighed_by_its_own_rule_and_opens_alone(two: Engine) -> None:
    proposal, second = approved(two, TEACHING, PAGE_TODAY)
    assert not second
    assert opened(two, proposal, "https://two.example/page")
    assert not opened(two, proposal, "https://two.example/other")


def test_who_decides_on_the_page_does_not_decide_on_the_site(two: Engine) -> None:
    with pytest.raises(NotEntitled, match="all that this opens"):
        approved(two, TEACHING, SITE_TODAY)


def test_the_site_wants_those_who_decide_on_all_of_it_and_a_second_person(two: Engine) -> None:
    proposal, second = approved(two, IT, SITE_TODAY)
    assert second
    assert proposal.weighed == terms_of(two, "page", "site")
    assert opened(two, proposal, "https://two.example/page")
    assert opened(two, proposal, "https://www.two.example/other")


def test_what_nobody_may_open_stays_closed_under_a_permit_for_the_site(two: Engine) -> None:
    proposal, _ = approved(two, IT, SITE_TODAY)
    assert not opened(two, proposal, "https://inner.two.example/")
    reach = reached(two, two.rule_by_id["page"], GrantTarget(site="two.example"), ("year7",))
    assert [rule.id for rule in reach.opens] == ["page", "site"]
    assert [rule.id for rule in reach.stays] == ["inner"]


def test_the_site_is_open_no_longer_than_each_rule_offers(two: Engine) -> None:
    with pytest.raises(Incomplete) as raised:
        approved(two, IT, replace(SITE_TODAY, until="this-term"))
    assert "at the latest" in raised.value.errors["until"]


def test_where_no_one_role_decides_on_all_of_it_nobody_does(tmp_path: Path) -> None:
    apart = school(tmp_path / "apart", TEXT.replace("ask: {decides: [teaching, it]}", "ask: {decides: [teaching]}"))
    with pytest.raises(Incomplete) as raised:
        approved(apart, TEACHING, SITE_TODAY)
    assert "no one role" in raised.value.errors["what"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ask: {decides: [teaching, it]}", "ask: nobody"),
        ("ask: {decides: [teaching, it]}", "ask: {decides: [it]}"),
        ("ask: {decides: [teaching, it]}", "ask: {decides: [teaching, it], signs_off: [safeguarding]}"),
        ("ask: {decides: [teaching, it]}", "locked: true"),
        ("id: page", "id: renamed"),
    ],
)
def test_a_permit_ends_with_the_terms_that_it_was_weighed_under(
    two: Engine, tmp_path: Path, before: str, after: str
) -> None:
    proposal, _ = approved(two, TEACHING, PAGE_TODAY)
    changed = school(tmp_path / "changed", TEXT.replace(before, after, 1))
    assert opened(two, proposal, "https://two.example/page")
    assert not opened(changed, proposal, "https://two.example/page")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("why: This page is not for lessons.", "why: Other words."),
        ("ask: {decides: [teaching, it]}", "ask: {decides: [it, teaching]}"),
        ("ask: {decides: [teaching, it]}", "ask: {decides: [teaching, it], offer: [this-page]}"),
    ],
)
def test_other_words_end_nothing(two: Engine, tmp_path: Path, before: str, after: str) -> None:
    proposal, _ = approved(two, TEACHING, PAGE_TODAY)
    assert opened(school(tmp_path / "same", TEXT.replace(before, after, 1)), proposal, "https://two.example/page")


def test_a_rule_that_comes_before_closes_again(two: Engine, tmp_path: Path) -> None:
    proposal, _ = approved(two, TEACHING, PAGE_TODAY)
    stricter = RULES.replace("two.example/page", "two.example/*").replace("id: page", "id: before")
    changed = school(
        tmp_path / "before", TEXT.replace(RULES, stricter.split("  - id: inner", maxsplit=1)[0] + RULES.lstrip("\n"))
    )
    assert not opened(changed, proposal, "https://two.example/page")


def test_what_was_weighed_is_kept_and_the_second_person_meets_the_rules_of_today(
    two: Engine, store: Store, tmp_path: Path
) -> None:
    hire(store, IT, LEAD)
    made = store.submit(two, submission(PAGE, ""), "form", NOW)
    waiting = store.approve(made.id, two, IT, SITE_TODAY, WHY, NOW)
    assert waiting.state is State.AWAITING_SIGN_OFF
    more = RULES + RULES.split("  - id: inner", maxsplit=1)[0].replace("id: page", "id: more").replace("/page", "/more")
    first = TEXT.replace(RULES, "\n" + more.split("\n", 1)[1])
    reordered = school(tmp_path / "more", first.replace("  - id: site", '  - id: wider\n    block: {urls: ["two.example/chat"]}\n    why: x y z.\n    decided: {by: IT, on: 2026-09-03}\n    review_by: 2027-03-01\n    owner: it\n    ask: {decides: [it]}\n  - id: site', 1))  # fmt: skip
    with pytest.raises(NotEntitled, match="have changed"):
        store.sign_off(made.id, reordered, LEAD, WHY, NOW)
    assert store.sign_off(made.id, two, LEAD, WHY, NOW).state is State.GRANTED
    (grant,) = store.live_grants(NOW + timedelta(minutes=1))
    assert grant.weighed == terms_of(two, "page", "site")
