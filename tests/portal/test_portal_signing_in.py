"""Sessions: begun anew at each sign-in, ended when nobody is there, never opened over a line that others can read."""

from datetime import timedelta

import pytest

from saywhy.exceptions.state import State
from tests.portal.conftest import PROOF, World, csrf

SAFE = "https://why.school.internal"
ELSEWHERE = {"REMOTE_ADDR": "10.30.1.5"}
PASSWORD_PAGES = ("/sign-in", "/password")


def test_signing_in_again_ends_the_session_before(world: World) -> None:
    staff = world.staff("it")
    with staff.session_transaction() as session:
        old = dict(session)
    data = {"name": "safeguarding", "password": world.passwords["safeguarding"]}
    assert staff.post("/sign-in", data={**data, "csrf_token": csrf(staff.get("/requests"))}).status_code == 303
    assert "Signed in as safeguarding" in staff.get("/requests").text
    thief = world.client()
    with thief.session_transaction() as session:
        session.update(old)
    assert thief.get("/requests").status_code == 303


def test_what_was_set_before_a_sign_in_does_not_live_on_in_it(world: World) -> None:
    client = world.client()
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    data = {"name": "it", "password": world.passwords["it"], "csrf_token": csrf(client.get("/sign-in"))}
    client.post("/sign-in", data=data)
    with client.session_transaction() as session:
        assert "planted" not in session


def test_a_session_ends_when_nobody_is_there(world: World) -> None:
    staff = world.staff("it")
    world.now += timedelta(minutes=29)
    assert staff.get("/requests").status_code == 200
    world.now += timedelta(minutes=30)
    assert staff.get("/requests").headers["Location"] == "/sign-in?next=/requests"


def test_an_answer_that_comes_too_late_is_kept_for_whoever_wrote_it(world: World) -> None:
    world.ask()
    staff = world.staff("it")
    token = csrf(staff.get("/requests/1"))
    world.now += timedelta(minutes=31)
    data = {"reason": "There is a board in room 12.", "csrf_token": token}
    page = staff.post("/requests/1/refuse", data=data, headers={"Origin": "http://localhost"})
    assert page.status_code == 403
    assert "There is a board in room 12." in page.text
    assert 'href="/sign-in?next=/requests/1"' in page.text
    assert world.store.requests()[0].state is State.OPEN


@pytest.mark.parametrize("path", PASSWORD_PAGES)
def test_no_password_is_asked_for_in_the_clear(world: World, path: str) -> None:
    page = world.client().get(path, environ_base=ELSEWHERE)
    assert page.status_code == 403
    assert 'type="password"' not in page.text
    assert f'href="{SAFE}/sign-in"' in page.text


@pytest.mark.parametrize("path", PASSWORD_PAGES)
def test_no_password_is_taken_in_the_clear(world: World, path: str) -> None:
    client = world.client()
    token = csrf(client.get("/", environ_base=ELSEWHERE))
    data = {"name": "it", "password": world.passwords["it"], "csrf_token": token}
    page = client.post(path, data=data, environ_base=ELSEWHERE)
    assert page.status_code == 403
    assert client.get("/requests").status_code == 303


@pytest.mark.parametrize(("scheme", "status"), [("https", 200), ("http", 403)])
def test_inside_the_proxy_it_is_the_scheme_of_the_browser_that_counts(world: World, scheme: str, status: int) -> None:
    headers = {
        "Host": "why.school.internal",
        "X-Saywhy-Relay": PROOF,
        "X-Saywhy-Client": "10.30.1.5",
        "X-Saywhy-Scheme": scheme,
    }
    assert world.client().get("/sign-in", headers=headers).status_code == status
    forged = {**headers, "X-Saywhy-Relay": "made up", "X-Saywhy-Scheme": "https"}
    assert world.client().get("/sign-in", headers=forged, environ_base=ELSEWHERE).status_code == 403


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "127.0.0.9"])
def test_on_this_machine_itself_nobody_listens(world: World, address: str) -> None:
    assert world.client().get("/sign-in", environ_base={"REMOTE_ADDR": address}).status_code == 200


@pytest.mark.parametrize("address", ["", "nonsense", "198.51.100.7", "2001:db8::7"])
def test_an_address_that_is_not_known_is_elsewhere(world: World, address: str) -> None:
    assert world.client().get("/sign-in", environ_base={"REMOTE_ADDR": address}).status_code == 403


def test_a_cookie_of_https_is_for_this_host_over_https_alone(world: World) -> None:
    client = world.client()
    cookie = client.get("/sign-in", base_url=SAFE).headers["Set-Cookie"]
    assert cookie.startswith("__Host-saywhy=")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert part in cookie
    assert "Domain" not in cookie
    plain = world.client().get("/sign-in").headers["Set-Cookie"]
    assert plain.startswith("saywhy=")


def test_a_session_of_https_is_none_in_the_clear(world: World) -> None:
    client = world.client()
    data = {"name": "it", "password": world.passwords["it"]}
    token = csrf(client.get("/sign-in", base_url=SAFE))
    assert client.post("/sign-in", data={**data, "csrf_token": token}, base_url=SAFE).status_code == 303
    assert client.get("/requests", base_url=SAFE).status_code == 200
    cookie = client.get_cookie("__Host-saywhy", domain="why.school.internal")
    assert cookie is not None
    other = world.client()
    other.set_cookie("__Host-saywhy", cookie.value)
    other.set_cookie("planted", "x")
    assert other.get("/requests").status_code == 303


def test_signing_out_leaves_nothing_behind(world: World) -> None:
    staff = world.staff("it")
    page = staff.post("/sign-out", data={"csrf_token": csrf(staff.get("/requests"))})
    assert page.headers["Clear-Site-Data"] == '"cache", "storage"'
    with staff.session_transaction() as session:
        assert dict(session) == {}
    assert staff.get("/requests").status_code == 303
