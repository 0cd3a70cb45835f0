"""A class that asks for the same page: one section in the queue, one answer."""

from saywhy.exceptions.state import State
from saywhy.portal.context import Noticed
from saywhy.portal.queue import same_as
from tests.portal.conftest import PAGE_TODAY, World, say


def a_class_asks(world: World, devices: int = 4) -> None:
    for number in range(devices):
        token = world.token(path="/chess", device=f"10.30.7.{number + 30}")
        world.ask(token=token, until="2026-11-23", wants=f"Play on board {number}")


def states(world: World) -> list[State]:
    return [one.state for one in world.store.requests()]


def test_requests_for_the_same_page_stand_in_one_entry(world: World) -> None:
    world.ask(token=world.token(host="chat.example", rule="chat"))
    a_class_asks(world, 30)
    staff = world.staff("it")
    page = staff.get("/requests").text
    assert "Waiting for an answer (31)" in page
    assert "31 requests, in 2 entries" in page
    assert "30 asked for <bdi>games.example/chess</bdi>" in page
    assert page.count('<section class="request"') == 2
    each = staff.get("/requests?alike=2&state=open").text
    assert "Asked for the same (30)" in each
    for number in range(2, 32):
        assert f'href="/requests/{number}"' in each, "each can still be answered by itself"
    assert "Play on board 29" in each


def test_whoever_asks_for_the_same_page_stands_in_one_entry_and_another_page_in_another(world: World) -> None:
    a_class_asks(world, 2)
    world.ask(token=world.token(path="/draughts"))
    world.ask(token=world.token(path="/chess", groups=("students",)))
    page = world.staff("it").get("/requests").text
    assert "3 asked for <bdi>games.example/chess</bdi>" in page
    assert "4 requests, in 2 entries" in page
    waiting = world.store.requests()
    assert [one.id for one in same_as(waiting[0], waiting)] == [2], "one yes is for people of the same groups"


def test_one_no_answers_all_who_ask_for_the_same(world: World) -> None:
    a_class_asks(world)
    world.ask(token=world.token(path="/"))
    staff = world.staff("it")
    assert "Give this answer to the 3 others" in staff.get("/requests/2").text
    assert say(staff, 2, "refuse", reason="There is a board.", all="yes").status_code == 303
    assert states(world) == [State.REFUSED] * 4 + [State.OPEN]
    assert "You said no to R-1002, R-1001, R-1003, R-1004." in staff.get("/requests/2").text
    assert world.noticed.count(Noticed.REFUSED) == 4


def test_a_no_answers_one_alone_unless_all_are_meant(world: World) -> None:
    a_class_asks(world)
    staff = world.staff("it")
    page = say(staff, 2, "refuse", reason="no", all="yes")
    assert page.status_code == 422
    assert 'value="yes" checked' in page.text
    assert say(staff, 2, "refuse", reason="There is a board.").status_code == 303
    assert states(world) == [State.OPEN, State.REFUSED, State.OPEN, State.OPEN]


def test_nobody_answers_their_own_among_many(world: World) -> None:
    a_class_asks(world, 2)
    staff = world.staff("it")
    world.ask(staff, world.token(path="/chess", device="10.30.7.90"))
    say(staff, 1, "refuse", reason="There is a board.", all="yes")
    assert states(world) == [State.REFUSED, State.REFUSED, State.OPEN]


def test_one_yes_for_the_class_answers_the_class(world: World) -> None:
    a_class_asks(world)
    staff = world.staff("it")
    assert "3 other people ask for the same. A yes for all of Year 7 answers everybody" in staff.get("/requests/1").text
    say(staff, 1, "approve", **{**PAGE_TODAY, "who": "group:year7", "what": "page"})
    assert states(world) == [State.GRANTED] + [State.LAPSED] * 3
