"""Wrong passwords: guessing is slow, and nobody is shut out by what somebody else did."""

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from saywhy.exceptions.database import StoreUnavailable
from saywhy.portal.attempts import FOR_ALL_NAMES, FOR_ONE_NAME, UNDER_ATTACK, WINDOW, Attempts, counted_as
from saywhy.portal.context import Noticed
from tests.exceptions.conftest import NOW
from tests.portal.conftest import World, csrf

PUPIL, STAFF = "10.30.7.21", "10.30.1.5"
SECOND = timedelta(seconds=1)
SAFE = "https://localhost"


def sign_in(world: World, name: str, address: str, password: str = "wrong") -> TestResponse:
    client = world.client()
    data = {"name": name, "password": password, "csrf_token": csrf(client.get("/sign-in", base_url=SAFE))}
    return client.post("/sign-in", data=data, base_url=SAFE, environ_base={"REMOTE_ADDR": address})


@pytest.mark.parametrize("name", ["it", "safeguarding"])
def test_wrong_passwords_from_a_pupils_device_lock_nobody_out_elsewhere(world: World, name: str) -> None:
    statuses = [sign_in(world, name, PUPIL).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    assert sign_in(world, name, STAFF, world.passwords[name]).status_code == 303


def test_even_a_whole_classroom_guessing_locks_nobody_out(world: World) -> None:
    for device in range(30):
        sign_in(world, "it", f"10.30.7.{device}")
    assert sign_in(world, "it", STAFF, world.passwords["it"]).status_code == 303


def test_who_has_to_wait_is_told_how_long_in_a_page_without_blame(world: World) -> None:
    for _ in range(10):
        sign_in(world, "it", PUPIL)
    world.now += timedelta(minutes=3)
    page = sign_in(world, "it", PUPIL, world.passwords["it"])
    assert page.status_code == 429
    assert page.headers["Retry-After"] == "720"
    assert "Please wait 12 minutes, then try again" in page.text
    assert 'value="it"' in page.text
    assert "not right" not in page.text
    assert world.noticed[-1] is Noticed.RATE_LIMITED
    world.now += timedelta(minutes=12)
    assert sign_in(world, "it", PUPIL, world.passwords["it"]).status_code == 303


def test_a_page_that_asks_to_wait_tells_nothing_about_the_name(world: World) -> None:
    told: list[str] = []
    for name in ("it", "no"):
        for _ in range(11):
            page = sign_in(world, name, f"2001:db8:{len(told)}::1")
        told.append(page.text.replace(f'value="{name}"', "").split("<main")[1].split("csrf_token")[0])
    assert told[0] == told[1]


def test_a_form_that_was_not_filled_in_is_no_attempt(world: World) -> None:
    for _ in range(12):
        assert sign_in(world, "it", PUPIL, "").status_code == 422
    assert sign_in(world, "it", PUPIL, world.passwords["it"]).status_code == 303


def test_a_password_that_could_not_be_checked_is_no_wrong_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(world.store.accounts, "check_password", away)
    for _ in range(12):
        assert sign_in(world, "it", PUPIL).status_code == 503
    monkeypatch.undo()
    assert sign_in(world, "it", PUPIL, world.passwords["it"]).status_code == 303


def test_one_address_does_not_try_many_names() -> None:
    attempts = Attempts()
    for number in range(FOR_ALL_NAMES):
        assert attempts.begin(PUPIL, f"name{number}", NOW) is None
    assert attempts.begin(PUPIL, "another", NOW + SECOND) == WINDOW - SECOND
    assert attempts.begin(STAFF, "another", NOW) is None


def test_a_name_under_attack_is_slower_for_who_was_wrong_and_open_for_who_was_not() -> None:
    attempts = Attempts()
    for number in range(UNDER_ATTACK):
        assert attempts.begin(f"10.0.0.{number}", "it", NOW) is None
    assert attempts.begin(STAFF, "it", NOW) is None, "the first try from anywhere is always looked at"
    assert attempts.begin(STAFF, "it", NOW + SECOND) == 9 * SECOND
    assert attempts.begin(STAFF, "safeguarding", NOW + SECOND) is None
    assert attempts.begin(STAFF, "it", NOW + 10 * SECOND) is None
    assert attempts.begin("10.0.0.1", "it", NOW + WINDOW) is None


def test_who_signs_in_starts_anew_with_that_name_alone() -> None:
    attempts = Attempts()
    for _ in range(FOR_ONE_NAME - 1):
        attempts.begin(PUPIL, "own", NOW)
        attempts.begin(PUPIL, "it", NOW)
    attempts.begin(PUPIL, "own", NOW)
    attempts.right(PUPIL, "own", NOW)
    assert attempts.begin(PUPIL, "own", NOW) is None
    assert attempts.begin(PUPIL, "it", NOW) is None
    assert attempts.begin(PUPIL, "it", NOW) == WINDOW


def test_a_device_cannot_guess_on_from_the_next_address_of_its_network() -> None:
    attempts = Attempts()
    for number in range(FOR_ONE_NAME):
        assert attempts.begin(f"2001:db8::{number:x}", " IT ", NOW) is None
    assert attempts.begin("2001:db8::ffff:1", "it", NOW) == WINDOW
    assert attempts.begin("2001:db8:0:1::1", "it", NOW) is None


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("10.30.7.21", "10.30.7.21"),
        ("::ffff:10.30.7.21", "10.30.7.21"),
        ("2001:db8::1:2:3:4", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("", "unknown"),
        (None, "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_addresses_are_counted_by_what_one_device_has(address: str | None, counted: str) -> None:
    assert counted_as(address) == counted


def test_a_flood_of_names_and_addresses_fills_no_memory_and_shuts_nobody_out() -> None:
    attempts = Attempts(most=50)
    for number in range(500):
        attempts.begin(f"10.1.{number // 250}.{number % 250}", f"name{number}", NOW)
    for table in (attempts._pairs, attempts._addresses, attempts._names):
        assert len(table._kept) == 50
    assert attempts.begin(STAFF, "it", NOW) is None
    attempts.begin(STAFF, "it", NOW + 2 * WINDOW)
    assert len(attempts._pairs._kept) == 1, "what is over goes by itself"


def test_nobody_waits_for_a_clock_that_was_set_back() -> None:
    attempts = Attempts()
    for _ in range(FOR_ONE_NAME):
        attempts.begin(PUPIL, "it", NOW)
    assert attempts.begin(PUPIL, "it", NOW - timedelta(hours=1)) is None


def test_whoever_sends_too_much_is_told_when_to_come_back(world: World) -> None:
    client = world.client()
    data = {"code": "7k3m9q2xw4tfh5np", "csrf_token": csrf(client.get("/"))}
    pages = [
        client.post("/find", data=data, environ_base={"REMOTE_ADDR": f"2001:db8::{number:x}"}) for number in range(31)
    ]
    assert [page.status_code for page in pages] == [422] * 30 + [429]
    assert 1 <= int(pages[-1].headers["Retry-After"]) <= 601
