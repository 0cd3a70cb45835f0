"""Staff choose a password of their own: who may, what is asked, what ends with the old one."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from saywhy.portal.attempts import FOR_ONE_NAME, WINDOW
from saywhy.portal.context import Noticed
from tests.portal.conftest import World, csrf
from tests.portal.test_portal_busy_store import held

CHOSEN = "four quiet otters dance"


def change(client: FlaskClient, old: str, new: str = CHOSEN, again: str | None = None) -> TestResponse:
    data = {"old": old, "new": new, "again": new if again is None else again}
    return client.post("/password", data={**data, "csrf_token": csrf(client.get("/password"))})


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/requests").status_code == 200


def test_the_new_password_counts_here_and_everywhere_else_the_session_ends(world: World) -> None:
    here, elsewhere, colleague = world.staff("it"), world.staff("it"), world.staff("safeguarding")
    old = world.passwords["it"]
    done = change(here, old)
    assert (done.status_code, done.headers["Location"]) == (303, "/password")
    assert "Your password is changed" in here.get("/password").text
    assert "Your password is changed" not in here.get("/password").text
    assert [is_signed_in(one) for one in (here, elsewhere, colleague)] == [True, False, True]
    assert world.store.accounts.check_password("it", old) is None
    world.passwords["it"] = CHOSEN
    assert is_signed_in(world.staff("it"))


def test_a_page_leads_there_and_only_for_those_who_are_signed_in(world: World) -> None:
    assert 'href="/password"' in world.staff("it").get("/requests").text
    client = world.client()
    assert 'href="/password"' not in client.get("/").text
    assert client.get("/password").headers["Location"] == "/sign-in?next=/password"
    data = {"old": "x", "new": CHOSEN, "again": CHOSEN, "csrf_token": csrf(client.get("/"))}
    assert "You are not signed in" in client.post("/password", data=data).text


def test_a_session_that_ended_changes_nothing(world: World) -> None:
    here, elsewhere = world.staff("it"), world.staff("it")
    token = csrf(elsewhere.get("/password"))
    change(here, world.passwords["it"])
    data = {"old": CHOSEN, "new": "another four words here", "again": "another four words here", "csrf_token": token}
    assert "You are not signed in" in elsewhere.post("/password", data=data).text
    assert world.store.accounts.check_password("it", CHOSEN) is not None


def test_another_site_cannot_send_the_form(world: World) -> None:
    data = {"old": world.passwords["it"], "new": CHOSEN, "again": CHOSEN}
    assert world.staff("it").post("/password", data=data).status_code == 400
    assert world.store.accounts.check_password("it", world.passwords["it"]) is not None


@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        ("", "", "", ["Write the password that you have now", "Write a new password"]),
        ("OLD", "short", "short", ["Use 15 characters or more"]),
        ("OLD", "itititititititit", "itititititititit", ["again and again"]),
        ("OLD", "OLD", "OLD", ["Choose another one"]),
        ("OLD", CHOSEN, CHOSEN + "s", ["once more, just the same"]),
        ("wrong", CHOSEN, CHOSEN, ["This is not the password that you have now"]),
    ],
)
def test_what_is_not_right_is_said_at_its_field_and_nothing_is_told_back(
    world: World, old: str, new: str, again: str, said: list[str]
) -> None:
    client, now = world.staff("it"), world.passwords["it"]
    page = change(client, old.replace("OLD", now), new.replace("OLD", now), again.replace("OLD", now))
    assert page.status_code == 422
    assert page.text.count("<title>Error: ") == 1
    for sentence in said:
        assert page.text.count(sentence) == 2, "in the summary and at the field"
    assert not any(typed and f'value="{typed}"' in page.text for typed in (now, new, again))
    assert is_signed_in(client)
    assert world.store.accounts.check_password("it", now) is not None


def test_guessing_at_the_old_password_is_slowed_down_as_at_the_sign_in(world: World) -> None:
    client = world.staff("it")
    for _ in range(FOR_ONE_NAME):
        assert change(client, "wrong").status_code == 422
    page = change(client, world.passwords["it"])
    assert page.status_code == 429
    assert page.headers["Retry-After"] == str(int(WINDOW.total_seconds()))
    assert "Please wait 15 minutes" in page.text
    assert world.noticed.count(Noticed.SIGN_IN_FAILED) == FOR_ONE_NAME
    assert world.noticed[-1] is Noticed.RATE_LIMITED
    world.now += WINDOW + timedelta(seconds=1)
    assert change(client, world.passwords["it"]).status_code == 303


def test_while_the_store_cannot_be_written_nothing_changes_and_no_password_is_carried(
    world: World, tmp_path: Path
) -> None:
    client, old = world.staff("it"), world.passwords["it"]
    data = {"old": old, "new": CHOSEN, "again": CHOSEN, "csrf_token": csrf(client.get("/password"))}
    with held(tmp_path):
        page = client.post("/password", data=data)
    assert page.status_code == 503
    assert old not in page.text
    assert CHOSEN not in page.text
    assert 'href="/password"' in page.text
    assert change(client, old).status_code == 303


def test_a_removed_account_is_signed_out_everywhere(world: World) -> None:
    client = world.staff("it")
    world.store.accounts.remove_account("it")
    assert not is_signed_in(client)
    assert client.get("/password").headers["Location"].startswith("/sign-in")
