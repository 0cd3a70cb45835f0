"""What was tried against the portal, over its whole WSGI application, and is refused."""

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from saywhy.exceptions.state import State
from saywhy.explain.reference import References
from tests.exceptions.conftest import NOW
from tests.portal.conftest import ANSWERS, SITE_TODAY, World, csrf, say, say_both

SCRIPT = "<script>alert(1)</script>"
WRITTEN = (
    SCRIPT,
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% for x in y %}",
    "javascript:alert(1)",
    "</textarea><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202e<script>",
)


def holds(page: TestResponse) -> None:
    """Nothing that was written is read as part of the page."""
    text = page.text
    assert "<script>" not in text
    assert "<img" not in text
    assert "<svg/" not in text
    assert "49" not in text.partition("<main")[2].partition("csrf_token")[0]
    assert 'href="javascript:' not in text


@pytest.mark.parametrize("written", WRITTEN)
def test_what_people_write_is_shown_and_never_run(world: World, written: str) -> None:
    text = f"Please {written} please open it"
    path = world.ask(token=world.token(path="/%3Cscript%3Ealert(1)%3C/script%3E"), wants=text, because=text, work=text)
    holds(world.client().get(path))
    staff = world.staff("both")
    for page in (
        "/requests",
        "/requests/1",
        f"/requests?search={written}",
        "/requests/answer?entry=1",
        "/requests?alike=1",
    ):
        holds(shown := staff.get(page))
        assert "\u202e" not in shown.text
    holds(say(staff, 1, "refuse", reason=written[:3]))
    holds(say(staff, 1, "approve", who=written, what=written, until=written, page=written, date=written, note=written))
    holds(say(staff, 1, "refuse", reason=text))
    holds(world.client().get(path))
    client = world.client()
    data = {"name": written, "password": written, "code": written, "csrf_token": csrf(client.get("/sign-in"))}
    holds(client.post("/sign-in", data=data))
    holds(client.post("/find", data=data))


@pytest.mark.parametrize(
    "path", ["/find", "/leave", "/sign-in", "/sign-out", "/password", "/requests/answer", "/requests/1/refuse", "/ask"]
)
@pytest.mark.parametrize("token", [None, "", "made up", "another's"])
def test_no_form_is_taken_without_its_token(world: World, path: str, token: str | None) -> None:
    receipt = world.ask()
    path = {"/ask": f"/ask/{world.token()}"}.get(path, path)
    staff = world.staff("it")
    data = {**ANSWERS, "entry": "1", "reason": "There is a board.", "reason-1": "There is a board.", "name": "it"}
    if token is not None:
        data["csrf_token"] = csrf(world.client().get("/")) if token == "another's" else token
    for client in (staff, world.client()):
        page = client.post(path, data=data)
        assert page.status_code == 400
        assert "form has to be opened again" in page.text
    assert world.client().post(f"{receipt}/withdraw", data=data).status_code == 400
    assert staff.get("/requests").status_code == 200, "nobody else can sign somebody out"
    assert [one.state for one in world.store.requests()] == [State.OPEN]


def test_anothers_receipt_is_not_found_by_guessing(world: World) -> None:
    path = world.ask()
    code = path.rpartition("/")[2]
    client = world.client()
    near = ("a" if code[-1] != "a" else "b").join((code[:-1], ""))
    for guess in (
        near,
        code[:-1],
        code + "a",
        "0",
        "1",
        "%",
        "_" * 16,
        "' OR 1=1 --",
        code.upper() + "x",
        "..%2f" + code,
    ):
        page = client.get(f"/receipt/{guess}")
        assert page.status_code == 404, guess
        assert ANSWERS["because"] not in page.text
        assert client.post(f"/receipt/{guess}/withdraw", data={"csrf_token": csrf(client.get("/"))}).status_code == 404
    assert world.store.requests()[0].state is State.OPEN
    client.get("/receipt/unknown")
    assert ANSWERS["because"] not in client.get("/receipt").text


def test_guesses_at_codes_are_slowed_down(world: World) -> None:
    client = world.client()
    token = csrf(client.get("/"))
    statuses = [client.post("/find", data={"code": f"guess{n}", "csrf_token": token}).status_code for n in range(31)]
    assert (statuses.count(422), statuses[-1]) == (30, 429)


HOW = (
    "another payload",
    "another key",
    "one letter of its end",
    "one letter of its beginning",
    "padded",
    "without a signature",
    "twice",
    "nothing",
)


def altered(world: World) -> dict[str, str]:
    token = world.token()
    payload, _, signature = token.rpartition(".")
    other = world.token(host="chat.example", rule="chat")
    return {
        "another payload": f"{other.rpartition('.')[0]}.{signature}",
        "another key": References(b"another secret of sixteen").sign(world.references.read(token, NOW)),
        "one letter of its end": token[:-1] + ("A" if token[-1] != "A" else "B"),
        "one letter of its beginning": token[0] + ("A" if token[1] != "A" else "B") + token[2:],
        "padded": token + "=",
        "without a signature": payload,
        "twice": f"{token}.{signature}",
        "nothing": ".",
    }


@pytest.mark.parametrize("how", HOW)
def test_a_reference_that_was_altered_asks_for_nothing(world: World, how: str) -> None:
    token = altered(world)[how]
    client = world.client()
    page = client.get(f"/ask/{token}")
    assert page.status_code == 400
    assert "This link is not complete" in page.text
    data = {**ANSWERS, "csrf_token": csrf(client.get("/"))}
    assert client.post(f"/ask/{token}", data=data).status_code == 400
    assert world.store.requests() == ()


def test_a_reference_that_is_too_old_asks_for_nothing(world: World) -> None:
    client, path = world.client(), f"/ask/{world.token()}"
    token = csrf(client.get(path))
    world.now += timedelta(days=8)
    assert client.post(path, data={**ANSWERS, "csrf_token": token}).status_code == 410
    assert world.store.requests() == ()


def test_a_form_that_is_sent_again_is_one_request(world: World) -> None:
    client, path = world.client(), f"/ask/{world.token()}"
    page = world.walk(client, path.removeprefix("/ask/"), {**ANSWERS, "who": "device", "until": "today"}, to="check")
    data = {**ANSWERS, "csrf_token": csrf(page), "form": page.text.split('name="form" value="')[1].split('"')[0]}
    assert len({client.post(path, data=data).headers["Location"] for _ in range(3)}) == 1
    assert len(world.store.requests()) == 1


@pytest.mark.parametrize("elsewhere", ["10.30.7.22", "127.0.0.1", "2001:db8::1", ""])
def test_a_link_from_another_device_asks_for_nothing_and_spends_nothing(world: World, elsewhere: str) -> None:
    path, client = f"/ask/{world.token()}", world.client()
    from_there = {"REMOTE_ADDR": elsewhere}
    page = client.get(path, environ_base=from_there)
    assert page.status_code == 403
    assert "Ask on the device where it was closed" in page.text
    assert 'href="https://games.example/chess"' in page.text
    data = {**ANSWERS, "csrf_token": csrf(client.get("/"))}
    for _ in range(15):
        sent = client.post(path, data=data, environ_base=from_there, headers={"Origin": "http://localhost"})
        assert sent.status_code == 403
    assert ANSWERS["because"] in sent.text, "what was written is not lost"
    for _ in range(10):
        world.ask()
    assert len(world.store.requests()) == 10


def test_a_device_whose_address_changed_sends_the_form_that_it_has_open(world: World) -> None:
    client, path = world.client(), f"/ask/{world.token()}"
    form = client.get(path)
    data = {**ANSWERS, "csrf_token": csrf(form)}
    assert client.post(path, data=data, environ_base={"REMOTE_ADDR": "10.30.7.99"}).status_code == 303


def test_a_device_has_every_address_of_its_own_network_part(world: World) -> None:
    path = f"/ask/{world.token(device='2001:db8:1:2::1')}"
    assert world.client().get(path, environ_base={"REMOTE_ADDR": "2001:db8:1:2::beef"}).status_code == 200
    assert world.client().get(path, environ_base={"REMOTE_ADDR": "2001:db8:1:3::1"}).status_code == 403


def test_a_permit_that_is_over_is_not_ended_early(world: World) -> None:
    path = world.ask()
    say_both(world, 1, **{**SITE_TODAY, "until": "this-lesson"})
    world.now += timedelta(hours=2)
    before = world.store.dossier(1)
    page = say(world.staff("it"), 1, "end", ending="It is not needed any more.")
    assert page.status_code in (403, 409)
    assert "over already" in page.text
    assert world.store.dossier(1) == before
    assert "ended early" not in world.client().get(path).text


def test_a_permit_is_ended_early_once(world: World) -> None:
    world.ask()
    staff = world.staff("it")
    say_both(world, 1, **SITE_TODAY)
    assert say(staff, 1, "end", ending="It is not needed any more.").status_code == 303
    before = world.store.dossier(1)
    world.now += timedelta(minutes=1)
    assert say(staff, 1, "end", ending="It is not needed any more.").status_code in (403, 409)
    assert world.store.dossier(1) == before


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999", "1e3", "1%00", "\uff11", "1/../2"])
def test_odd_numbers_of_requests_are_none(world: World, number: str) -> None:
    assert world.staff("it").get(f"/requests/{number}").status_code == 404
