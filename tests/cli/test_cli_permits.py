"""`saywhy explain` and permits: which of them open what was asked for, and why others do not."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.store import Store
from tests.cli.conftest import Say
from tests.exceptions.conftest import NOW, SCHOOL, say_yes, school, submission
from tests.migrated_store import copy_migrated

DEVICE = "10.30.7.21"
NEW_RULE = """  - id: exams
    block: {domains: [games.example]}
    why: There are exams this week.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
  - id: games
"""
Change = Callable[[str], str]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder whose store holds a permit for games.example, weighed for the rule `games`."""
    folder = tmp_path / "state"
    folder.mkdir()
    store = Store(copy_migrated(folder / "saywhy.sqlite3"))
    engine = school(tmp_path / "policies")
    asked = store.submit(engine, submission(), "a", NOW)
    say_yes(store, engine, asked.id, Chosen("device", "site", "this-week"), NOW)
    store.close()
    return folder


def explained(say: Say, state: Path, *more: str, asker: str = DEVICE, at: str = "2026-11-24T10:00") -> str:
    policies = state.parent / "policies"
    done = say(
        "explain", "https://games.example/", "--as", asker, "--at", at, "--policies", policies, "--state", state, *more
    )
    assert done.exit_code == 0, done.output
    return str(done.output)


def test_a_permit_that_opens_it_decides_and_is_named(say: Say, state: Path) -> None:
    said = explained(say, state)
    assert said.startswith("Allowed: https://games.example/")
    assert "A permit for games.example (R-1001, until Monday 30 November 2026 at 00:00) opens this." in said
    found = json.loads(explained(say, state, "--json"))
    assert (found["effect"], found["reason"], found["rule"]) == ("allow", "grant", "games")
    assert found["trace"][-1]["rule"] == "floor"


def test_what_its_people_are_told_elsewhere_is_told_without_it(say: Say, state: Path) -> None:
    found = json.loads(explained(say, state, "--json", asker="10.30.7.22"))
    assert (found["effect"], found["reason"], found["rule"]) == ("block", "rule", "games")
    assert found["told"]["title"]


@pytest.mark.parametrize(
    ("change", "because"),
    [
        (
            lambda text: text.replace("  - id: games\n", NEW_RULE),
            "rule exams closes this and was not weighed for it (weighed: games)",
        ),
        (
            lambda text: text.replace("owner: it\n  - id: tiktok", "owner: safeguarding\n  - id: tiktok"),
            "since it was given, other people decide on exceptions from rule games; it has to be asked for anew",
        ),
        (
            lambda text: text.replace("owner: it\n  - id: tiktok", "owner: it\n    ask: nobody\n  - id: tiktok"),
            "nobody may give an exception from rule games",
        ),
        (
            lambda text: text.replace("floor.example", "games.example"),
            "rule floor is locked, and no permit opens what is locked",
        ),
        (
            lambda text: text.replace("[games.example]", "[other.example]"),
            "the policy opens this without a permit",
        ),
    ],
)
def test_a_permit_that_does_not_open_it_says_why(say: Say, state: Path, change: Change, because: str) -> None:
    school(state.parent / "policies", change(SCHOOL))
    assert f"exists but does not open this: {because}." in " ".join(explained(say, state).split())
    (permit,) = json.loads(explained(say, state, "--json"))["permits"]
    assert permit == {
        "request": "R-1001",
        "what": "games.example",
        "until": "2026-11-30T00:00:00+00:00",
        "opens": False,
        "because": because,
    }


@pytest.mark.parametrize(
    ("asker", "at"),
    [
        ("10.30.7.22", "2026-11-24T10:00"),
        ("students", "2026-11-24T10:00"),
        (DEVICE, "2026-12-01T10:00"),
        (DEVICE, "2026-11-23T09:00"),
    ],
)
def test_permits_for_others_and_other_times_are_not_told(say: Say, state: Path, asker: str, at: str) -> None:
    assert "permit for" not in explained(say, state, asker=asker, at=at)
    assert json.loads(explained(say, state, "--json", asker=asker, at=at))["permits"] == []


def test_without_a_store_there_is_nothing_to_say_of_permits(say: Say, state: Path) -> None:
    (state / "saywhy.sqlite3").unlink()
    assert "ermit" not in explained(say, state)
    found = json.loads(explained(say, state, "--json"))
    assert (found["effect"], found["permits"], found["notes"]) == ("block", None, [])


def test_a_store_that_cannot_be_read_is_noted(say: Say, state: Path) -> None:
    (state / "saywhy.sqlite3").write_bytes(b"something else entirely" * 100)
    assert "Note: the permits were not looked at: the store " in explained(say, state)
    found = json.loads(explained(say, state, "--json"))
    assert (found["effect"], found["permits"], len(found["notes"])) == ("block", None, 1)


def test_a_state_folder_that_is_not_there_is_an_error(say: Say, state: Path) -> None:
    asked = ("explain", "https://games.example/", "--as", DEVICE, "--policies", state.parent / "policies")
    done = say(*asked, "--state", state / "none")
    assert done.exit_code == 2
    assert "there is no folder" in " ".join(done.output.split())
