"""The clock is told once for each request and each appeal, and answers nothing."""

from datetime import timedelta

from saywhy.decide.engine import Engine
from saywhy.exceptions.request import Happening
from saywhy.exceptions.state import State
from saywhy.exceptions.store import Store
from tests.exceptions.conftest import IT, NOW, WHY, sqlite_only, submission

HALF = NOW + timedelta(hours=4)  # of the six hours of school, three and more
OVER = NOW + timedelta(days=2)


def clock(store: Store, request: int = 1) -> list[Happening]:
    dossier = store.dossier(request)
    assert dossier is not None
    return [one.what for one in dossier.timeline if one.what in {Happening.HALF_TIME, Happening.OVERDUE}]


def test_half_the_time_and_all_of_it_are_told_once(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(), "a", NOW)
    assert store.note_lateness(engine, NOW) == 0
    assert clock(store) == []
    for late in (HALF, HALF, OVER, OVER):
        store.note_lateness(engine, late)
    assert clock(store) == [Happening.HALF_TIME, Happening.OVERDUE]
    assert store.note_lateness(engine, OVER) == 1
    again = store.request(asked.id)
    assert again is not None
    assert again.state is State.OPEN
    assert store.check_trail().faults == ()


@sqlite_only
def test_an_appeal_has_its_time_anew(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(), "a", NOW)
    store.note_lateness(engine, OVER)
    store.refuse(asked.id, engine, IT, "There is a board.", OVER)
    assert store.note_lateness(engine, OVER) == 0, "what is answered is late no more"
    store.appeal(asked.receipt, WHY, OVER)
    assert store.note_lateness(engine, OVER) == 0
    assert store.note_lateness(engine, OVER + timedelta(days=3)) == 1
    assert clock(store) == [Happening.OVERDUE, Happening.OVERDUE]


@sqlite_only
def test_time_for_the_answer_to_a_question_does_not_count(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(), "a", NOW)
    store.ask_back(asked.id, engine, IT, "For which lesson is it?", NOW)
    assert store.note_lateness(engine, OVER) == 0
    assert clock(store) == []


@sqlite_only
def test_many_requests_are_looked_at_in_parts(store: Store, engine: Engine) -> None:
    for number in range(501):
        store.submit(engine, submission(), f"{number}", NOW)
    assert store.note_lateness(engine, OVER) == 501
    assert clock(store, 501) == [Happening.OVERDUE]
