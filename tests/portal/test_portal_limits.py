"""How often somebody may send: counted first, for many at once, over a restart, and told in a clear page."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from saywhy.portal.attempts import FOR_ONE_NAME, WINDOW, Attempts
from saywhy.portal.context import Noticed
from saywhy.portal.counted import Counted, Journal, Limit
from saywhy.portal.limits import LIMITED
from tests.exceptions.conftest import NOW
from tests.portal.conftest import ANSWERS, World, csrf

TEN = Limit(10, timedelta(hours=1))
SECOND = timedelta(seconds=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "limits.jsonl"


def test_of_forty_requests_at_once_ten_are_taken(world: World) -> None:
    client, ask = world.client(), f"/ask/{world.token()}"
    token = csrf(client.get(ask))
    cookie = client.get_cookie("saywhy")
    assert cookie is not None

    def send(number: int) -> int:
        own = world.client()
        own.set_cookie("saywhy", cookie.value)
        data = {**ANSWERS, "csrf_token": token, "form": f"one-form-of-forty-{number}"}
        return own.post(ask, data=data).status_code

    with ThreadPoolExecutor(40) as pool:
        statuses = list(pool.map(send, range(40)))
    assert statuses.count(303) == len(world.store.requests(limit=100)) == 10
    assert statuses.count(429) == 30


def test_of_forty_wrong_passwords_at_once_ten_are_looked_at(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    monkeypatch.setattr(world.store.accounts, "check_password", lambda name, _: looked_at.append(name))
    client = world.client()
    token = csrf(client.get("/sign-in"))
    cookie = client.get_cookie("saywhy")
    assert cookie is not None

    def sign_in(_: int) -> int:
        own = world.client()
        own.set_cookie("saywhy", cookie.value)
        return own.post("/sign-in", data={"name": "it", "password": "wrong", "csrf_token": token}).status_code

    with ThreadPoolExecutor(40) as pool:
        statuses = list(pool.map(sign_in, range(40)))
    assert len(looked_at) == statuses.count(422) == 10
    assert statuses.count(429) == 30


def test_a_thousand_forms_of_one_person_are_ten_requests_and_one_entry(world: World) -> None:
    client, ask = world.client(), f"/ask/{world.token(path='/chess')}"
    statuses, last = [], client.get(ask)
    for number in range(1000):
        data = {**ANSWERS, "csrf_token": csrf(last), "form": f"a-form-of-a-thousand-{number}"}
        sent = client.post(ask, data=data)
        statuses.append(sent.status_code)
        world.now += timedelta(milliseconds=60)
        last = sent if number == 999 else last
    assert (statuses.count(303), statuses.count(429)) == (10, 990)
    assert "That was a lot at once" in last.text
    assert "Please wait 60 minutes, then send it again" in last.text
    assert ANSWERS["because"] in last.text, "what was written is still there, to be sent later"
    assert world.noticed.count(Noticed.RATE_LIMITED) == 990
    listed = world.staff("it").get("/requests").text
    assert listed.count('<section class="request"') == 1
    assert "10 asked for <bdi>games.example/chess</bdi>" in listed


def test_a_form_that_waited_is_sent_again_with_one_click(world: World) -> None:
    for _ in range(10):
        world.ask()
    client, ask = world.client(), f"/ask/{world.token()}"
    page = client.post(ask, data={**ANSWERS, "csrf_token": csrf(client.get(ask))})
    assert page.status_code == 429
    world.now += timedelta(hours=1)
    again = {**ANSWERS, "csrf_token": csrf(page)}
    assert f'action="{ask}"' in page.text
    assert client.post(ask, data=again).status_code == 303


def test_a_form_that_is_sent_back_takes_nothing_from_the_ten(world: World) -> None:
    client, ask = world.client(), f"/ask/{world.token()}"
    page = client.get(ask)
    for _ in range(20):
        page = client.post(ask, data={**ANSWERS, "because": "", "csrf_token": csrf(page)})
        assert page.status_code == 422
    world.ask()


def test_forms_without_end_are_refused_all_the_same(world: World) -> None:
    client, ask = world.client(), f"/ask/{world.token()}"
    token = csrf(client.get(ask))
    statuses = [client.post(ask, data={"csrf_token": token}).status_code for _ in range(121)]
    assert (statuses.count(422), statuses[-1]) == (120, 429)


def test_what_was_sent_and_tried_counts_on_after_a_restart(world: World, path: Path) -> None:
    def portal() -> World:
        return World(world.store, world.engine, passwords=world.passwords, limits=path)

    first = portal()
    for _ in range(10):
        first.ask()
    client = first.client()
    data = {"name": "it", "password": "wrong", "csrf_token": csrf(client.get("/sign-in"))}
    assert [client.post("/sign-in", data=data).status_code for _ in range(10)] == [422] * 10
    second = portal()
    client, ask = second.client(), f"/ask/{second.token()}"
    assert client.post(ask, data={**ANSWERS, "csrf_token": csrf(client.get(ask))}).status_code == 429
    data = {**data, "csrf_token": csrf(client.get("/sign-in"))}
    assert client.post("/sign-in", data=data).status_code == 429
    second.now += timedelta(hours=1)
    second.ask()


def test_every_limit_belongs_to_a_route(world: World) -> None:
    assert set(LIMITED) <= {rule.endpoint for rule in world.app.url_map.iter_rules()}


class TestJournal:
    def test_tables_are_as_they_were(self, path: Path) -> None:
        table = Journal(path).table("some", TEN)
        for number in range(12):
            table.add("a", NOW + number * SECOND)
        table.add("b", NOW)
        table.take_back("b", NOW)
        table.add("c", NOW)
        table.forget("c")
        again = Journal(path).table("some", TEN)
        assert list(again.all()) == list(table.all()) == [("a", NOW + number * SECOND) for number in range(2, 12)]

    def test_names_and_addresses_cannot_be_read_in_it(self, path: Path) -> None:
        attempts = Attempts(Journal(path, b"secret"))
        attempts.begin("10.30.7.21", "safeguarding", NOW)
        text = path.read_text()
        assert "10.30.7.21" not in text
        assert "safeguarding" not in text
        assert path.stat().st_mode & 0o077 == 0

    @pytest.mark.parametrize(
        "spoilt",
        [
            "",
            "{",
            "[]",
            '["+", "some", "a"]',
            '["+", 1, 2, 3]',
            '["+", "some", "a", "never"]',
            '["+","some","a","2026-11-23T10:00:00"]',
            "\udcff\x00",
            "[" * 5000,
        ],
    )
    def test_lines_that_cannot_be_read_spoil_no_others(self, path: Path, spoilt: str) -> None:
        Journal(path).table("some", TEN).add("a", NOW)
        with path.open("ab") as file:
            file.write(spoilt.encode("utf-8", "surrogateescape"))
        Journal(path).table("some", TEN).add("a", NOW + SECOND)
        assert list(Journal(path).table("some", TEN).all()) == [("a", NOW), ("a", NOW + SECOND)]

    def test_a_disk_that_cannot_be_written_stops_nothing(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        attempts = Attempts(Journal(tmp_path / "no folder" / "limits.jsonl"))
        for _ in range(FOR_ONE_NAME):
            assert attempts.begin("10.30.7.21", "it", NOW) is None
        assert attempts.begin("10.30.7.21", "it", NOW) == WINDOW
        assert caplog.text.count("cannot be remembered") == 1

    def test_it_does_not_grow_for_ever(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("saywhy.portal.counted._LONGEST_JOURNAL", 100)
        table = Journal(path).table("some", TEN)
        for number in range(1000):
            table.add(f"key{number % 3}", NOW + number * SECOND)
        assert len(path.read_text().splitlines()) <= 101
        assert list(Journal(path).table("some", TEN).all()) == list(table.all())

    def test_a_name_is_given_to_one_table(self, path: Path) -> None:
        journal = Journal(path)
        journal.table("some", TEN)
        with pytest.raises(ValueError, match="already"):
            journal.table("some", TEN)

    def test_each_line_says_sign_table_key_and_moment(self, path: Path) -> None:
        Journal(path).table("some", TEN).add("a", NOW)
        assert json.loads(path.read_text()) == ["+", "some", "a", "2026-11-23T10:00:00+00:00"]


def test_a_table_keeps_the_last_moments_within_its_time() -> None:
    table = Counted(Limit(2, timedelta(minutes=1)))
    table.add("a", NOW)
    assert table.wait("a", NOW) == timedelta()
    table.add("a", NOW + SECOND)
    assert table.wait("a", NOW + 2 * SECOND) == 58 * SECOND
    assert table.wait("a", NOW + timedelta(minutes=1)) == timedelta()


@pytest.mark.parametrize(("number", "window"), [(0, timedelta(1)), (1, timedelta()), (1, timedelta(-1))])
def test_a_limit_allows_something(number: int, window: timedelta) -> None:
    with pytest.raises(ValueError, match="allows something"):
        Limit(number, window)
