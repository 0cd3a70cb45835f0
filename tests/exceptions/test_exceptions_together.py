"""Who decides together: wide, of high risk, groups with a number from each, caps, deputies; and what the tables hold."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from saywhy.decide.engine import Engine
from saywhy.exceptions.answering import ProposalChanged
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.deciders import deciders, deciding_roles, missing
from saywhy.exceptions.devices import same_device
from saywhy.exceptions.due import Lateness, due
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.request import Account, Review, Verdict
from saywhy.exceptions.state import NotPossible, State
from saywhy.exceptions.store import Store
from saywhy.exceptions.tables import GrantRow
from saywhy.exceptions.weighing import Incomplete, NotEntitled, terms_of
from saywhy.exceptions.width import for_whom
from saywhy.policy.caps import Whom
from saywhy.policy.grant import GrantScope
from tests.exceptions.conftest import (
    BOTH,
    IT,
    LEAD,
    NOW,
    SCHOOL,
    THIS_PAGE_TODAY,
    THIS_SITE_TODAY,
    WHY,
    hire,
    refusal,
    say_yes,
    school,
    submission,
)

HEAD = Account("head", frozenset({"leadership"}))
OTHER_HEAD = Account("deputy-head", frozenset({"leadership"}))
PAGE = refusal(path="/chess")


def with_roles(folder: Path, *changes: tuple[str, str]) -> Engine:
    written = SCHOOL.replace("teaching: Head of teaching", "teaching: Head of teaching, leadership: Leadership")
    for before, after in changes:
        assert before in written
        written = written.replace(before, after)
    return school(folder, written)


def ask(store: Store, engine: Engine, form: str = "a", asked_by: str = "") -> int:
    return store.submit(engine, submission(PAGE, asked_by), form, NOW).id


@pytest.mark.parametrize(
    ("chosen", "alone"),
    [
        (THIS_PAGE_TODAY, True),
        (Chosen("group:year7", "page", "this-week"), True),
        (THIS_SITE_TODAY, False),
        (Chosen("group:students", "page", "today"), False),
        (Chosen("device", "page", "this-term"), False),
    ],
)
def test_what_is_wide_is_for_two(store: Store, engine: Engine, chosen: Chosen, alone: bool) -> None:
    number = ask(store, engine)
    state = store.approve(number, engine, IT, chosen, WHY, NOW).state
    assert (state is State.GRANTED) == alone
    if not alone:
        with pytest.raises(NotEntitled):
            store.sign_off(number, engine, IT, WHY, NOW)
        assert store.sign_off(number, engine, LEAD, WHY, NOW).state is State.GRANTED


def test_a_rule_of_high_risk_is_for_two(store: Store, tmp_path: Path) -> None:
    risky = with_roles(tmp_path / "risky", ("id: games\n", "id: games\n    high_risk: true\n"))
    assert store.approve(ask(store, risky), risky, IT, THIS_PAGE_TODAY, WHY, NOW).state is State.AWAITING_SIGN_OFF


def test_groups_agree_with_their_number(store: Store, tmp_path: Path) -> None:
    groups = "ask: {together: [{of: [safeguarding], number: 1}, {of: [leadership], number: 2}]}"
    engine = with_roles(tmp_path / "groups", ("ask: {decides: [it], signs_off: [safeguarding]}", groups))
    hire(store, HEAD, OTHER_HEAD)
    number = store.submit(engine, submission(refusal("chat.example", "/room", "chat")), "a", NOW).id
    assert store.approve(number, engine, HEAD, THIS_PAGE_TODAY, WHY, NOW).state is State.AWAITING_SIGN_OFF
    with pytest.raises(NotEntitled):
        store.sign_off(number, engine, IT, WHY, NOW)
    assert store.sign_off(number, engine, LEAD, WHY, NOW).state is State.AWAITING_SIGN_OFF
    assert store.live_grants(NOW) == ()
    with pytest.raises(NotEntitled, match="agreed to this request already"):
        store.sign_off(number, engine, HEAD, WHY, NOW)
    assert store.sign_off(number, engine, OTHER_HEAD, WHY, NOW).state is State.GRANTED
    assert store.live_grants(NOW)[0].approved_by == "head, lead, deputy-head"


def test_a_role_gives_no_more_than_its_most(store: Store, tmp_path: Path) -> None:
    most = "it: {title: IT support, most: {who: this-device, what: this-page, until: today}}"
    capped = with_roles(tmp_path / "capped", ("it: IT support", most))
    number = ask(store, capped)
    for chosen, field in (
        (THIS_SITE_TODAY, "what"),
        (replace(THIS_PAGE_TODAY, who="group:year7"), "who"),
        (replace(THIS_PAGE_TODAY, until="this-week"), "until"),
    ):
        with pytest.raises(Incomplete) as raised:
            store.approve(number, capped, IT, chosen, WHY, NOW)
        assert set(raised.value.errors) == {field}
    assert store.approve(number, capped, IT, THIS_PAGE_TODAY, WHY, NOW).state is State.GRANTED


def test_deputies_decide_once_half_the_time_is_over_and_nothing_ends(store: Store, tmp_path: Path) -> None:
    deputy = "it: {title: IT support, deputy: leadership}"
    engine = with_roles(
        tmp_path / "deputies", ("it: IT support", deputy), ("Europe/London}", "Europe/London, answer_within: 2 hours}")
    )
    hire(store, HEAD)
    number = ask(store, engine)
    asked = store.request(number)
    assert asked is not None
    terms = terms_of(engine, asked.refusal).ask
    with pytest.raises(NotEntitled):
        store.approve(number, engine, HEAD, THIS_PAGE_TODAY, WHY, NOW + timedelta(minutes=59))
    late = [due(engine.policy, terms, asked, NOW + timedelta(hours=hours)).lateness for hours in (0, 1, 2, 500)]
    assert late == [Lateness.IN_TIME, Lateness.HALF, Lateness.OVERDUE, Lateness.OVERDUE]
    at = NOW + timedelta(hours=1)
    assert store.approve(number, engine, HEAD, THIS_PAGE_TODAY, WHY, at).state is State.GRANTED
    assert deciders(engine.policy, terms, escalated=False, appealed=False) == ("it",)


@pytest.mark.parametrize("change", ["account", "role"])
def test_a_yes_ends_with_the_account_and_the_role(store: Store, engine: Engine, change: str) -> None:
    number = ask(store, engine)
    store.approve(number, engine, IT, THIS_SITE_TODAY, WHY, NOW)
    if change == "account":
        store.accounts.remove_account("it")
    else:
        store.accounts.change_roles("it", ["teaching"])
    with pytest.raises(NotEntitled, match="open again"):
        store.sign_off(number, engine, LEAD, WHY, NOW)
    asked = store.request(number)
    assert asked is not None
    assert (asked.state, asked.proposal, asked.round) == (State.OPEN, None, 2)
    assert store.live_grants(NOW) == ()


def test_a_change_asks_everybody_anew(store: Store, engine: Engine) -> None:
    number = ask(store, engine)
    store.approve(number, engine, IT, THIS_SITE_TODAY, WHY, NOW)
    store.change(number, engine, BOTH, replace(THIS_SITE_TODAY, until="this-term"), WHY, NOW)
    with pytest.raises(ProposalChanged):
        store.sign_off(number, engine, LEAD, WHY, NOW, seen=1)
    with pytest.raises(NotEntitled):
        store.sign_off(number, engine, BOTH, WHY, NOW, seen=2)
    store.sign_off(number, engine, LEAD, WHY, NOW, seen=2)
    assert store.live_grants(NOW)[0].approved_by == "both, lead"


def test_two_yeses_in_the_same_instant_count_once_each(url: str, store: Store, engine: Engine) -> None:
    number = ask(store, engine)
    stores, outcomes = [Store(url) for _ in range(4)], []
    barrier = threading.Barrier(4)

    def run(one: Store, call: Callable[[Store], object]) -> None:
        barrier.wait()
        try:
            outcomes.append(call(one))
        except (NotPossible, NotEntitled) as raised:
            outcomes.append(raised)

    calls = [
        lambda one, by=by: one.approve(number, engine, by, THIS_SITE_TODAY, WHY, NOW) for by in (IT, IT, BOTH, BOTH)
    ]
    threads = [threading.Thread(target=run, args=each) for each in zip(stores, calls, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    dossier = store.dossier(number)
    assert dossier is not None
    assert (len(dossier.reviews), dossier.request.state) == (1, State.AWAITING_SIGN_OFF)
    for one in stores:
        one.close()


@pytest.mark.parametrize(
    ("first", "second", "what_kind", "days"),
    [
        ("it", None, "site", 1),
        ("it", None, "app", 1),
        ("it", None, "page", 8),
        ("it", "it", "page", 1),
        ("teacher", None, "page", 1),
        ("it", "teacher", "site", 1),
        (None, None, "page", 1),
        ("it", "nobody", "site", 1),
    ],
)
def test_the_tables_take_no_grant_without_its_people(
    store: Store, engine: Engine, first: str | None, second: str | None, what_kind: str, days: int
) -> None:
    number = ask(store, engine, asked_by="teacher")
    store.approve(number, engine, IT, THIS_SITE_TODAY, WHY, NOW)
    with store._database.writing() as session:
        session.execute(text("UPDATE exception_requests SET needs_two = false"))
    values = {"what_kind": what_kind, "what_value": "games.example", "starts": NOW, "ends": NOW + timedelta(days=days)}
    row = GrantRow(
        id="x", request=number, who_kind="device", who_value="10.30.7.21", approved_by="",
        first_approver=first, second_approver=second, **values,
    )  # fmt: skip
    with pytest.raises(StoreUnavailable) as raised, store._database.writing() as session:
        session.add(row)
    assert isinstance(raised.value.__cause__, IntegrityError)


def test_a_grant_is_never_extended_nor_revived(store: Store, engine: Engine) -> None:
    say_yes(store, engine, ask(store, engine))
    (grant,) = store.live_grants(NOW)
    for values in ({"ends": grant.ends + timedelta(days=1)}, {"who_value": "10.30.7.22"}):
        with pytest.raises(StoreUnavailable), store._database.writing() as session:
            session.execute(update(GrantRow).values(**values))
    assert store.note_endings(grant.ends) == 1
    assert store.live_grants(NOW) == ()  # a clock set back
    with pytest.raises(StoreUnavailable), store._database.writing() as session:
        session.execute(update(GrantRow).values(ended_at=None))
    assert store.note_endings(grant.ends) == 0


def test_devices_and_groups_are_told_apart(tmp_path: Path, engine: Engine) -> None:
    policy = engine.policy
    assert same_device(policy, "10.30.7.21", "::ffff:10.30.7.21")
    assert not same_device(policy, "127.0.0.1", "127.0.0.1")
    assert not same_device(policy, None, None)
    shared = school(
        tmp_path / "shared", SCHOOL.replace("name: Year 7 classrooms}", "name: Year 7 classrooms, shared: true}")
    )
    assert not same_device(shared.policy, "10.30.7.21", "10.30.7.21")
    groups = {name: for_whom(policy, GrantScope(groups=frozenset({name}))) for name in ("students", "year7")}
    assert groups == {"students": Whom.EVERYBODY, "year7": Whom.ONE_GROUP}
    assert deciding_roles(policy) == ("it", "safeguarding")
    yes = (Review("it", "it", Verdict.APPROVE, WHY, NOW),)
    games = terms_of(engine, PAGE).ask
    assert missing(policy, games, yes, two=False) == ()
    assert missing(policy, games, yes, two=True)[0].of == ("it", "safeguarding")
