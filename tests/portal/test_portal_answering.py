"""Answering: who sees what, who may say what, and what it opens."""

from datetime import timedelta
from pathlib import Path

import pytest

from saywhy.exceptions.state import State
from saywhy.policy.grant import GrantScope, GrantTarget
from saywhy.policy.pattern import parse_pattern
from saywhy.portal.context import Noticed
from tests.exceptions.conftest import SCHOOL, school
from tests.portal.conftest import PAGE_TODAY, World, csrf, say


def state(world: World, number: int = 1) -> State:
    asked = world.store.request(number)
    assert asked is not None
    return asked.state


@pytest.mark.parametrize("path", ["/requests", "/requests/1", "/requests/99"])
def test_nobody_sees_requests_without_signing_in(world: World, path: str) -> None:
    world.ask()
    page = world.client().get(path)
    assert page.status_code == 303
    assert page.headers["Location"].startswith("/sign-in?next=")
    assert "chess" not in page.text


@pytest.mark.parametrize("answer", ["approve", "refuse", "sign-off", "close", "end"])
def test_nobody_answers_without_signing_in(world: World, answer: str) -> None:
    world.ask()
    client = world.client()
    data = {**PAGE_TODAY, "reason": "There is a board.", "csrf_token": csrf(client.get("/"))}
    page = client.post(f"/requests/1/{answer}", data=data)
    assert page.status_code == 403
    assert "You are not signed in" in page.text
    assert state(world) is State.OPEN


def test_the_list_shows_what_waits_with_its_context(world: World) -> None:
    world.ask(wants="The first request")
    world.ask(wants="The second request")
    world.ask(token=world.token(host="chat.example", rule="chat"), wants="Talk to our partner school")
    staff = world.staff("it")
    say(staff, 2, "refuse", reason="There is a board in room 12")
    page = staff.get("/requests").text
    assert page.index("R-1001") < page.index("R-1003")
    for told in (
        "Waiting for an answer (2)",
        "The first request",
        "1 other request for this site",
        "There is a board in room 12",
        "Year 7",
        "Talk to our partner school",
        "You can answer this",
    ):
        assert told in page
    assert page.index("Recently answered") < page.rindex("R-1002")


def test_a_yes_opens_it_and_says_so(world: World) -> None:
    world.ask()
    staff = world.staff("it")
    done = say(staff, 1, "approve", **PAGE_TODAY)
    assert done.status_code == 303
    assert done.headers["Location"] == "/requests/1"
    assert "It is open now." in staff.get("/requests/1").text
    (grant,) = world.store.live_grants(world.now)
    assert grant.who == GrantScope(device="10.30.7.21")
    assert grant.what == GrantTarget(page=parse_pattern("https://games.example/chess"))
    assert world.noticed == [Noticed.SUBMITTED, Noticed.APPROVED]


def test_nothing_is_chosen_beforehand_and_the_smallest_stands_first(world: World) -> None:
    world.ask(token=world.token(path="/chess"))
    page = world.staff("it").get("/requests/1").text
    assert "checked" not in page
    page = page.partition('id="answer"')[2]
    order = [
        "Only this device",
        "Everyone in Year 7",
        "games.example/chess and the pages below",
        "Another page of",
        "The whole of games.example",
        "The next hour",
        "Today",
        "This week",
        "This term",
        "Another last day",
    ]
    places = [page.index(label) for label in order]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("chosen", "field", "message"),
    [
        ({"who": ""}, "who", "Choose who it opens for"),
        ({"who": "group:staff"}, "who", "Choose who it opens for"),
        ({"what": "app:tiktok"}, "what", "Choose what opens"),
        ({"what": "another-page", "page": "https://other.example/x"}, "page", "The page has to be on games.example"),
        ({"until": "forever"}, "until", "Choose until when"),
        ({"until": "date", "date": "2030-01-01"}, "date", "The last day can be 2027-11-22 at the latest"),
        ({"note": "x" * 501}, "note", "Use 500 characters or fewer; you have used 501"),
    ],
)
def test_an_approval_that_lacks_something_is_asked_for_again(
    world: World, chosen: dict[str, str], field: str, message: str
) -> None:
    world.ask()
    page = say(world.staff("it"), 1, "approve", **{**PAGE_TODAY, "note": "My note", **chosen})
    assert page.status_code == 422
    assert "<title>Error: " in page.text
    assert f'<a href="#{field}">{message}</a>' in page.text
    assert f'id="{field}"' in page.text
    if "until" not in chosen:
        assert 'value="today" checked' in page.text
    assert chosen.get("note", "My note") in page.text
    assert state(world) is State.OPEN


def test_a_no_needs_a_reason(world: World) -> None:
    world.ask()
    staff = world.staff("it")
    for reason in (" ", "no", "No!", "..."):
        page = say(staff, 1, "refuse", reason=reason)
        assert page.status_code == 422
        assert '<a href="#reason">' in page.text
        assert f">\n{reason.strip()}</textarea>" in page.text
    assert say(staff, 1, "refuse", reason="There is a board.").status_code == 303
    assert state(world) is State.REFUSED


@pytest.mark.parametrize("answer", ["approve", "refuse", "sign-off"])
def test_whoever_agrees_only_sees_it_and_is_told_who_decides(world: World, answer: str) -> None:
    world.ask(token=world.token(host="chat.example", rule="chat"))
    staff = world.staff("safeguarding")
    page = staff.get("/requests/1").text
    assert "IT support decides on this." in page
    assert "Say yes" not in page
    refused = say(staff, 1, answer, **PAGE_TODAY, reason="There is a board.")
    assert refused.status_code == (409 if answer == "sign-off" else 403)
    assert "IT support" in refused.text
    assert state(world) is State.OPEN


def test_nobody_answers_their_own_request(world: World) -> None:
    staff = world.staff("it")
    world.ask(staff)
    assert "You asked for this yourself" in staff.get("/requests/1").text
    for answer in ("approve", "refuse"):
        assert say(staff, 1, answer, **PAGE_TODAY, reason="There is a board.").status_code == 403
    assert say(world.staff("both"), 1, "approve", **PAGE_TODAY).status_code == 303


def test_two_different_people_open_what_needs_two(world: World) -> None:
    world.ask(token=world.token(host="chat.example", rule="chat"))
    both, lead = world.staff("both"), world.staff("safeguarding")
    assert say(lead, 1, "approve", **PAGE_TODAY).status_code == 403
    assert say(both, 1, "approve", **PAGE_TODAY).status_code == 303
    assert world.store.live_grants(world.now) == ()
    assert "Agree to it" not in both.get("/requests/1").text
    refused = say(both, 1, "sign-off", round="1")
    assert refused.status_code == 403
    assert "Another person has to agree" in refused.text
    assert say(world.staff("it"), 1, "sign-off", round="1").status_code == 403
    assert world.store.live_grants(world.now) == ()
    assert "Agree to it" in lead.get("/requests/1").text
    assert say(lead, 1, "sign-off", agreement="It is for this debate.").status_code == 303
    assert len(world.store.live_grants(world.now)) == 1
    assert world.noticed[-2:] == [Noticed.APPROVED, Noticed.SIGNED_OFF]


def test_a_second_answer_is_told_that_there_is_one(world: World) -> None:
    world.ask()
    first, second = world.staff("it"), world.staff("both")
    page = second.get("/requests/1")
    say(first, 1, "refuse", reason="There is a board.")
    late = second.post("/requests/1/approve", data={**PAGE_TODAY, "csrf_token": csrf(page)})
    assert late.status_code == 409
    assert "in the meantime" in late.text
    assert world.store.live_grants(world.now) == ()


@pytest.mark.parametrize("answer", ["approve", "refuse", "sign-off", "close", "end"])
def test_an_answer_needs_the_pages_own_token(world: World, answer: str) -> None:
    world.ask()
    staff = world.staff("it")
    assert staff.post(f"/requests/1/{answer}", data={**PAGE_TODAY, "reason": "There is a board."}).status_code == 400
    assert state(world) is State.OPEN


@pytest.mark.parametrize(
    "path", ["/requests/99", "/requests/0", "/requests/99999999999999999999", "/requests/x", "/requests/-1"]
)
def test_a_request_that_is_not_there_has_a_page(world: World, path: str) -> None:
    staff = world.staff("it")
    assert staff.get(path).status_code == 404
    token = csrf(staff.get("/requests"))
    assert staff.post(f"{path}/refuse", data={"reason": "There is a board.", "csrf_token": token}).status_code == 404


def test_a_change_of_policy_is_met_at_the_moment_of_the_answer(world: World, tmp_path: Path) -> None:
    path = world.ask()
    staff = world.staff("it")
    page = staff.get("/requests/1")
    locked = SCHOOL.replace("domains: [games.example]", "domains: [nowhere.example]").replace(
        "floor.example", "games.example"
    )
    world.engine = school(tmp_path / "later", locked)
    late = staff.post("/requests/1/approve", data={**PAGE_TODAY, "csrf_token": csrf(page)})
    assert late.status_code == 409
    assert world.store.live_grants(world.now) == ()
    assert "The rules have changed" in staff.get("/requests").text
    assert say(staff, 1, "close", reason="gone").status_code == 422
    assert say(staff, 1, "close", reason="It is closed for good.").status_code == 303
    assert state(world) is State.LAPSED
    assert "It is closed for good." in world.client().get(path).text


def test_a_permit_can_be_ended_early(world: World) -> None:
    path = world.ask()
    staff = world.staff("it")
    say(staff, 1, "approve", **PAGE_TODAY)
    assert say(world.staff("teaching"), 1, "end").status_code == 403
    for ending in ("", "no", "..."):
        page = say(staff, 1, "end", ending=ending)
        assert page.status_code == 422
        assert '<a href="#ending">' in page.text
    assert len(world.store.live_grants(world.now)) == 1
    assert say(staff, 1, "end", ending="The club is over now.").status_code == 303
    assert world.store.live_grants(world.now) == ()
    assert "Ended early" in staff.get("/requests/1").text
    assert "was ended early" in world.client().get(path).text
    assert "End this permit now" not in staff.get("/requests/1").text


def test_the_timeline_tells_everything_in_order(world: World) -> None:
    world.ask()
    staff = world.staff("it")
    say(staff, 1, "approve", **PAGE_TODAY)
    say(staff, 1, "end", ending="The club is over now.")
    told = staff.get("/requests/1").text.split("What happened")[-1]
    places = [told.index(words) for words in ("Asked", "Said yes (it)", "Ended early (it)")]
    assert places == sorted(places)


def test_signing_in_leads_on_to_the_page_that_was_wanted(world: World) -> None:
    world.ask()
    client = world.client()
    form = client.get(client.get("/requests/1").headers["Location"])
    data = {"name": "it", "password": world.passwords["it"], "next": "/requests/1", "csrf_token": csrf(form)}
    assert client.post("/sign-in", data=data).headers["Location"] == "/requests/1"


@pytest.mark.parametrize(
    "onward",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/requests/../x",
        "/requests/1\nx",
        "requests",
        "/requests@evil",
        "",
    ],
)
def test_signing_in_leads_nowhere_else(world: World, onward: str) -> None:
    client = world.client()
    data = {"name": "it", "password": world.passwords["it"], "next": onward, "csrf_token": csrf(client.get("/sign-in"))}
    assert client.post("/sign-in", data=data).headers["Location"] == "/requests"
    assert client.get("/sign-in", query_string={"next": onward}).headers["Location"] == "/requests"


@pytest.mark.parametrize(
    ("name", "password", "told"),
    [
        ("it", "not the one", "The name or the password is not right"),
        ("nobody", "not the one", "The name or the password is not right"),
        ("", "not the one", "Write your name"),
        ("it", "", "Write your password"),
    ],
)
def test_a_sign_in_that_fails_tells_nothing_about_the_name(world: World, name: str, password: str, told: str) -> None:
    client = world.client()
    page = client.post(
        "/sign-in", data={"name": name, "password": password, "csrf_token": csrf(client.get("/sign-in"))}
    )
    assert page.status_code == 422
    assert told in page.text
    assert "not the one" not in page.text
    assert client.get("/requests").status_code == 303


def test_signing_in_begins_a_new_session_and_signing_out_ends_it(world: World) -> None:
    client = world.client()
    form = client.get("/sign-in")
    before = form.headers["Set-Cookie"]
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    done = client.post("/sign-in", data={"name": "it", "password": world.passwords["it"], "csrf_token": csrf(form)})
    after = done.headers["Set-Cookie"]
    assert before.split(";")[0] != after.split(";")[0]
    assert "HttpOnly" in after
    assert "SameSite=Lax" in after
    assert "Expires=" in after
    with client.session_transaction() as session:
        assert "planted" not in session
        stolen = dict(session)
    page = client.get("/requests")
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").status_code == 400
    assert client.post("/sign-out", data={"csrf_token": csrf(page)}).status_code == 303
    assert client.get("/requests").status_code == 303
    thief = world.client()
    with thief.session_transaction() as session:
        session.update(stolen)
    assert thief.get("/requests").status_code == 303


def test_a_session_ends_after_its_time_however_it_is_used(world: World) -> None:
    staff = world.staff("it")
    for _ in range(19):
        world.now += timedelta(minutes=25)
        assert staff.get("/requests").status_code == 200
    world.now += timedelta(minutes=5)
    assert staff.get("/requests").status_code == 303


def test_a_new_password_ends_the_sessions_of_the_old_one(world: World) -> None:
    staff = world.staff("it")
    world.store.accounts.reset_password("it")
    assert staff.get("/requests").status_code == 303
