"""Roles and routes, made from the route table itself: who may use what. A new route without a rule fails here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from saywhy.exceptions.state import State
from saywhy.portal.permissions import PERMISSIONS, NotForYou, Permissions
from tests.exceptions.conftest import NOW, SCHOOL, school
from tests.portal.conftest import SECRET, World, csrf, say

NOBODY, PUPIL, NO_ROLE = "nobody", "a pupil with another's receipt", "an account without any role"
ROLES = ("it", "safeguarding", "teaching", "auditor")
PEOPLE = (NOBODY, PUPIL, NO_ROLE, *ROLES)
GAMES, CHAT = 1, 2  # the requests: one that IT decides alone, one that safeguarding agrees to
EVERYBODY, SIGNED_IN, STAFF = frozenset(PEOPLE), frozenset({NO_ROLE, *ROLES}), frozenset(ROLES)
READERS = {GAMES: frozenset({"it", "auditor"}), CHAT: frozenset({"it", "safeguarding", "auditor"})}
ANSWERERS = {GAMES: frozenset({"it"}), CHAT: frozenset({"it", "safeguarding"})}
# Said here a second time, so that no line of the table is loosened by itself.
MAY: dict[str, frozenset[str] | dict[int, frozenset[str]]] = {
    "static": EVERYBODY,
    "look_style": EVERYBODY,
    "look_crest": EVERYBODY,
    "home": EVERYBODY,
    "find": EVERYBODY,
    "set_up": EVERYBODY,
    "set_up_as": EVERYBODY,
    "certificate": EVERYBODY,
    "certificate_profile": EVERYBODY,
    "filter_profile": EVERYBODY,
    "pac": EVERYBODY,
    "wpad": EVERYBODY,
    "check_device": EVERYBODY,
    "tick": EVERYBODY,
    "check_passed": EVERYBODY,
    "leave": EVERYBODY,
    "sign_in": EVERYBODY,
    "check_sign_in": EVERYBODY,
    "sign_out": EVERYBODY,
    "ask": EVERYBODY,  # on the device: see test_portal_attacks
    "send": EVERYBODY,
    "step": EVERYBODY,
    "answer": EVERYBODY,
    "join": EVERYBODY,
    "helped": EVERYBODY,
    "afresh": EVERYBODY,
    "teacher": EVERYBODY,
    "why": EVERYBODY,  # on the device
    "fault": EVERYBODY,
    "need": EVERYBODY,
    "stopped": EVERYBODY,  # what the device itself was refused: see test_portal_stopped
    "is_it": EVERYBODY,
    "look_at": EVERYBODY,
    "problem_type": EVERYBODY,
    "problem_types": EVERYBODY,
    "mine": SIGNED_IN,
    "caution": EVERYBODY,
    "go_on": EVERYBODY,
    "open_now": EVERYBODY,  # what the device itself has opened: see test_portal_cautioning
    "done": EVERYBODY,
    "wrong_category": EVERYBODY,  # with a reference
    "report_category": EVERYBODY,
    "receipt": EVERYBODY,  # with its code
    "receipt_here": EVERYBODY,
    "withdraw": EVERYBODY,
    "answer-question": EVERYBODY,  # with its code, as the receipt
    "appeal": EVERYBODY,
    "password": SIGNED_IN,
    "change_password": SIGNED_IN,
    "requests": STAFF,
    "answer_several": STAFF,
    "send_several": STAFF,
    "review": STAFF,
    "meeting": STAFF,
    "minutes": STAFF,
    "keep_minutes": STAFF,
    "corrections": STAFF,
    "correction": STAFF,
    "answer_correction": STAFF,
    "as_policy": READERS,
    "kept_until": STAFF,
    "needed": READERS,
    "choose_needed": ANSWERERS,
    "look_needed": ANSWERERS,
    "request": READERS,
    "add_point": ANSWERERS,
    "refer": ANSWERERS,
    "approve": ANSWERERS,
    "change": ANSWERERS,
    "ask-back": ANSWERERS,
    "sign-off": ANSWERERS,
    "refuse": ANSWERERS,
    "close": ANSWERERS,
    "end": ANSWERERS,
}


@pytest.fixture
def peopled(world: World, tmp_path: Path) -> World:
    """The world with an auditor, and somebody who holds nothing."""
    world.engine = school(
        tmp_path / "peopled", SCHOOL.replace("teaching: Head of", "auditor: Auditor, teaching: Head of")
    )
    world.passwords["auditor"] = world.store.accounts.add_account("auditor", ["auditor"])
    world.passwords["none"] = world.store.accounts.add_account("none", [])
    world.passwords["gone"] = world.store.accounts.add_account("gone", ["a role that the policy no longer has"])
    return world


def browsers(world: World) -> dict[str, FlaskClient]:
    found = {NOBODY: world.client(), PUPIL: world.client(), NO_ROLE: world.staff("none")}
    found[PUPIL].get(world.ask(token=world.token(device="10.30.7.77")))
    return found | {name: world.staff(name) for name in ROLES}


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            yield rule, method


def called(world: World, client: FlaskClient, rule: Rule, method: str, number: int) -> TestResponse:
    values: dict[str, object] = {
        "number": number,
        "code": world.store.requests()[number - 1].receipt,
        "token": world.token(),
        "filename": "portal.css",
        "step": "because",
        "certificate": "expired",
        "go": "a-go",
        "name": "blocked",
        "rule": "games",
        "day": "2027-03-01",
        "category": "fun",
        "host": "chess.example",
        "mark": "0123456789ab",
        "system": "windows",
        "kind": "pem",
    }
    with world.app.test_request_context():
        path = world.app.url_map.bind("localhost").build(rule.endpoint, {name: values[name] for name in rule.arguments})
    if method == "GET":
        return client.get(path)
    return client.open(path, method=method, data={"csrf_token": csrf(client.get("/"))})


def turned_away(page: TestResponse) -> bool:
    if page.status_code == 303 and str(page.headers["Location"]).startswith("/sign-in"):
        return True
    return page.status_code == 403 and ("not for your account" in page.text or "You are not signed in" in page.text)


def test_every_route_stands_in_the_table_and_the_table_names_no_other(world: World) -> None:
    endpoints = {rule.endpoint for rule in world.app.url_map.iter_rules()}
    assert endpoints == set(PERMISSIONS), "say in portal/permissions.py who may use it"
    assert endpoints == set(MAY), "say here who may use it, as well"


@pytest.mark.parametrize("number", [GAMES, CHAT])
def test_each_route_lets_in_whom_it_is_for_and_nobody_else(peopled: World, number: int) -> None:
    peopled.ask()
    peopled.ask(token=peopled.token(host="chat.example", rule="chat"))
    wrong: list[tuple[str, str, str]] = []
    people = browsers(peopled)
    for rule, method in sorted(routes(peopled.app), key=lambda one: one[0].endpoint == "sign_out"):
        for person, client in people.items():
            may = MAY[rule.endpoint]
            may = may[number] if isinstance(may, dict) else may
            away = turned_away(called(peopled, client, rule, method, number))
            if away is (person in may):
                wrong.append((person, method, rule.rule))
    assert wrong == []


def test_an_account_without_any_role_does_nothing_but_its_own(peopled: World) -> None:
    peopled.ask(wants="Something that others should not read")
    say(peopled.staff("it"), 1, "approve", who="device", what="page", until="today")
    for name in ("none", "gone"):
        client = peopled.staff(name)
        for path in ("/requests", "/requests/1", "/requests?search=something", "/requests/answer?entry=1"):
            page = client.get(path)
            assert page.status_code == 403, path
            assert "Something that others" not in page.text
        for answer in ("approve", "refuse", "sign-off", "close", "end", "change", "ask-back"):
            data = {"ending": "I say so.", "reason": "I say so.", "csrf_token": csrf(client.get("/"))}
            assert client.post(f"/requests/1/{answer}", data=data).status_code == 403
        assert client.get("/password").status_code == 200
    assert peopled.store.live_grants(NOW) != ()


def test_who_may_not_read_is_not_told_which_requests_there_are(peopled: World) -> None:
    peopled.ask()
    client = peopled.staff("none")
    assert client.get("/requests/1").text.replace("/1", "") == client.get("/requests/99").text.replace("/99", "")


def test_an_auditor_reads_all_and_answers_nothing(peopled: World) -> None:
    peopled.ask()
    peopled.ask(token=peopled.token(host="chat.example", rule="chat"))
    auditor = peopled.staff("auditor")
    listed = auditor.get("/requests").text
    assert "(2)" in listed
    assert 'name="entry"' not in listed
    page = auditor.get("/requests/1").text
    assert "<textarea" not in page
    assert 'action="/requests/' not in page
    assert say(auditor, 1, "refuse", reason="There is a board.").status_code == 403
    assert "Nothing is chosen" in auditor.get("/requests/answer?entry=1&entry=2").text
    assert {one.state for one in peopled.store.requests()} == {State.OPEN}


def test_a_request_whose_rule_is_gone_is_closed_by_those_who_answer_for_rules(peopled: World, tmp_path: Path) -> None:
    peopled.ask()
    text = SCHOOL.replace("teaching: Head of", "auditor: Auditor, teaching: Head of").replace("id: games", "id: play")
    peopled.engine = school(
        tmp_path / "later", text.replace("block: {domains: [games.example]}", "block: {domains: [g.example]}")
    )
    assert peopled.staff("teaching").get("/requests/1").status_code == 403
    assert "Close this request" in peopled.staff("it").get("/requests/1").text


def test_what_was_answered_is_read_by_the_roles_that_answered(peopled: World, tmp_path: Path) -> None:
    peopled.ask()
    say(peopled.staff("it"), 1, "refuse", reason="There is a board.")
    text = SCHOOL.replace("teaching: Head of", "auditor: Auditor, teaching: Head of")
    peopled.engine = school(
        tmp_path / "later", text.replace("    owner: it\n", "    owner: it\n    ask: {decides: [teaching]}\n", 1)
    )
    assert peopled.staff("it").get("/requests/1").status_code == 200
    assert peopled.staff("safeguarding").get("/requests/1").status_code == 403


def test_a_page_that_stands_in_no_table_is_refused(world: World, caplog: pytest.LogCaptureFixture) -> None:
    app = Flask("saywhy.portal.app")
    app.config["SECRET_KEY"] = SECRET
    app.add_url_rule("/new", "new", lambda: "secret")
    context = world.context
    Permissions(context).install(app)
    app.register_error_handler(NotForYou, lambda _: ("refused", 403))
    page = app.test_client().get("/new")
    assert (page.status_code, page.text) == (403, "refused")
    assert "stands in no table" in caplog.text
