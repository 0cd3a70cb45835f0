"""Joining: one entry, a receipt for each, an answer for all; and who leaves ends nothing for the others."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from saywhy.decide.engine import Engine
from saywhy.exceptions.asking_tables import JoinRow
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.joining import NotTheSame
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.state import NotPossible, State
from saywhy.exceptions.store import Store, UnknownRequest
from saywhy.exceptions.weighing import NotEntitled
from tests.exceptions.conftest import (
    BOTH,
    IT,
    NOW,
    THIS_PAGE_TODAY,
    THIS_SITE_TODAY,
    WHY,
    change,
    refusal,
    say_yes,
    sqlite_only,
    submission,
)

OTHER = refusal(device="10.30.7.22", code="AA-AAAA-AA", place="Library")


@pytest.fixture
def asked(store: Store, engine: Engine) -> int:
    return store.submit(engine, replace(submission(), browser="first"), "a", NOW).id


def devices(store: Store) -> list[str]:
    return sorted(str(one.who.device) for one in store.live_grants(NOW))


def test_who_joins_has_a_receipt_of_their_own_and_adds_no_entry(store: Store, asked: int) -> None:
    code = store.joining.join(asked, OTHER, "", "second", NOW)
    assert len(store.requests()) == 1
    assert store.joining.counts([asked]) == {asked: 1}
    (first,) = store.requests()
    mine, theirs = store.joining.receipt(code), store.joining.receipt(first.receipt)
    assert mine is not None
    assert theirs is not None
    assert code != first.receipt
    assert (mine.request.id, mine.joined_at, mine.refusal.device, mine.refusal.place) == (
        asked,
        NOW,
        "10.30.7.22",
        "Library",
    )
    assert (theirs.joined_at, theirs.refusal) == (None, first.refusal)
    assert store.joining.receipt("nobody's") is None


def test_one_browser_joins_once(store: Store, asked: int) -> None:
    codes = {store.joining.join(asked, OTHER, "", "second", NOW) for _ in range(3)}
    assert len(codes) == 1
    with pytest.raises(StoreUnavailable) as raised, store._database.writing() as session:
        session.add(
            JoinRow(
                request=asked, receipt="another", browser="second", account="", code="", device=None, place=None, at=NOW
            )
        )
    assert isinstance(raised.value.__cause__, IntegrityError)


@pytest.mark.parametrize(
    "other",
    [
        refusal(path="/chess"),
        refusal(host="chat.example", rule="chat"),
        refusal(groups=("students",)),
        refusal(rule="another"),
    ],
    ids=["page", "site", "people", "rule"],
)
def test_what_is_not_the_same_is_not_joined(store: Store, asked: int, other: object) -> None:
    with pytest.raises(NotTheSame):
        store.joining.join(asked, other, "", "second", NOW)  # type: ignore[arg-type]
    with pytest.raises(NotTheSame):
        store.joining.join(asked + 1, OTHER, "", "second", NOW)


def test_what_is_answered_is_not_joined(store: Store, engine: Engine, asked: int) -> None:
    store.refuse(asked, engine, IT, "The club has a board.", NOW)
    with pytest.raises(NotPossible):
        store.joining.join(asked, OTHER, "", "second", NOW)


def test_a_yes_for_the_device_is_one_for_each_that_joined_and_ends_for_all(
    store: Store, engine: Engine, asked: int
) -> None:
    store.joining.join(asked, OTHER, "", "second", NOW)
    store.joining.join(asked, replace(OTHER, device="10.30.7.23"), "", "third", NOW)
    store.joining.join(asked, replace(OTHER, device="10.30.7.21"), "", "beside the first", NOW)
    say_yes(store, engine, asked, THIS_SITE_TODAY)
    grants = store.live_grants(NOW)
    assert devices(store) == ["10.30.7.21", "10.30.7.22", "10.30.7.23"]
    assert len({one.id for one in grants}) == 3
    assert len({(one.what, one.ends, one.weighed) for one in grants}) == 1
    store.revoke(grants[0].id, "it", NOW)
    assert store.live_grants(NOW) == ()


def test_a_yes_for_the_group_is_one_permit(store: Store, engine: Engine, asked: int) -> None:
    store.joining.join(asked, OTHER, "", "second", NOW)
    say_yes(store, engine, asked, Chosen(who="group:year7", what="site", until="today"))
    assert len(store.live_grants(NOW)) == 1


def test_who_leaves_ends_nothing_for_the_others(store: Store, engine: Engine, asked: int) -> None:
    code = store.joining.join(asked, OTHER, "", "second", NOW)
    first = store.requests()[0].receipt
    store.withdraw(first, NOW)
    assert store.requests()[0].state is State.OPEN
    with pytest.raises(NotPossible):
        store.withdraw(first, NOW)
    assert store.joining.alike(refusal(), "second")[0].people == 1
    say_yes(store, engine, asked, THIS_SITE_TODAY)
    assert devices(store) == ["10.30.7.22"]
    with pytest.raises(NotPossible):
        store.withdraw(code, NOW)


def test_when_the_last_one_leaves_the_request_is_withdrawn(store: Store, asked: int) -> None:
    code = store.joining.join(asked, OTHER, "", "second", NOW)
    store.withdraw(store.requests()[0].receipt, NOW)
    store.withdraw(code, NOW + timedelta(minutes=1))
    assert store.requests()[0].state is State.WITHDRAWN
    with pytest.raises(UnknownRequest):
        store.withdraw("nobody's", NOW)


def test_who_left_gets_nothing_and_may_join_again(store: Store, engine: Engine, asked: int) -> None:
    code = store.joining.join(asked, OTHER, "", "second", NOW)
    store.withdraw(code, NOW)
    assert store.joining.counts([asked]) == {}
    assert store.joining.join(asked, OTHER, "", "second", NOW) == code
    store.withdraw(code, NOW)
    say_yes(store, engine, asked, THIS_SITE_TODAY)
    assert devices(store) == ["10.30.7.21"]


def test_what_waits_for_the_same_is_found_with_how_many_ask(store: Store, engine: Engine, asked: int) -> None:
    store.joining.join(asked, OTHER, "", "second", NOW)
    store.submit(engine, submission(refusal(path="/other")), "b", NOW)
    (found,) = store.joining.alike(refusal(code="ZZ-ZZZZ-ZZ"), "third")
    assert (found.request.id, found.people, found.own) == (asked, 2, False)
    assert [store.joining.alike(refusal(), one)[0].own for one in ("first", "second", "")] == [True, True, False]


def test_an_account_finds_what_it_asked_and_joined(store: Store, engine: Engine, asked: int) -> None:
    code = store.joining.join(asked, OTHER, "teacher", "second", NOW + timedelta(minutes=2))
    own = store.submit(engine, submission(refusal(path="/own"), asked_by="teacher"), "b", NOW)
    assert [one.code for one in store.joining.of_account("teacher")] == [code, own.receipt]
    assert store.joining.of_account("it") == ()


def test_a_join_that_cannot_be_read_opens_nothing_and_hides_no_other(store: Store, engine: Engine, asked: int) -> None:
    store.joining.join(asked, OTHER, "", "second", NOW)
    say_yes(store, engine, asked, THIS_SITE_TODAY)
    with store._database.writing() as session:
        session.execute(text("UPDATE joins SET device = 'everybody'"))
    assert devices(store) == ["10.30.7.21"]


def test_joining_and_leaving_are_steps_and_the_trail_still_proves_itself(
    store: Store, engine: Engine, asked: int
) -> None:
    code = store.joining.join(asked, OTHER, "", "second", NOW)
    store.withdraw(code, NOW)
    store.joining.join(asked, OTHER, "", "second", NOW)
    store.withdraw(store.requests()[0].receipt, NOW)
    say_yes(store, engine, asked, THIS_SITE_TODAY)
    dossier = store.dossier(asked)
    assert dossier is not None
    steps = ["submitted", "joined", "left", "joined", "left", "approved", "signed-off"]
    assert [one.what.value for one in dossier.timeline] == steps
    assert store.check_trail().faults == ()


A_PAGE = refusal(device="10.30.7.22", path="/chess", code="AA-AAAA-AA")


@pytest.fixture
def page(store: Store, engine: Engine) -> int:
    return store.submit(engine, submission(refusal(path="/chess")), "a", NOW).id


def test_who_joined_or_left_or_whose_device_it_was_answers_nothing(store: Store, engine: Engine, page: int) -> None:
    """Else somebody opens alone for their own device what a pupil was asked to ask for."""
    code = store.joining.join(page, A_PAGE, IT.name, "second", NOW)
    for by in (IT, replace(BOTH, device="10.30.7.22")):
        with pytest.raises(NotEntitled, match="asked"):
            store.approve(page, engine, by, THIS_PAGE_TODAY, WHY, NOW)
        with pytest.raises(NotEntitled, match="asked"):
            store.refuse(page, engine, by, WHY, NOW)
    store.withdraw(code, NOW)
    with pytest.raises(NotEntitled, match="You asked for this yourself"):
        store.approve(page, engine, IT, THIS_PAGE_TODAY, WHY, NOW)
    assert store.approve(page, engine, BOTH, THIS_PAGE_TODAY, WHY, NOW).state is State.GRANTED


@pytest.mark.parametrize("whose", ["joined", "refused"])
def test_the_database_takes_no_permit_from_who_joined_or_refused(
    store: Store, engine: Engine, url: str, page: int, whose: str
) -> None:
    if whose == "joined":
        store.joining.join(page, A_PAGE, IT.name, "second", NOW)
    else:
        store.refuse(page, engine, IT, WHY, NOW)
        (one,) = store.requests()
        store.appeal(one.receipt, "The board is for another day.", NOW)
    row = (
        "INSERT INTO reviews (request, account, role, verdict, reason, at, round) SELECT id, 'it', 'it', 'approve', "
        f"'{WHY}', submitted_at, round FROM exception_requests WHERE id = {page}"
    )
    with pytest.raises(Exception, match="others than those who ask"):
        change(
            url,
            row,
            "INSERT INTO grants (id, request, who_kind, who_value, what_kind, what_value, starts, ends, approved_by, "
            f"first_approver) SELECT 'g', {page}, 'device', '10.30.7.21', 'page', 'https://games.example/a', "
            "submitted_at, submitted_at, 'it', 'it' FROM exception_requests",
        )


@sqlite_only
def test_a_permit_that_only_who_joined_still_had_is_over_for_good(store: Store, engine: Engine, page: int) -> None:
    code = store.joining.join(page, A_PAGE, "", "second", NOW)
    (first,) = store.requests()
    store.withdraw(first.receipt, NOW)
    store.approve(page, engine, BOTH, THIS_PAGE_TODAY, WHY, NOW)
    (theirs,) = store.live_grants(NOW)
    assert store.joining.receipt(code) is not None
    assert store.note_endings(theirs.ends - timedelta(hours=1), {theirs.id}) == 1, "the clock was set back meanwhile"
    assert store.live_grants(NOW) == ()
