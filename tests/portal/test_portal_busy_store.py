"""A store that another process holds: the answer comes soon, and nothing that somebody typed is lost."""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from saywhy.exceptions.state import State
from saywhy.portal.context import Noticed
from tests.portal.conftest import ANSWERS, PAGE_TODAY, World, csrf


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Another connection writes and does not come to an end."""
    with closing(sqlite3.connect(folder / "store.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        yield
        assert time.monotonic() - began < 6, "two seconds, and what a busy machine takes"


@contextmanager
def held_alone(world: World, folder: Path) -> Iterator[None]:
    """Another connection lets nobody read either."""
    world.store.close()
    with closing(sqlite3.connect(folder / "store.sqlite3", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("UPDATE counters SET value = value")
        yield
        other.execute("ROLLBACK")


def test_a_request_that_cannot_be_kept_comes_back_in_its_form(world: World, tmp_path: Path) -> None:
    client, path = world.client(), f"/ask/{world.token()}"
    data = {**ANSWERS, "csrf_token": csrf(client.get(path))}
    with held(tmp_path):
        page = client.post(path, data=data)
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "10"
    assert "could not be kept just now" in page.text
    assert all(answer in page.text for answer in ANSWERS.values())
    assert "Send my request" in page.text
    assert client.post(path, data={**data, "csrf_token": csrf(page)}).status_code == 303


def test_an_answer_that_cannot_be_kept_comes_back_and_can_be_sent_again(world: World, tmp_path: Path) -> None:
    world.ask()
    staff = world.staff("it")
    data = {**PAGE_TODAY, "note": "Enjoy <the> club", "csrf_token": csrf(staff.get("/requests/1"))}
    with held(tmp_path):
        page = staff.post("/requests/1/approve", data=data)
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "10"
    assert "what you wrote is not lost" in page.text
    assert '<form method="post" action="/requests/1/approve"' in page.text
    assert "Enjoy &lt;the&gt; club</textarea>" in page.text
    carried = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', page.text))
    assert {name: carried[name] for name in ("who", "what", "until")} == PAGE_TODAY
    assert world.noticed[-1] is Noticed.STORE_UNAVAILABLE
    assert staff.post("/requests/1/approve", data={**carried, "note": data["note"]}).status_code == 303
    assert world.store.requests()[0].state is State.GRANTED


@pytest.mark.parametrize("answer", ["refuse", "end"])
def test_the_reason_of_any_answer_stays(world: World, tmp_path: Path, answer: str) -> None:
    world.ask()
    staff = world.staff("it")
    token = csrf(staff.get("/requests/1"))
    field = "reason" if answer == "refuse" else "ending"
    with held_alone(world, tmp_path):
        page = staff.post(f"/requests/1/{answer}", data={field: "There is a board.", "csrf_token": token})
    assert page.status_code == 503
    assert "There is a board.</textarea>" in page.text


def test_a_sign_in_keeps_the_name_and_never_the_password(world: World, tmp_path: Path) -> None:
    client = world.client()
    data = {
        "name": "it",
        "password": world.passwords["it"],
        "next": "/requests/1",
        "csrf_token": csrf(client.get("/sign-in")),
    }
    with held(tmp_path):
        page = client.post("/sign-in", data=data)
    assert page.status_code == 503
    assert world.passwords["it"] not in page.text
    assert 'name="name" type="text" value="it"' in page.text
    assert 'name="password" type="password" value=""' in page.text
    assert client.post("/sign-in", data={**data, "csrf_token": csrf(page)}).headers["Location"] == "/requests/1"


def test_taking_back_can_be_tried_again(world: World, tmp_path: Path) -> None:
    path = world.ask()
    client = world.client()
    token = csrf(client.get(path))
    with held(tmp_path):
        page = client.post(f"{path}/withdraw", data={"csrf_token": token})
    assert page.status_code == 503
    assert "Send it again" in page.text
    assert client.post(f"{path}/withdraw", data={"csrf_token": csrf(page)}).status_code == 303


def test_who_reads_is_told_soon_and_can_try_again(world: World, tmp_path: Path) -> None:
    path = world.ask()
    staff = world.staff("it")
    with held_alone(world, tmp_path):
        pages = {one: client.get(one) for one, client in ((path, world.client()), ("/requests", staff))}
    for one, page in zip(("/receipt", "/requests"), pages.values(), strict=True):
        assert page.status_code == 503
        assert page.headers["Retry-After"] == "10"
        assert f'<a class="button" href="{one}">Try again</a>' in page.text
    assert world.client().get(path).status_code == staff.get("/requests").status_code == 200


def test_who_only_reads_is_not_held_by_who_writes(world: World, tmp_path: Path) -> None:
    path = world.ask()
    with held(tmp_path):
        began = time.monotonic()
        assert world.client().get(path).status_code == 200
        assert time.monotonic() - began < 2
