"""Asking: the form, its checks, the receipt, and what cannot be asked for."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from saywhy.exceptions.database import StoreUnavailable
from saywhy.portal.context import Noticed
from tests.exceptions.conftest import SCHOOL, school
from tests.portal.conftest import ANSWERS, PROOF, World, csrf, say


def test_a_request_goes_from_the_form_to_its_receipt(world: World) -> None:
    client, token = world.client(), world.token()
    form = client.get(f"/ask/{token}")
    assert form.status_code == 200
    for told in ("games.example", "Year 7", "Games take time from lessons.", "IT support", "K7-42QX-9M"):
        assert told in form.text
    sent = world.walk(client, token, {**ANSWERS, "who": "device", "until": "date", "date": "2026-11-27", "need": ""})
    assert sent.status_code == 303
    assert re.fullmatch(r"/receipt/[0-9a-z]{16}", sent.headers["Location"])
    receipt = client.get(sent.headers["Location"])
    assert receipt.status_code == 200
    for told in ("R-1001", "We have your request", "IT support reads your request", *list(ANSWERS.values())[:3]):
        assert told in receipt.text
    assert world.noticed == [Noticed.SUBMITTED]
    (asked,) = world.store.requests()
    assert asked.refusal.device == "10.30.7.21"
    assert asked.refusal.groups == ("year7", "students")


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"wants": ""}, "Write what you want to do"),
        ({"wants": " \n\t \u200b"}, "Write what you want to do"),
        ({"because": ""}, "Write why you need it"),
        ({"work": ""}, "Write which lesson or piece of work it is for"),
        ({"wants": "..."}, "Write what you want to do, in words"),
        ({"because": "?"}, "Write why you need it, in words"),
        ({"work": "- -"}, "Write which lesson or piece of work it is for, in words"),
        ({"wants": "x" * 501}, "Use 500 characters or fewer; you have used 501"),
        ({"because": "ö" * 501}, "Use 500 characters or fewer; you have used 501"),
        ({"work": "x" * 201}, "Use 200 characters or fewer; you have used 201"),
        ({"until": ""}, "Choose until when you need it"),
        ({"until": "soon"}, "Write the last day as a date, like 23/11/2026"),
        ({"until": "2026-11-22"}, "The last day has to be today or later"),
        ({"until": "2027-11-23"}, "The last day can be Monday 22 November 2027 at the latest"),
        ({"until": "2026-02-31"}, "Write the last day as a date, like 23/11/2026"),
    ],
)
def test_an_answer_that_lacks_something_is_asked_for_again(world: World, answers: dict[str, str], message: str) -> None:
    client, path = world.client(), f"/ask/{world.token()}"
    given = {**ANSWERS, **answers}
    sent = client.post(path, data={**given, "csrf_token": csrf(client.get(path))})
    (field,) = answers
    assert sent.status_code == 422
    assert "<title>Error: " in sent.text
    assert sent.text.index("There is a problem") < sent.text.index("<h1>")
    assert f'<a href="#{field}">{message}</a>' in sent.text
    assert re.search(rf'<a id="{field}" href="/ask/[^"]*check=yes"', sent.text), (
        "the message leads to where it is changed"
    )
    for name in set(ANSWERS) - {field}:
        assert given[name] in sent.text, "answers are kept"
    assert world.store.requests() == ()


@pytest.mark.parametrize(
    ("until", "day"), [("2026-11-23", "2026-11-23"), ("27/11/2026", "2026-11-27"), ("2027-11-22", "2027-11-22")]
)
def test_days_that_make_sense_are_taken(world: World, until: str, day: str) -> None:
    world.ask(until=until)
    assert world.store.requests()[0].until.isoformat() == day


def test_limits_count_what_was_meant_not_how_lines_end(world: World) -> None:
    world.ask(wants="x\r\n" * 249 + "x")
    assert world.store.requests()[0].wants == "x\n" * 249 + "x"


def test_nothing_that_was_written_can_act_in_a_page(world: World) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'{{ 'a'*30 }}"
    path = world.ask(wants=evil, because=evil, work=evil)
    staff = world.staff("it")
    say(staff, 1, "refuse", reason=evil)
    world.ask(wants=evil, because=evil, work=evil)
    for page in (world.client().get(path), staff.get("/requests"), staff.get("/requests/1")):
        assert "<script>" not in page.text
        assert "<img" not in page.text
        assert "a" * 30 not in page.text
        assert "&lt;script&gt;" in page.text


def test_marks_that_turn_a_text_around_are_left_out(world: World) -> None:
    world.ask(wants="a\u202eb\x00c\u2066d")
    assert world.store.requests()[0].wants == "abcd"


def test_the_same_form_sent_twice_counts_once(world: World) -> None:
    client, token = world.client(), world.token()
    whole = {**ANSWERS, "who": "device", "until": "today"}
    page = world.walk(client, token, whole, to="check")
    again = client.get(f"/ask/{token}/check")
    marks = {match for text in (page.text, again.text) for match in re.findall(r'name="form" value="([^"]+)"', text)}
    assert len(marks) == 1, "two tabs have the same form"
    data = {**ANSWERS, "csrf_token": csrf(page), "form": marks.pop()}
    first, second = client.post(f"/ask/{token}", data=data), client.post(f"/ask/{token}", data=data)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(world.store.requests()) == 1


def test_a_form_that_was_corrected_still_counts_as_one(world: World) -> None:
    client, path = world.client(), f"/ask/{world.token()}"
    wrong = client.post(path, data={**ANSWERS, "wants": "", "form": "a" * 22, "csrf_token": csrf(client.get(path))})
    assert 'name="form" value="aaaaaaaaaaaaaaaaaaaaaa"' in wrong.text


@pytest.mark.parametrize(
    ("host", "rule", "status", "told", "untold"),
    [
        ("floor.example", "floor", 403, ["cannot be asked for here", "Safeguarding lead"], []),
        ("bets.example", "betting", 403, ["cannot be asked for here", "IT support"], []),
        ("hurt.example", "care", 403, ["You can talk to somebody", "Mrs Patel", "Room 12"], ["hurt.example", "care<"]),
        ("open.example", "games", 409, ["You may not need to ask"], []),
        ("10.1.2.3", "", 403, ["cannot be asked for here"], []),
    ],
)
def test_what_cannot_be_asked_for_gets_a_page_and_no_form(
    world: World, host: str, rule: str, status: int, told: list[str], untold: list[str]
) -> None:
    client, path = world.client(), f"/ask/{world.token(host=host, rule=rule)}"
    page = client.get(path)
    assert page.status_code == status
    assert all(words in page.text for words in told)
    assert not any(words in page.text for words in untold)
    assert "<textarea" not in page.text
    token = csrf(client.get("/"))
    assert client.post(path, data={**ANSWERS, "csrf_token": token}).status_code == status
    assert world.store.requests() == ()


def test_a_reference_that_is_too_old_says_what_to_do(world: World) -> None:
    token = world.token()
    world.now += timedelta(days=30)
    page = world.client().get(f"/ask/{token}")
    assert page.status_code == 410
    assert "too old" in page.text


def test_a_reference_that_grew_old_while_writing_gives_the_words_back(world: World) -> None:
    client, path = world.client(), f"/ask/{world.token()}"
    form = client.get(path)
    world.now += timedelta(days=30)
    data = {**ANSWERS, "csrf_token": csrf(form)}
    page = client.post(path, data=data, headers={"Origin": "http://localhost"})
    assert page.status_code == 410
    assert ANSWERS["because"] in page.text
    elsewhere = client.post(path, data=data, headers={"Origin": "http://other.example"})
    assert ANSWERS["because"] not in elsewhere.text


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "x", lambda t: "x", lambda t: t[::-1], lambda t: "é" + t]
)
def test_a_reference_that_was_changed_is_not_taken(world: World, change: object) -> None:
    page = world.client().get(f"/ask/{change(world.token())}")  # type: ignore[operator]
    assert page.status_code == 400
    assert "not complete" in page.text


def test_without_a_token_of_our_own_nothing_is_taken(world: World) -> None:
    client, path = world.client(), f"/ask/{world.token()}"
    client.get(path)
    for token in ("", "made up", csrf(world.client().get(path))):
        page = client.post(path, data={**ANSWERS, "csrf_token": token})
        assert page.status_code == 400
        assert "form has to be opened again" in page.text
    assert world.store.requests() == ()


def test_one_device_sends_ten_requests_an_hour(world: World) -> None:
    for _ in range(10):
        world.ask()
    client, path = world.client(), f"/ask/{world.token()}"
    form = client.get(path)
    data = {**ANSWERS, "csrf_token": csrf(form)}
    page = client.post(path, data=data, headers={"Origin": "http://localhost"})
    assert page.status_code == 429
    assert "short break" in page.text
    assert ANSWERS["wants"] in page.text
    assert len(world.store.requests()) == 10
    world.ask(token=world.token(device="10.30.7.22"))


def test_mistakes_do_not_use_requests_up(world: World) -> None:
    client, path = world.client(), f"/ask/{world.token()}"
    token = csrf(client.get(path))
    for _ in range(12):
        assert client.post(path, data={"csrf_token": token}).status_code == 422
    world.ask()


def test_when_the_store_is_away_the_answers_stay_in_the_form(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client, path = world.client(), f"/ask/{world.token()}"
    form = client.get(path)

    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(world.store, "submit", away)
    page = client.post(path, data={**ANSWERS, "csrf_token": csrf(form)})
    assert page.status_code == 503
    assert "could not be kept just now" in page.text
    for answer in ANSWERS.values():
        assert answer in page.text
    monkeypatch.undo()
    again = client.post(path, data={**ANSWERS, "csrf_token": csrf(page)})
    assert again.status_code == 303
    assert world.noticed == [Noticed.STORE_UNAVAILABLE, Noticed.SUBMITTED]


def test_when_the_store_is_away_other_pages_say_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(world.store.joining, "receipt", away)
    page = world.client().get("/receipt/0000000000000000")
    assert page.status_code == 503
    assert "cannot be read or kept just now" in page.text


def test_without_a_policy_nothing_is_asked_but_receipts_are_there(world: World) -> None:
    path, token = world.ask(), world.token()
    world.engine = None
    assert world.client().get(f"/ask/{token}").status_code == 503
    assert world.client().get(path).status_code == 200
    assert world.client().get("/").status_code == 200


def test_somebody_signed_in_asks_under_their_name(world: World) -> None:
    world.ask(world.staff("it"))
    assert world.store.requests()[0].asked_by == "it"


def test_a_relayed_request_speaks_for_its_client(world: World) -> None:
    client = world.client()
    relayed = {"X-Saywhy-Relay": PROOF, "X-Saywhy-Client": "10.30.7.50", "X-Saywhy-Scheme": "https"}
    assert "Secure" in client.get("/", headers=relayed).headers["Set-Cookie"]


@pytest.mark.parametrize("proof", ["", "wrong", PROOF + " ", "é"])
def test_without_the_proof_nobody_speaks_for_others(world: World, proof: str) -> None:
    headers = {"X-Saywhy-Relay": proof, "X-Saywhy-Client": "10.30.7.50", "X-Saywhy-Scheme": "https"}
    assert "Secure" not in world.client().get("/", headers=headers).headers["Set-Cookie"]


def test_the_form_says_what_the_rule_offers(world: World, tmp_path: Path) -> None:
    client = world.client()
    assert "If you need one page only" in client.get(f"/ask/{world.token()}").text
    narrow = SCHOOL.replace("offer: [this-lesson, this-page, this-app]", "offer: [this-lesson, this-page]")
    world.engine = school(tmp_path / "narrow", narrow)
    token = world.token(host="tiktok.example", path="/", rule="tiktok")
    assert "Only single pages of this site can be opened" in client.get(f"/ask/{token}").text
    page = world.walk(client, token, {**ANSWERS, "who": "device"}, to="until").text
    assert "The next hour (until 11:00)" in page
    assert page.count('type="radio"') == 1, "no other time is on offer"


@pytest.mark.parametrize(
    ("offer", "last", "in_words", "choices"),
    [
        ("this-lesson", "2026-11-23", "Monday 23 November 2026", ["The next hour (until 11:00)"]),
        ("today", "2026-11-23", "Monday 23 November 2026", ["Today"]),
        ("this-week", "2026-11-29", "Sunday 29 November 2026", ["This week (until Sunday 29 November 2026)"]),
        (
            "this-term",
            "2026-12-31",
            "Thursday 31 December 2026",
            ["This term (until Thursday 31 December 2026)", "Another last day"],
        ),
        (
            "this-page",
            "2027-11-22",
            "Monday 22 November 2027",
            [
                "The next hour (until 11:00)",
                "Today",
                "This week (until Sunday 29 November 2026)",
                "This term (until Thursday 31 December 2026)",
                "Another last day",
            ],
        ),
    ],
)
def test_no_day_is_taken_that_the_rule_does_not_offer(
    world: World, tmp_path: Path, offer: str, last: str, in_words: str, choices: list[str]
) -> None:
    world.engine = school(tmp_path / "short", SCHOOL.replace("this-lesson, this-page, this-app", offer))
    token = world.token(host="tiktok.example", path="/x", rule="tiktok")
    client, path = world.client(), f"/ask/{token}"
    form = world.walk(client, token, {**ANSWERS, "who": "device"}, to="until")
    assert re.findall(r'<label for="until[-\d]*">([^<]+)', form.text) == choices
    assert (f'max="{last}"' in form.text) is ("Another last day" in choices)
    later = (date.fromisoformat(last) + timedelta(days=1)).isoformat()
    page = client.post(path, data={**ANSWERS, "until": later, "csrf_token": csrf(form)})
    assert page.status_code == 422
    assert f'<a href="#until">The last day can be {in_words} at the latest</a>' in page.text
    assert ANSWERS["because"] in page.text
    assert client.post(path, data={**ANSWERS, "until": last, "csrf_token": csrf(page)}).status_code == 303


def test_while_no_lesson_is_on_the_form_and_staff_are_told(world: World, tmp_path: Path) -> None:
    lessons = "\ntimes: {lessons: [{days: mon-fri, from: 09:00, until: 10:40}]}\n"
    world.engine = school(
        tmp_path / "lessons", SCHOOL.replace("this-lesson, this-page, this-app", "this-lesson") + lessons
    )
    token = world.token(host="tiktok.example", path="/x", rule="tiktok")
    world.ask(token=token, until="2026-11-23")
    staff = world.staff("it")
    assert "Until 10:40 on Monday 23 November 2026" in staff.get("/requests/1").text
    assert "This lesson" in staff.get("/requests/1").text
    client = world.client()
    page = world.walk(client, token, {**ANSWERS, "who": "device"}, to="until")
    assert "This lesson (until 10:40)" in page.text
    world.now += timedelta(hours=1)
    staff = world.staff("it")
    assert "no lesson is on now. You can say yes while one is." in staff.get("/requests/1").text
    assert client.get(f"/ask/{token}/until").status_code == 303, "there is nothing to choose"
    check = world.walk(client, token, {**ANSWERS, "who": "device"}, to="check")
    assert "One lesson, while that lesson is on" in check.text
