"""The receipt: found by its code alone, and true about what is open now."""

from datetime import timedelta
from pathlib import Path

import pytest

from saywhy.exceptions.state import State
from saywhy.portal.context import Noticed
from tests.exceptions.conftest import SCHOOL, school
from tests.portal.conftest import ANSWERS, PAGE_TODAY, World, csrf, say


@pytest.mark.parametrize("typed", ["{0}", " {0} ", "{1}", "{2}"], ids=["plain", "spaces", "capitals", "groups"])
def test_a_receipt_is_found_by_its_code(world: World, typed: str) -> None:
    code = world.ask().rsplit("/", 1)[1]
    client = world.client()
    given = typed.format(code, code.upper(), "-".join(code[at : at + 4] for at in range(0, 16, 4)))
    found = client.post("/find", data={"code": given, "csrf_token": csrf(client.get("/"))})
    assert found.status_code == 303
    assert found.headers["Location"] == f"/receipt/{code}"


@pytest.mark.parametrize("code", ["", "R-1001", "1", "x" * 16, "%", "'--"])
def test_a_code_that_no_request_has_finds_nothing(world: World, code: str) -> None:
    world.ask()
    client = world.client()
    assert client.post("/find", data={"code": code, "csrf_token": csrf(client.get("/"))}).status_code == 422
    assert client.get(f"/receipt/{code or 'x'}").status_code == 404


def test_a_receipt_tells_the_answer(world: World) -> None:
    granted, refused = world.ask(), world.ask()
    staff = world.staff("it")
    say(staff, 2, "refuse", reason="The club has a board.")
    say(staff, 1, "approve", who="device", what="page", until="date", date="2026-11-27", note="Enjoy the club")
    yes, no = world.client().get(granted).text, world.client().get(refused).text
    for told in (
        "The answer is yes",
        "the end of Friday 27 November 2026",
        'href="https://games.example/chess"',
        "Enjoy the club",
    ):
        assert told in yes
    for told in ("The answer is no", "The club has a board.", "IT support", "ask again"):
        assert told in no
    world.now += timedelta(days=6)
    over = world.client().get(granted).text
    assert "It was open, and the time is over" in over
    assert 'href="https://games.example/chess"' not in over


def test_a_receipt_tells_who_looks_at_it_next(world: World) -> None:
    path = world.ask(token=world.token(host="chat.example", rule="chat"))
    assert "Safeguarding lead has to agree" in world.client().get(path).text
    say(world.staff("it"), 1, "approve", **PAGE_TODAY)
    waiting = world.client().get(path).text
    assert "One person said yes" in waiting
    assert "Safeguarding lead reads your request" in waiting


def test_a_request_can_be_taken_back_until_it_is_answered(world: World) -> None:
    path = world.ask()
    client = world.client()
    receipt = client.get(path)
    assert client.post(f"{path}/withdraw").status_code == 400
    assert client.post(f"{path}/withdraw", data={"csrf_token": csrf(receipt)}).status_code == 303
    assert world.store.requests()[0].state is State.WITHDRAWN
    assert client.post(f"{path}/withdraw", data={"csrf_token": csrf(receipt)}).status_code == 409


@pytest.mark.parametrize(
    ("chosen", "link"),
    [
        ({"what": "page"}, "https://games.example/chess"),
        ({"who": "group:year7"}, "https://games.example/chess"),
        ({"what": "another-page", "page": "https://games.example/club/rules"}, "https://games.example/club/rules"),
        ({"what": "another-page", "page": "https://games.example/watch?v=rome"}, "https://games.example/watch?v=rome"),
        ({"what": "another-page", "page": "https://games.example/che"}, "https://games.example/che"),
    ],
)
def test_a_receipt_leads_to_what_was_opened(world: World, chosen: dict[str, str], link: str) -> None:
    path = world.ask(token=world.token(path="/chess"))
    say(world.staff("it"), 1, "approve", **{**PAGE_TODAY, **chosen})
    told = world.client().get(path).text
    assert told.count('href="https://games.example') == 1
    assert f'href="{link}"' in told


def test_a_receipt_leads_nowhere_that_is_closed_again(world: World, tmp_path: Path) -> None:
    path = world.ask()
    say(world.staff("it"), 1, "approve", **PAGE_TODAY)
    assert 'href="https://games.example/chess"' in world.client().get(path).text
    later = SCHOOL.replace("floor.example", "games.example").replace(
        "  - id: games\n    block: {domains: [games.example]}", "  - id: games\n    block: {domains: [other.example]}"
    )
    world.engine = school(tmp_path / "later", later)
    assert 'href="https://games.example' not in world.client().get(path).text
    world.engine = None
    assert 'href="https://games.example' not in world.client().get(path).text


def test_a_permit_that_was_ended_is_told_with_its_reason(world: World) -> None:
    path = world.ask()
    staff = world.staff("it")
    say(staff, 1, "approve", **PAGE_TODAY)
    say(staff, 1, "end", ending="The club is over for this term.")
    told = world.client().get(path).text
    for words in (
        "<title>R-1001: Yes, and ended early",
        "It was open, and was ended early",
        "Monday 23 November 2026 at 10:00",
        "Why it ended",
        "The club is over for this term.",
    ):
        assert words in told
    assert "The answer is yes" not in told
    assert 'href="https://games.example' not in told
    world.ask()
    for page in ("/requests", "/requests/1", "/requests/2"):
        assert "Yes, and ended early" in staff.get(page).text


def test_a_permit_that_is_over_no_longer_reads_yes(world: World) -> None:
    path = world.ask()
    staff = world.staff("it")
    say(staff, 1, "approve", **{**PAGE_TODAY, "until": "this-lesson"})
    assert "<title>R-1001: Yes ·" in world.client().get(path).text
    world.now += timedelta(hours=1)
    told = world.client().get(path).text
    assert "<title>R-1001: Yes, and over ·" in told
    assert "The answer was yes, until 11:00 on Monday 23 November 2026" in told
    assert "Yes, and over" in world.staff("it").get("/requests").text


def test_who_asks_for_what_is_open_is_told_so_at_once(world: World) -> None:
    world.ask()
    say(world.staff("it"), 1, "approve", **{**PAGE_TODAY, "who": "group:year7"})
    client, path = world.client(), f"/ask/{world.token(device='10.30.7.22', path='/chess')}"
    form = client.get(path)
    assert "It is open already" in form.text
    assert "the end of Monday 23 November 2026" in form.text
    assert 'href="https://games.example/chess"' in form.text
    data = {**ANSWERS, "csrf_token": csrf(form)}
    page = client.post(path, data={**data, "until": "2026-11-23"})
    assert page.status_code == 409
    assert "It is open already" in page.text
    assert 'href="https://games.example/chess"' in page.text
    assert "Year 7" not in page.text, "no page tells what group somebody is in"
    assert len(world.store.requests()) == 1
    assert client.post(path, data=data).status_code == 303, "for longer it can be asked for"


def test_what_is_open_to_others_is_asked_for_as_ever(world: World) -> None:
    world.ask()
    say(world.staff("it"), 1, "approve", **PAGE_TODAY)
    token = world.token(device="10.30.7.22")
    assert "open already" not in world.client().get(f"/ask/{token}").text
    receipt = world.ask(token=token, until="2026-11-23")
    assert "We have your request" in world.client().get(receipt).text


def test_who_waited_for_the_same_has_an_answer_with_it(world: World) -> None:
    world.ask()
    same, longer, elsewhere = (
        world.ask(token=world.token(device="10.30.7.22"), until="2026-11-23"),
        world.ask(token=world.token(device="10.30.7.23")),
        world.ask(token=world.token(device="10.30.9.9", groups=("students",))),
    )
    say(world.staff("it"), 1, "approve", **{**PAGE_TODAY, "who": "group:year7"})
    states = [one.state for one in world.store.requests()]
    assert states == [State.GRANTED, State.LAPSED, State.OPEN, State.OPEN]
    told = world.client().get(same).text
    assert "<title>R-1002: Open already" in told
    assert "It is open for you until the end of Monday 23 November 2026" in told
    assert 'href="https://games.example/chess"' in told
    assert "R-1001" not in told
    waiting = world.client().get(longer).text
    assert "It is open already" in waiting
    assert "in case you need it for longer" in waiting
    assert "Take my request back" in waiting
    assert "We have your request" in world.client().get(elsewhere).text
    world.now += timedelta(days=1)
    over = world.client().get(same).text
    assert "This request was closed" in over
    assert 'href="https://games.example' not in over
    assert "We have your request" in world.client().get(longer).text
    assert world.noticed.count(Noticed.LAPSED) == 0
