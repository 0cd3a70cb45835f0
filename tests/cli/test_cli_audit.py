"""`saywhy audit`: what somebody sees of the audit trail at the command line, and what its exit code says."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from saywhy.cli.defaults import DEFAULTS
from saywhy.exceptions.store import Store
from saywhy.serve.clock import wall_clock
from tests.cli.conftest import Say
from tests.cli.test_cli_account import keep
from tests.exceptions.conftest import IT, change, hire, refusal, school, submission
from tests.serve.test_trail_anchor import cut


@pytest.fixture
def state(tmp_path: Path, policies: Path) -> Path:
    """A state folder as a filter leaves it: a request that was refused, an account, the anchor."""
    keep(policies, tmp_path / "state")
    return tmp_path / "state"


@pytest.fixture
def url(state: Path) -> str:
    return replace(DEFAULTS, state=state).database


@pytest.fixture
def store(url: str, tmp_path: Path, say: Say, state: Path) -> Iterator[Store]:
    opened = Store(url)
    opened.migrate()
    engine = school(tmp_path / "rules")
    hire(opened, IT)
    asked = opened.submit(engine, submission(refusal(device="10.30.7.21")), "a", wall_clock())
    opened.refuse(asked.id, engine, IT, "There is a board.", wall_clock())
    assert say("account", "add", "sam", "--role", "it", "--state", state).exit_code == 0
    yield opened
    opened.close()


def test_a_whole_trail_says_so_and_what_to_note_down(say: Say, state: Path, store: Store) -> None:
    done = say("audit", "verify", "--state", state)
    head = store.trail_head()[1]
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "The audit trail is whole: 3 lines, and no request ended without a reason.",
        f"Its last line: {head}",
        "Note this down somewhere else; `saywhy audit verify --expect HASH` finds it again, whatever happens here.",
    ]
    assert say("audit", "verify", "--expect", head.upper(), "--state", state).exit_code == 0


def test_what_was_changed_is_told_with_its_place(say: Say, state: Path, store: Store, url: str) -> None:
    change(url, "DROP TRIGGER trail_is_not_changed", "UPDATE trail SET what = 'approved' WHERE number = 2")
    done = say("audit", "verify", "--state", state)
    assert done.exit_code == 1
    assert done.output.startswith("line 2 was changed: its hash is not that of what stands in it\n")
    told = json.loads(say("audit", "verify", "--json", "--state", state).output)
    assert (told["whole"], told["lines"], told["head"]) == (False, 3, store.trail_head()[1])
    assert told["faults"][0] == {
        "said": "line 2 was changed: its hash is not that of what stands in it",
        "line": 2,
        "request": None,
    }


def test_a_tail_that_was_cut_off_is_told(say: Say, state: Path, store: Store, url: str) -> None:
    head = store.trail_head()[1]
    cut(url)
    done = say("audit", "verify", "--state", state)
    assert done.exit_code == 1
    assert "UTC knows 3 lines, and 1 of them is gone" in done.output
    (state / "trail.anchor").unlink()
    assert "so nobody can tell whether the end was cut off" in say("audit", "verify", "--state", state).output
    expected = say("audit", "verify", "--expect", head, "--state", state)
    assert "no line has the hash that --expect knows" in expected.output


def test_an_anchor_of_somebody_else_is_told(say: Say, state: Path, store: Store) -> None:
    anchor = state / "trail.anchor"
    anchor.write_text(anchor.read_text().replace('"number": 3', '"number": 2'))
    done = say("audit", "verify", "--state", state)
    assert done.exit_code == 1
    assert "is not signed with this filter's key" in done.output


@pytest.mark.parametrize("hash_", ["", "abc", "g" * 64, "0" * 63])
def test_a_hash_that_is_none_is_told(say: Say, state: Path, store: Store, hash_: str) -> None:
    done = say("audit", "verify", "--expect", hash_, "--state", state)
    assert done.exit_code == 2
    assert "is no hash" in done.output


def test_an_empty_trail_is_whole(say: Say, state: Path) -> None:
    assert say("audit", "verify", "--state", state).exit_code == 0


def test_lines_are_shown_as_people_read_them(say: Say, state: Path, store: Store) -> None:
    lines = say("audit", "show", "--state", state).output.splitlines()
    assert [line[29:] for line in lines][:2] == [
        "submitted        R-1001 ",
        "refused          R-1001   by it  “There is a board.”",
    ]
    assert lines[2].endswith("about sam  roles: it")


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (["--request", "R-1001"], [1, 2]),
        (["--request", "1001"], [1, 2]),
        (["--request", "r-1002"], []),
        (["--account", "IT"], [2]),
        (["--account", "sam"], [3]),
        (["--since", "2020-01-01", "--until", "2020-12-31"], []),
        (["--since", "2020-01-01T10:00"], [1, 2, 3]),
    ],
)
def test_lines_are_chosen(say: Say, state: Path, store: Store, options: list[str], shown: list[int]) -> None:
    found = json.loads(say("audit", "show", "--json", *options, "--state", state).output)
    assert [one["line"] for one in found] == shown
    if not shown:
        assert say("audit", "show", *options, "--state", state).output == "No line of the audit trail is like that.\n"


@pytest.mark.parametrize(
    "options", [["--request", "1"], ["--request", "R-x"], ["--since", "monday"], ["--until", "2026-13-01"]]
)
def test_a_choice_that_cannot_be_read_says_what_to_write(say: Say, state: Path, options: list[str]) -> None:
    done = say("audit", "show", *options, "--state", state)
    assert done.exit_code == 2
    assert "write" in done.output


def test_one_person_is_handed_all_that_is_kept_and_it_is_a_line(say: Say, state: Path, store: Store) -> None:
    done = say("audit", "export", "--device", "10.30.7.21", "--state", state)
    assert [one["number"] for one in json.loads(done.output)["requests"]] == ["R-1001"]
    assert "exported" in say("audit", "show", "--request", "R-1001", "--state", state).output
    assert say("audit", "verify", "--state", state).exit_code == 0


def test_one_person_is_erased_and_it_is_a_line(say: Say, state: Path, store: Store) -> None:
    request = store.request(1)
    assert request is not None
    done = say("audit", "erase", "--receipt", request.receipt.upper(), "--yes", "--state", state)
    assert done.exit_code == 0
    assert done.output.startswith("Erased: R-1001; what 2 lines of the audit trail said.")
    assert store.request(1) is None
    shown = say("audit", "show", "--state", state).output
    assert "(what it said of people was taken away)" in shown
    assert "erased" in shown
    assert say("audit", "verify", "--state", state).exit_code == 0
    again = say("audit", "erase", "--receipt", request.receipt, "--yes", "--state", state)
    assert (again.exit_code, "nothing is kept of this person" in again.output) == (1, True)


def test_nothing_is_erased_before_somebody_said_yes(say: Say, state: Path, store: Store) -> None:
    assert say("audit", "erase", "--device", "10.30.7.21", "--state", state).exit_code == 1
    assert store.request(1) is not None


def test_an_account_that_may_still_sign_in_is_told(say: Say, state: Path, store: Store) -> None:
    assert "may still sign in" in say("audit", "erase", "--account", "sam", "--yes", "--state", state).output
    assert say("account", "remove", "sam", "--state", state).exit_code == 0
    assert (
        "Erased: no request; what 2 lines"
        in say("audit", "erase", "--account", "sam", "--yes", "--state", state).output
    )


@pytest.mark.parametrize(
    "options",
    [[], ["--device", "x"], ["--device", "10.0.0.1", "--account", "it"], ["--receipt", "a", "--account", "b"]],
)
@pytest.mark.parametrize("command", ["export", "erase"])
def test_one_person_has_to_be_named(say: Say, state: Path, command: str, options: list[str]) -> None:
    assert say("audit", command, *options, "--state", state).exit_code == 2


@pytest.mark.parametrize("command", ["verify", "show"])
def test_a_folder_that_is_none_of_a_filter_is_told(say: Say, tmp_path: Path, command: str) -> None:
    done = say("audit", command, "--state", tmp_path / "nowhere")
    assert done.exit_code == 2
    assert "is not there" in done.output
