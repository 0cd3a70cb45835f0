"""What opens with a page: weighed by the rules that close each thing, opened and ended with the permit."""

from datetime import timedelta
from pathlib import Path

import pytest

from saywhy.decide.access import Access, Target, subject_in, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.exceptions.further import MOST, Because, together
from saywhy.exceptions.granted_hosts import may_be_about
from saywhy.exceptions.needed import Stands, needed_hosts
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.reach import asked_by, reached
from saywhy.exceptions.request import Account, ExceptionRequest
from saywhy.exceptions.state import NotPossible, State
from saywhy.exceptions.store import Store
from saywhy.exceptions.weighing import Incomplete, NotEntitled, terms_of
from saywhy.policy.grant import GrantTarget
from tests.exceptions.conftest import (
    BOTH,
    IT,
    LEAD,
    NOW,
    OTHER_BOTH,
    SCHOOL,
    TEACHER,
    WHY,
    change,
    refusal,
    say_yes,
    school,
    submission,
)

MORE = """
  - id: pictures
    block: {domains: [pictures.example]}
    why: Pictures of strangers.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
  - id: clips
    block: {domains: [clips.example]}
    why: Clips without end.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
    ask: {decides: [it], signs_off: [safeguarding]}
  - id: press
    block: {domains: [press.example]}
    why: It is for staff.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: teaching
  - id: pages-only
    block: {domains: [pages.example]}
    why: Page by page.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
    ask: {decides: [it], offer: [this-page]}
"""
YEAR_7 = Chosen(who="group:year7", what="site", until="today")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return school(tmp_path / "policies", SCHOOL + MORE)


@pytest.fixture
def asked(store: Store, engine: Engine) -> ExceptionRequest:
    return store.submit(engine, submission(), "a", NOW)


def is_open(store: Store, engine: Engine, address: str, after: timedelta = timedelta(seconds=1)) -> bool:
    at = NOW + after
    target = target_of_url(address) if "://" in address else Target(address, 443)
    access = Access(subject_in(engine.policy, ("year7", "students")), target, at)
    return decide(engine, Grants(store.live_grants(at, target.host)), access).allowed


@pytest.mark.parametrize(
    ("host", "stands", "rule"),
    [
        ("open.example", Stands.OPEN, None),
        ("pictures.example", Stands.CLOSED, "pictures"),
        ("cdn.pictures.example", Stands.CLOSED, "pictures"),
        ("clips.example", Stands.CLOSED, "clips"),
        ("floor.example", Stands.STAYS, "floor"),
        ("bets.example", Stands.STAYS, "betting"),
        ("press.example", Stands.STAYS, "press"),  # no one role answers for both
        ("pages.example", Stands.STAYS, "pages-only"),  # its rule offers no whole site
        ("hurt.example", Stands.STAYS, "care"),
        ("192.0.2.7", Stands.STAYS, None),
        ("films.example", Stands.CLOSED, "videos"),  # some of its paths are closed
    ],
)
def test_a_host_stands_so(engine: Engine, host: str, stands: Stands, rule: str | None) -> None:
    refused = refusal()
    (found,) = needed_hosts(engine, terms_of(engine, refused), refused, [host], NOW)
    assert (found.stands, None if found.rule is None else found.rule.id) == (stands, rule)


def test_the_page_itself_and_what_is_no_host_are_left_out_and_each_comes_once(engine: Engine) -> None:
    refused = refusal()
    hosts = ["games.example", "b.example", "B.example", "a b", "", "a.example"]
    found = needed_hosts(engine, terms_of(engine, refused), refused, hosts, NOW)
    assert [one.host for one in found] == ["b.example", "a.example"]


def test_what_it_is_is_told(engine: Engine) -> None:
    refused = refusal()
    (found,) = needed_hosts(engine, terms_of(engine, refused), refused, ["tiktok.example"], NOW)
    assert found.kinds == ("TikTok",)


def test_hosts_open_with_the_page_and_close_with_it(store: Store, engine: Engine, asked: ExceptionRequest) -> None:
    chosen = store.further.choose(asked.id, engine, IT, ["pictures.example", "open.example"], "", NOW)
    assert [(one.what.site, one.because) for one in chosen.further] == [("pictures.example", Because.NEEDED)]
    assert not is_open(store, engine, "pictures.example")
    given = store.approve(asked.id, engine, IT, YEAR_7, WHY, NOW)
    assert given.state is State.AWAITING_SIGN_OFF, "whole sites open with it, so two people agree"
    store.sign_off(asked.id, engine, OTHER_BOTH, WHY, NOW)
    assert is_open(store, engine, "games.example")
    assert is_open(store, engine, "cdn.pictures.example")
    assert not is_open(store, engine, "clips.example")
    assert not is_open(store, engine, "pictures.example", timedelta(days=1))
    dossier = store.dossier(asked.id)
    assert dossier is not None
    assert dossier.grant is not None
    store.revoke(dossier.grant.id, "it", NOW)
    assert not is_open(store, engine, "pictures.example")


def test_each_opens_only_what_it_was_weighed_for(
    store: Store, engine: Engine, asked: ExceptionRequest, tmp_path: Path
) -> None:
    store.further.choose(asked.id, engine, IT, ["pictures.example"], "", NOW)
    say_yes(store, engine, asked.id, YEAR_7)
    later = school(
        tmp_path / "later",
        (SCHOOL + MORE)
        .replace("[pictures.example]", "[pictures.example, games.example]")
        .replace("[games.example]", "[other.example]"),
    )
    assert not is_open(store, later, "games.example")
    assert is_open(store, later, "pictures.example")


def test_a_host_of_a_rule_for_two_people_needs_both(store: Store, engine: Engine, asked: ExceptionRequest) -> None:
    store.further.choose(asked.id, engine, IT, ["clips.example"], "", NOW)
    given = store.approve(asked.id, engine, IT, YEAR_7, WHY, NOW)
    assert given.state is State.AWAITING_SIGN_OFF
    with pytest.raises(NotEntitled):
        store.sign_off(asked.id, engine, IT, WHY, NOW)
    assert not is_open(store, engine, "clips.example")
    store.sign_off(asked.id, engine, LEAD, WHY, NOW)
    assert is_open(store, engine, "clips.example")


def test_rules_that_changed_in_between_are_asked_anew(
    store: Store, engine: Engine, asked: ExceptionRequest, tmp_path: Path
) -> None:
    store.further.choose(asked.id, engine, IT, ["clips.example"], "", NOW)
    store.approve(asked.id, engine, IT, YEAR_7, WHY, NOW)
    named = (SCHOOL + MORE).replace("  - id: clips\n", "  - id: short-clips\n")
    with pytest.raises(NotEntitled, match="have changed"):
        store.sign_off(asked.id, school(tmp_path / "later", named), LEAD, WHY, NOW)


@pytest.mark.parametrize(
    "host", ["floor.example", "bets.example", "press.example", "192.0.2.7", "games.example", "a b"]
)
def test_what_stays_closed_cannot_be_chosen(store: Store, engine: Engine, asked: ExceptionRequest, host: str) -> None:
    with pytest.raises(Incomplete) as refused:
        store.further.choose(asked.id, engine, IT, [host], "", NOW)
    assert list(refused.value.errors) == ["needed"]
    found = store.request(asked.id)
    assert found is not None
    assert found.further == ()


@pytest.mark.parametrize("by", [TEACHER, LEAD, Account("nobody", frozenset())])
def test_those_who_decide_choose(store: Store, engine: Engine, asked: ExceptionRequest, by: Account) -> None:
    with pytest.raises(NotEntitled):
        store.further.choose(asked.id, engine, by, ["pictures.example"], "", NOW)


def test_nobody_chooses_for_themselves_or_after_the_answer(store: Store, engine: Engine) -> None:
    own = store.submit(engine, submission(asked_by="it"), "b", NOW)
    with pytest.raises(NotEntitled):
        store.further.choose(own.id, engine, IT, ["pictures.example"], "", NOW)
    store.approve(own.id, engine, BOTH, YEAR_7, WHY, NOW)
    with pytest.raises(NotPossible):
        store.further.choose(own.id, engine, BOTH, ["pictures.example"], "", NOW)
    with pytest.raises(LookupError):
        store.further.choose(99, engine, IT, [], "", NOW)


def test_several_pages_open_together(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(refusal("films.example", "/watch", "videos")), "a", NOW)
    pages = "https://films.example/watch?v=bad&t=1\n\n  https://films.example/watch?v=bad  "
    store.further.choose(asked.id, engine, IT, [], pages, NOW)
    page = Chosen(who="group:year7", what="another-page", until="today", page="https://films.example/other?v=bad")
    store.approve(asked.id, engine, IT, page, WHY, NOW)
    assert is_open(store, engine, "https://films.example/watch?v=bad")
    assert not is_open(store, engine, "https://films.example/watch?v=bad", timedelta(days=2))


def test_a_choice_takes_the_place_of_the_one_before(store: Store, engine: Engine, asked: ExceptionRequest) -> None:
    store.further.choose(asked.id, engine, IT, ["pictures.example", "clips.example"], "", NOW)
    left = store.further.choose(asked.id, engine, IT, ["clips.example"], "https://games.example/chess", NOW)
    assert {(one.what.site or one.what.named, one.because) for one in left.further} == {
        ("clips.example", Because.NEEDED),
        ("https://games.example/chess", Because.PAGE),
    }
    assert store.further.choose(asked.id, engine, IT, [], "", NOW).further == ()


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ("https://other.example/chess", "Line 1"),
        ("https://games.example/a\nnonsense", "Line 2"),
        ("https://games.example/", "Line 1"),
        ("https://games.example/*", "Line 1"),
        ("\n".join(f"https://games.example/{n}" for n in range(MOST + 1)), f"{MOST} pages"),
    ],
)
def test_pages_that_cannot_be_opened_say_which(
    store: Store, engine: Engine, asked: ExceptionRequest, pages: str, said: str
) -> None:
    with pytest.raises(Incomplete) as refused:
        store.further.choose(asked.id, engine, IT, [], pages, NOW)
    assert said in refused.value.errors["pages"]


def test_fifty_open_with_one_permit(store: Store, engine: Engine, asked: ExceptionRequest) -> None:
    pages = "\n".join(f"https://games.example/{n}" for n in range(MOST))
    assert len(store.further.choose(asked.id, engine, IT, [], pages, NOW).further) == MOST


def test_a_row_that_cannot_be_read_opens_nothing_and_the_rest_stays(
    store: Store, engine: Engine, asked: ExceptionRequest, url: str, reported: list[str]
) -> None:
    store.further.choose(asked.id, engine, IT, ["pictures.example", "clips.example"], "", NOW)
    store.approve(asked.id, engine, IT, YEAR_7, WHY, NOW)
    store.sign_off(asked.id, engine, LEAD, WHY, NOW)
    change(url, "UPDATE further_targets SET what_value = 'a b' WHERE what_value = 'pictures.example'")
    assert is_open(store, engine, "clips.example")
    assert is_open(store, engine, "games.example")
    assert not is_open(store, engine, "pictures.example")
    assert "does not open with grant" in reported[0]


def test_terms_that_nobody_gave_open_nothing(store: Store, engine: Engine, asked: ExceptionRequest, url: str) -> None:
    store.further.choose(asked.id, engine, IT, ["pictures.example"], "", NOW)
    say_yes(store, engine, asked.id, YEAR_7)
    change(url, """UPDATE further_targets SET weighed = '["*"]'""")
    assert not is_open(store, engine, "pictures.example")


def test_together_has_the_strictest_terms(engine: Engine) -> None:
    base = engine.rule_by_id["games"]
    one, other = (
        reached(engine, base, GrantTarget(site=host), ("year7",)) for host in ("games.example", "clips.example")
    )
    assert together(one) is one
    both = together(one, other)
    assert [rule.id for rule in both.opens] == ["games", "clips"]
    assert (both.ask.decides, both.ask.signs_off, both.apart) == (("it",), ("safeguarding",), False)
    assert asked_by((base, engine.rule_by_id["press"]))[1]


def test_permits_are_found_by_what_opens_with_them(store: Store, engine: Engine, asked: ExceptionRequest) -> None:
    store.further.choose(asked.id, engine, IT, ["pictures.example"], "", NOW)
    say_yes(store, engine, asked.id, YEAR_7)
    assert len(store.live_grants(NOW, "cdn.pictures.example")) == 2
    assert store.live_grants(NOW, "elsewhere.example") == ()
    assert "further_targets" in str(may_be_about("a.example"))
