"""The store on real files: what is kept, and what happens at the same time."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.permits import PermitOver
from saywhy.exceptions.request import Happening, Verdict
from saywhy.exceptions.state import NotPossible, State
from saywhy.exceptions.store import Store
from saywhy.exceptions.stored import UnknownRequest
from saywhy.exceptions.weighing import CannotBeAsked, Incomplete, NotEntitled
from saywhy.policy.grant import GrantScope, GrantTarget
from saywhy.policy.pattern import parse_pattern
from tests.exceptions.conftest import (
    BOTH,
    GRANTS_CAN_CHANGE,
    IT,
    LEAD,
    NOW,
    SCHOOL,
    TEACHER,
    THIS_PAGE_TODAY,
    THIS_SITE_TODAY,
    WHY,
    change,
    refusal,
    say_yes,
    school,
    submission,
)

CHAT = refusal("chat.example", rule="chat")


def test_a_request_comes_back_as_it_was_made(store: Store, engine: Engine) -> None:
    made = submission(refusal(device=None, place=None, url="https://games.example/chess"), "teacher")
    asked = store.submit(engine, made, "a", NOW)
    assert asked.state is State.OPEN
    assert (asked.wants, asked.because, asked.work, asked.until) == (made.wants, made.because, made.work, made.until)
    assert (asked.refusal, asked.asked_by, asked.submitted_at) == (made.refusal, "teacher", NOW)
    assert store.request(asked.id) == asked
    assert store.by_receipt(asked.receipt) == asked
    assert asked.number == f"R-{1000 + asked.id}"


def test_receipts_cannot_be_guessed_and_numbers_are_read_aloud(store: Store, engine: Engine) -> None:
    receipts = {store.submit(engine, submission(), f"form {n}", NOW).receipt for n in range(20)}
    assert len(receipts) == 20
    assert all(len(one) == 16 and set(one) <= set("0123456789abcdefghjkmnpqrstvwxyz") for one in receipts)


@pytest.mark.parametrize("unknown", ["", "x", "0" * 16, "%", "' OR 1=1 --"])
def test_an_unknown_receipt_is_nothing(store: Store, engine: Engine, unknown: str) -> None:
    store.submit(engine, submission(), "a", NOW)
    assert store.by_receipt(unknown) is None
    with pytest.raises(UnknownRequest):
        store.withdraw(unknown, NOW)


def test_the_same_form_counts_once(store: Store, engine: Engine) -> None:
    first = store.submit(engine, submission(), "a", NOW)
    assert store.submit(engine, submission(), "a", NOW + timedelta(seconds=1)) == first
    assert store.submit(engine, submission(), "b", NOW).id != first.id
    assert store.submit(engine, submission(replace(refusal(), code="other")), "a", NOW).id != first.id


def test_a_form_sent_many_times_at_once_counts_once(store: Store, engine: Engine) -> None:
    made = at_once(*[lambda: store.submit(engine, submission(), "a", NOW)] * 6)
    assert len({getattr(one, "id", one) for one in made}) == 1
    assert len(store.requests()) == 1


def test_what_cannot_be_asked_is_not_kept(store: Store, engine: Engine) -> None:
    with pytest.raises(CannotBeAsked):
        store.submit(engine, submission(refusal("floor.example", rule="floor")), "a", NOW)
    assert store.requests() == ()


def test_a_yes_makes_one_grant_and_changes_the_number(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(refusal(path="/chess")), "a", NOW)
    before = store.change_number()
    assert store.approve(asked.id, engine, IT, THIS_PAGE_TODAY, WHY, NOW).state is State.GRANTED
    (grant,) = store.live_grants(NOW)
    assert grant.who == GrantScope(device="10.30.7.21")
    assert grant.what == GrantTarget(page=parse_pattern("https://games.example/chess"))
    assert (grant.starts, grant.approved_by, grant.request) == (NOW, "it", str(asked.id))
    assert store.change_number() > before
    assert store.live_grants(grant.ends) == ()


@pytest.mark.parametrize(
    ("chosen", "what"),
    [
        (Chosen("group:year7", "page", "this-lesson"), "page"),
        (Chosen("group:year7", "app:tiktok", "this-lesson"), "app"),
        (Chosen("device", "another-page", "this-lesson", page="https://tiktok.example/@museum?x=1"), "page"),
    ],
)
def test_pages_and_apps_come_back_as_they_were_given(store: Store, engine: Engine, chosen: Chosen, what: str) -> None:
    asked = store.submit(engine, submission(refusal("tiktok.example", "/@museum/video/1", "tiktok")), "a", NOW)
    say_yes(store, engine, asked.id, chosen)
    (grant,) = store.live_grants(NOW)
    assert getattr(grant.what, what) is not None
    request = store.request(asked.id)
    assert request is not None
    assert request.proposal is not None
    assert (grant.who, grant.what, grant.ends) == (request.proposal.who, request.proposal.what, request.proposal.ends)


def test_two_people_make_a_grant_where_the_rule_needs_two(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(CHAT), "a", NOW)
    before = store.change_number()
    assert store.approve(asked.id, engine, BOTH, THIS_SITE_TODAY, WHY, NOW).state is State.AWAITING_SIGN_OFF
    assert store.live_grants(NOW) == ()
    assert store.change_number() == before
    with pytest.raises(NotEntitled):
        store.sign_off(asked.id, engine, BOTH, WHY, NOW)
    assert store.sign_off(asked.id, engine, LEAD, WHY, NOW).state is State.GRANTED
    (grant,) = store.live_grants(NOW)
    assert grant.approved_by == "both, lead"
    dossier = store.dossier(asked.id)
    assert dossier is not None
    assert [one.what for one in dossier.timeline] == [Happening.SUBMITTED, Happening.APPROVED, Happening.SIGNED_OFF]


def test_a_no_is_final_and_told(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(), "a", NOW)
    with pytest.raises(Incomplete):
        store.refuse(asked.id, engine, IT, " ", NOW)
    store.refuse(asked.id, engine, IT, "The club has a board.", NOW)
    with pytest.raises(NotPossible):
        store.approve(asked.id, engine, IT, THIS_SITE_TODAY, WHY, NOW)
    dossier = store.dossier(asked.id)
    assert dossier is not None
    assert [(one.verdict, one.reason) for one in dossier.reviews] == [(Verdict.REFUSE, "The club has a board.")]
    assert store.live_grants(NOW) == ()


def test_an_answer_that_fails_leaves_no_trace(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(), "a", NOW)
    before = store.dossier(asked.id)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: store.approve(asked.id, engine, TEACHER, THIS_SITE_TODAY, WHY, NOW),
        lambda: store.approve(asked.id, engine, IT, Chosen(), "", NOW),
        lambda: store.sign_off(asked.id, engine, IT, "", NOW),
        lambda: store.refuse(asked.id, engine, IT, "", NOW),
        lambda: store.lapse(asked.id, engine, IT, "There is a board.", NOW),
    )
    for attempt in attempts:
        with pytest.raises((NotEntitled, Incomplete, NotPossible)):
            attempt()
    assert store.dossier(asked.id) == before


def test_two_people_approving_at_once_make_one_grant(url: str, store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(refusal(path="/chess")), "a", NOW)
    stores = [Store(url), Store(url)]
    outcomes = at_once(
        lambda: stores[0].approve(asked.id, engine, IT, THIS_PAGE_TODAY, WHY, NOW),
        lambda: stores[1].approve(asked.id, engine, BOTH, THIS_PAGE_TODAY, WHY, NOW),
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["ExceptionRequest", "NotPossible"]
    assert len(store.live_grants(NOW)) == 1
    dossier = store.dossier(asked.id)
    assert dossier is not None
    assert len(dossier.reviews) == 1
    for one in stores:
        one.close()


def test_a_yes_and_a_no_at_once_are_one_answer(url: str, store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(refusal(path="/chess")), "a", NOW)
    other = Store(url)
    outcomes = at_once(
        lambda: store.approve(asked.id, engine, IT, THIS_PAGE_TODAY, WHY, NOW),
        lambda: other.refuse(asked.id, engine, BOTH, "There is a board.", NOW),
    )
    assert sum(isinstance(one, NotPossible) for one in outcomes) == 1
    request = store.request(asked.id)
    assert request is not None
    assert len(store.live_grants(NOW)) == (request.state is State.GRANTED)
    other.close()


def test_a_grant_that_is_ended_is_ended_at_once_and_once(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(), "a", NOW)
    say_yes(store, engine, asked.id)
    (grant,) = store.live_grants(NOW)
    before = store.change_number()
    store.revoke(grant.id, "lead", NOW, "the club is over")
    with pytest.raises(PermitOver):
        store.revoke(grant.id, "it", NOW + timedelta(minutes=1))
    assert store.live_grants(NOW) == ()
    assert store.change_number() == before + 1
    dossier = store.dossier(asked.id)
    assert dossier is not None
    assert dossier.revoked_at == NOW
    assert [(one.what, one.by) for one in dossier.timeline[3:]] == [(Happening.REVOKED, "lead")]
    with pytest.raises(UnknownRequest):
        store.revoke("no such grant", "it", NOW)


@pytest.mark.parametrize(
    "damage",
    [
        "who_kind = 'everyone'",
        "who_value = ''",
        "who_kind = 'device', who_value = 'not an address'",
        "what_kind = 'anything'",
        "what_value = ''",
        "what_kind = 'page', what_value = 'https://games.example/*'",
        "what_kind = 'page', what_value = 'https://games.example/'",
        "what_kind = 'page', what_value = 'https://*.example/x'",
        "starts = ends",
    ],
)
def test_a_grant_that_cannot_be_read_is_left_out_and_reported(
    store: Store, engine: Engine, url: str, reported: list[str], damage: str
) -> None:
    for form in ("a", "b"):
        asked = store.submit(engine, submission(), form, NOW)
        say_yes(store, engine, asked.id, Chosen("group:year7", "site", "today"))
    change(url, GRANTS_CAN_CHANGE[url.partition("+")[0].partition(":")[0]])
    change(url, f"UPDATE grants SET {damage} WHERE request = 1")
    assert [grant.request for grant in store.live_grants(NOW)] == ["2"]
    assert len(reported) == 1
    assert "not in force" in reported[0]


def test_requests_are_listed_by_state_the_oldest_first(store: Store, engine: Engine) -> None:
    made = [store.submit(engine, submission(), f"{n}", NOW + timedelta(minutes=n)).id for n in range(4)]
    store.refuse(made[1], engine, IT, "There is a board.", NOW + timedelta(hours=2))
    store.refuse(made[0], engine, IT, "There is a board.", NOW + timedelta(hours=3))
    assert [one.id for one in store.requests({State.OPEN})] == made[2:]
    assert [one.id for one in store.requests({State.OPEN}, limit=1)] == made[2:3]
    assert [one.id for one in store.requests({State.REFUSED}, newest_first=True)] == [made[0], made[1]]
    assert store.counts_by_state() == {**dict.fromkeys(State, 0), State.OPEN: 2, State.REFUSED: 2}


def test_earlier_answers_for_a_site_are_found(store: Store, engine: Engine) -> None:
    first, second, other = (
        store.submit(engine, submission(refusal(host, rule=rule)), f"{n}", NOW)
        for n, (host, rule) in enumerate(
            [("games.example", "games"), ("games.example", "games"), ("chat.example", "chat")]
        )
    )
    store.refuse(first.id, engine, IT, "There is a board.", NOW)
    store.refuse(other.id, engine, IT, "not this either", NOW)
    store.withdraw(second.receipt, NOW)
    assert [(one.id, review.reason) for one, review in store.answered_for({"games.example"})] == [
        (first.id, "There is a board.")
    ]
    assert store.answered_for(set()) == ()
    assert store.asked_for({"games.example", "chat.example", "new.example"}) == {"games.example": 2, "chat.example": 1}


def test_what_the_rules_no_longer_close_lapses(store: Store, engine: Engine, tmp_path: Path) -> None:
    asked = store.submit(engine, submission(), "a", NOW)
    later = school(tmp_path / "later", SCHOOL.replace("games.example", "nowhere.example"))
    with pytest.raises(CannotBeAsked):
        store.approve(asked.id, later, IT, THIS_SITE_TODAY, WHY, NOW)
    assert store.lapse(asked.id, later, LEAD, "It is open now.", NOW).state is State.LAPSED


def test_a_number_is_never_given_twice(store: Store, engine: Engine, url: str) -> None:
    last = store.submit(engine, submission(), "a", NOW)
    change(url, "DELETE FROM request_details")
    change(url, "DELETE FROM exception_requests")
    assert store.submit(engine, submission(), "b", NOW).id > last.id


def at_once[T](*calls: Callable[[], T]) -> list[T | Exception]:
    """What each of these calls gives or raises when all begin together."""
    barrier = threading.Barrier(len(calls))
    outcomes: list[T | Exception] = []

    def run(call: Callable[[], T]) -> None:
        barrier.wait()
        try:
            outcomes.append(call())
        except Exception as raised:  # noqa: BLE001 — what is raised is the outcome
            outcomes.append(raised)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
