"""What those who read a request say about it: points that stay, and a referral that counts once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from saywhy.decide.engine import Engine
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.discussing import MOST_POINTS, Discussion, Side, safeguarding_role
from saywhy.exceptions.discussion_tables import ReferralRow
from saywhy.exceptions.request import Happening
from saywhy.exceptions.store import Store, UnknownRequest
from saywhy.exceptions.weighing import Incomplete, NotEntitled
from tests.exceptions.conftest import IT, NOW, submission

FOR = "The club has used it for years."
AGAINST = "Strangers can write to them there."


@pytest.fixture
def number(store: Store, engine: Engine) -> int:
    return store.submit(engine, submission(), "a form that was filled in", NOW).id


def test_points_are_kept_with_who_and_when_in_their_order(store: Store, number: int) -> None:
    store.add_point(number, Side.FOR, FOR, "it", NOW)
    store.add_point(number, Side.AGAINST, AGAINST, "lead", NOW + timedelta(minutes=1))
    store.add_point(number, Side.FOR, FOR, "lead", NOW + timedelta(minutes=2))
    found = store.discussion(number)
    assert [(one.side, one.text, one.by) for one in found.points] == [
        (Side.FOR, FOR, "it"),
        (Side.AGAINST, AGAINST, "lead"),
        (Side.FOR, FOR, "lead"),
    ]
    assert [one.by for one in found.on(Side.FOR)] == ["it", "lead"]
    assert found.points[1].at == NOW + timedelta(minutes=1)
    assert [one.what for one in found.steps] == [Happening.ARGUED] * 3


def test_whoever_asked_reads_none_of_it(store: Store, number: int) -> None:
    store.add_point(number, Side.AGAINST, AGAINST, "lead", NOW)
    store.refer(number, "safeguarding", "It could be about a stranger.", "it", NOW)
    dossier = store.dossier(number)
    assert dossier is not None
    assert [one.what for one in dossier.timeline] == [Happening.SUBMITTED]


def test_a_form_sent_twice_is_one_point(store: Store, number: int) -> None:
    for _ in range(2):
        store.add_point(number, Side.FOR, FOR, "it", NOW)
    assert len(store.discussion(number).points) == 1


@pytest.mark.parametrize("words", ["", "no", "no no no no", "!!! ??? ..."])
def test_a_point_says_something(store: Store, number: int, words: str) -> None:
    with pytest.raises(Incomplete) as lacking:
        store.add_point(number, Side.FOR, words, "it", NOW)
    assert set(lacking.value.errors) == {"point"}
    assert store.discussion(number) == Discussion()


def test_there_is_an_end_of_points(store: Store, number: int) -> None:
    for one in range(MOST_POINTS):
        store.add_point(number, Side.FOR, f"{FOR} {one}", "it", NOW)
    with pytest.raises(Incomplete):
        store.add_point(number, Side.FOR, FOR, "it", NOW)
    assert len(store.discussion(number).points) == MOST_POINTS


def test_a_point_about_nothing_is_refused(store: Store) -> None:
    with pytest.raises(UnknownRequest):
        store.add_point(99, Side.FOR, FOR, "it", NOW)
    with pytest.raises(UnknownRequest):
        store.refer(99, "safeguarding", FOR, "it", NOW)


@pytest.mark.parametrize(
    "change", ["UPDATE trail_texts SET value = 'x'", "DELETE FROM trail", "DELETE FROM trail_texts"]
)
def test_the_database_itself_changes_no_point(store: Store, number: int, change: str) -> None:
    store.add_point(number, Side.FOR, FOR, "it", NOW)
    with pytest.raises(StoreUnavailable), store._database.writing() as session:
        session.execute(text(change))
    assert [one.text for one in store.discussion(number).points] == [FOR]


def test_a_referral_counts_once_and_the_role_finds_it(store: Store, number: int) -> None:
    assert store.roles_referred(number) == frozenset()
    assert store.refer(number, "safeguarding", "It could be about a stranger.", "it", NOW)
    assert not store.refer(number, "safeguarding", "Somebody else worries as well.", "lead", NOW)
    (one,) = store.discussion(number).referrals
    assert (one.role, one.note, one.by, one.at) == ("safeguarding", "It could be about a stranger.", "it", NOW)
    assert store.roles_referred(number) == {"safeguarding"}
    assert store.referred_to({"safeguarding"}) == {number}
    assert store.referred_to({"it"}) == frozenset()


def test_many_at_once_refer_it_once(store: Store, number: int) -> None:
    with ThreadPoolExecutor(8) as pool:
        done = list(
            pool.map(
                lambda one: store.refer(number, "safeguarding", "It could be about a stranger.", f"n{one}", NOW),
                range(8),
            )
        )
    assert done.count(True) == 1
    assert len(store.discussion(number).referrals) == 1


def test_the_database_itself_keeps_a_second_referral_out(store: Store, number: int) -> None:
    store.refer(number, "safeguarding", "It could be about a stranger.", "it", NOW)

    def add(session: Session) -> None:
        session.add(ReferralRow(request=number, role="safeguarding", at=NOW))
        session.flush()

    with pytest.raises(StoreUnavailable), store._database.writing() as session:
        add(session)


def test_what_is_answered_is_not_referred(store: Store, engine: Engine, number: int) -> None:
    store.refuse(number, engine, IT, "There is a board in room 12.", NOW)
    with pytest.raises(NotEntitled):
        store.refer(number, "safeguarding", "It could be about a stranger.", "it", NOW)
    store.add_point(number, Side.FOR, FOR, "it", NOW)  # an appeal may follow


@pytest.mark.parametrize("note", ["", "hm"])
def test_a_referral_says_why(store: Store, number: int, note: str) -> None:
    with pytest.raises(Incomplete) as lacking:
        store.refer(number, "safeguarding", note, "it", NOW)
    assert set(lacking.value.errors) == {"concern"}


def test_it_goes_when_the_request_goes_and_the_trail_still_holds(store: Store, engine: Engine, number: int) -> None:
    store.add_point(number, Side.FOR, FOR, "it", NOW)
    store.refer(number, "safeguarding", "It could be about a stranger.", "it", NOW)
    store.refuse(number, engine, IT, "There is a board in room 12.", NOW)
    assert store.expire(NOW + timedelta(days=400), timedelta(days=365)).requests == (number,)
    assert store.referred_to({"safeguarding"}) == frozenset()
    assert store.request(number) is None


def test_the_role_is_found_by_its_name(engine: Engine) -> None:
    assert safeguarding_role(engine.policy) == "safeguarding"
