"""`saywhy permits as-policy`: a patch that can be applied, and why there is none."""

import json
import subprocess
from pathlib import Path

import pytest

from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.store import Store
from tests.cli.conftest import Say
from tests.exceptions.conftest import NOW, say_yes, school, submission
from tests.migrated_store import copy_migrated


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder with a permit for Year 7, and one for a device."""
    folder = tmp_path / "state"
    folder.mkdir()
    store = Store(copy_migrated(folder / "saywhy.sqlite3"))
    engine = school(tmp_path / "policies")
    for form, who in (("a", "group:year7"), ("b", "device")):
        asked = store.submit(engine, submission(), form, NOW)
        say_yes(store, engine, asked.id, Chosen(who, "site", "this-week"))
    store.close()
    return folder


def test_a_patch_is_printed_and_applies(say: Say, state: Path) -> None:
    policies = state.parent / "policies"
    options = ("--policies", policies, "--state", state)
    done = say("permits", "as-policy", "R-1001", *options)
    assert done.exit_code == 0, done.output
    assert "The new rule from-r-1001 stands above rule games." in done.output
    assert "games.example opens in 168 of the 168 hours of a week" in done.output
    before = (policies / "school.yaml").read_bytes()
    patch = say("permits", "as-policy", "r1001", "--patch", *options).stdout
    assert (policies / "school.yaml").read_bytes() == before
    subprocess.run(["git", "apply", "-"], cwd=policies, input=patch.encode(), check=True)
    assert say("check", policies).exit_code == 0
    assert b"  - id: from-r-1001\n" in (policies / "school.yaml").read_bytes()
    changed = say("explain", "https://games.example/", "--as", "year7", *options)
    assert changed.output.startswith("Allowed")


def test_it_is_told_to_programs(say: Say, state: Path) -> None:
    options = ("--policies", state.parent / "policies", "--state", state, "--json")
    found = json.loads(say("permits", "as-policy", "R-1002", "--group", "students", *options).output)
    assert (found["rule"], found["above"], found["file"], found["stays"]) == ("from-r-1002", "games", "school.yaml", [])
    assert found["opens"] == [{"what": "games.example", "hours": 168}]
    assert found["lines"][2] == "  for: [students]"


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        ("R-1002", 1, "This permit is for one device"),
        ("R-1003", 2, "there is no request R-1003"),
        ("R-7", 2, "is no number of a request"),
        ("x", 2, "is no number of a request"),
    ],
)
def test_what_cannot_be_written_says_why(say: Say, state: Path, number: str, code: int, said: str) -> None:
    done = say("permits", "as-policy", number, "--policies", state.parent / "policies", "--state", state)
    assert done.exit_code == code
    assert said in " ".join(done.output.replace("│", " ").split())
