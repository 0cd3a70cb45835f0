"""The form a step a page: alternatives, earlier answers, joining, drafts, a need for one role's eyes, a teacher's number."""

import re
from pathlib import Path

import pytest

from saywhy.policy.reader import Reader
from saywhy.portal.context import Noticed
from saywhy.portal.steps import Step
from tests.exceptions.conftest import SCHOOL, school
from tests.portal.conftest import ANSWERS, SITE_TODAY, World, csrf, say, say_both

WHOLE = {**ANSWERS, "who": "device", "until": "today", "need": "", "news": ""}
INSTEAD = SCHOOL.replace(
    "rules:\n",
    "purposes:\n"
    "  play: {label: Play in a break, alternatives: [{name: Chess board, url: 'https://board.example/', trusted: Ours.},"
    " {name: Bets, url: 'https://bets.example/', trusted: No.}]}\n"
    "rules:\n",
    1,
).replace("    why: {risk: Games", "    instead: [play]\n    why: {risk: Games")


@pytest.fixture
def with_purposes(world: World, tmp_path: Path) -> World:
    world.engine = school(tmp_path / "purposes", INSTEAD)
    return world


def test_an_alternative_is_offered_and_taking_it_ends_kindly(with_purposes: World) -> None:
    world, client, token = with_purposes, with_purposes.client(), with_purposes.token()
    page = world.walk(client, token, {"purpose": "play", "wants": ""}, to="instead")
    assert 'href="https://board.example/"' in page.text
    assert "bets.example" not in page.text, "nothing is offered that the filter would refuse"
    done = client.post(f"/ask/{token}/helped", data={"csrf_token": csrf(page)})
    assert "Good, you found something" in done.text
    assert world.noticed == [Noticed.HELPED]
    assert world.store.requests() == ()


def test_who_goes_on_asks_with_the_purpose_and_nobody_is_told_a_need_but_its_role(with_purposes: World) -> None:
    world, client = with_purposes, with_purposes.client()
    answers = {**WHOLE, "purpose": "play", "wants": "", "need": "I read with a screen reader"}
    sent = world.walk(client, world.token(), answers)
    assert sent.status_code == 303
    (asked,) = world.store.requests()
    assert asked.wants == "Play in a break"
    decider, lead = world.staff("it"), world.staff("safeguarding")
    for page in (decider.get("/requests"), decider.get("/requests/1"), client.get(sent.headers["Location"])):
        assert "screen reader" not in page.text
    assert "Safeguarding lead about a need" in decider.get("/requests/1").text
    assert "screen reader" in lead.get("/requests/1").text


@pytest.mark.parametrize(
    ("step", "answers", "field", "message"),
    [
        ("wants", {"purpose": "other", "wants": ""}, "wants", "Write what you want to do"),
        ("because", {"because": "?"}, "because", "Write why you need it, in words"),
        ("work", {"work": "x" * 201}, "work", "Use 200 characters or fewer; you have used 201"),
        ("who", {"who": ""}, "who", "Choose who needs it"),
        ("until", {"until": ""}, "until", "Choose until when you need it"),
        ("until", {"until": "date", "date": "yesterday"}, "date", "Write the last day as a date, like 23/11/2026"),
        ("need", {"need": "x" * 501}, "need", "Use 500 characters or fewer; you have used 501"),
    ],
)
def test_each_page_asks_again_and_keeps_what_was_typed(
    world: World, step: str, answers: dict[str, str], field: str, message: str
) -> None:
    client, token = world.client(), world.token()
    page = world.walk(client, token, {**WHOLE, **answers}, to=step)
    again = client.post(f"/ask/{token}/{step}", data={**answers, "csrf_token": csrf(page)})
    assert again.status_code == 422
    assert f'<a href="#{field}">{message}</a>' in again.text
    assert re.search(rf'id="{field}"', again.text)
    assert "<title>Error: " in again.text
    name = "wants" if step == "wants" else step
    address = f"/ask/{token}" if name == "wants" else f"/ask/{token}/{name}"
    for text in answers.values():
        assert text in client.get(address).text, "it is there after going away and coming back"


def test_a_draft_is_found_from_another_block_page_of_the_address_and_by_no_other_browser(world: World) -> None:
    client, token = world.client(), world.token()
    world.walk(client, token, WHOLE, to="work")
    other = world.token(code="ZZ-ZZZZ-ZZ")
    assert ANSWERS["because"] in client.get(f"/ask/{other}/because").text
    stranger = world.client()
    assert stranger.get(f"/ask/{token}/because").status_code == 303, "what comes first is asked first"
    assert ANSWERS["wants"] not in stranger.get(f"/ask/{token}").text
    client.post(f"/ask/{token}/afresh", data={"csrf_token": csrf(client.get(f"/ask/{token}"))})
    assert ANSWERS["wants"] not in client.get(f"/ask/{token}").text


def test_a_change_leads_back_to_the_check(world: World) -> None:
    client, token = world.client(), world.token()
    world.walk(client, token, WHOLE, to="check")
    page = client.get(f"/ask/{token}/because?check=yes")
    data = {"because": "Another reason", "back_to_check": "yes", "csrf_token": csrf(page)}
    sent = client.post(f"/ask/{token}/because", data=data)
    assert sent.headers["Location"].endswith("/check")
    assert "Another reason" in client.get(sent.headers["Location"]).text


def test_the_same_question_meets_the_first_answer_and_says_what_is_new(world: World) -> None:
    world.ask()
    staff = world.staff("it")
    say(staff, 1, "refuse", reason="The club has a board of its own.")
    client, token = world.client(), world.token(device="10.30.7.22")
    page = world.walk(client, token, WHOLE, to="before")
    assert "The club has a board of its own." in page.text
    assert "IT support" in page.text
    data = {**ANSWERS, "csrf_token": csrf(page)}
    assert client.post(f"/ask/{token}", data=data).status_code == 422, "nobody gets round it"
    sent = world.walk(client, token, {**WHOLE, "news": "The board was lost"})
    assert sent.status_code == 303
    dossier = staff.get("/requests/2").text
    assert "The board was lost" in dossier
    assert "The club has a board of its own." in dossier


def test_who_asks_for_the_same_joins_and_has_the_answer(world: World) -> None:
    first = world.ask()
    client, token = world.client(), world.token(device="10.30.7.22")
    page = world.walk(client, token, WHOLE, to="before")
    assert "One other person has asked for this" in page.text
    joined = client.post(f"/ask/{token}/join", data={"request": "1", "csrf_token": csrf(page)})
    assert joined.status_code == 303
    receipt = joined.headers["Location"]
    assert receipt != first
    mine = client.get(receipt).text
    assert "You have joined" in mine
    assert ANSWERS["because"] not in mine, "what somebody else wrote is theirs"
    staff = world.staff("it")
    assert "One other person asks" in staff.get("/requests/1").text
    assert len(world.store.requests()) == 1
    say_both(world, 1, **SITE_TODAY)
    for path in (first, receipt):
        told = client.get(path).text
        assert "The answer is yes" in told
        assert 'href="https://games.example/chess"' in told
    assert "10.30.7.22" in client.get(receipt).text
    assert "10.30.7.21" not in client.get(receipt).text
    assert world.noticed.count(Noticed.JOINED) == 1


def test_what_is_not_the_same_is_not_joined_by_a_form_that_was_altered(world: World) -> None:
    world.ask(token=world.token(path="/other"))
    client, token = world.client(), world.token()
    for number in ("1", "2", "-1", "x", "9" * 30):
        data = {"request": number, "csrf_token": csrf(client.get(f"/ask/{token}"))}
        assert "/receipt/" not in client.post(f"/ask/{token}/join", data=data).headers["Location"]
    assert world.store.joining.counts([1]) == {}


def test_a_young_child_gets_a_number_that_a_teacher_opens(world: World) -> None:
    token = world.token(reader=Reader.EARLY)
    child = world.client().get(f"/ask/{token}")
    assert "Show this to your teacher" in child.text
    assert "K7-42QX-9M" in child.text
    assert "<textarea" not in child.text
    teacher = world.client()
    data = {"code": "k7 42qx 9m", "csrf_token": csrf(teacher.get("/"))}
    found = teacher.post("/find", data=data)
    assert found.status_code == 303
    assert "What do you want to do?" in teacher.get(found.headers["Location"]).text
    assert world.walk(teacher, token, WHOLE).status_code == 303


def test_younger_readers_get_fewer_pages(world: World) -> None:
    client = world.client()
    page = world.walk(client, world.token(reader=Reader.PRIMARY), WHOLE, to="check")
    for gone in (Step.WORK, Step.WHO, Step.NEED):
        assert f"/{gone}?check" not in page.text
    assert "let your teacher ask" in client.get(f"/ask/{world.token(reader=Reader.PRIMARY)}").text


def test_an_account_sees_its_own_requests(world: World) -> None:
    staff = world.staff("it")
    path = world.ask(staff)
    world.ask()
    page = staff.get("/mine").text
    assert path in page
    assert "R-1002" not in page
    assert world.client().get("/mine").headers["Location"] == "/sign-in?next=/mine"
