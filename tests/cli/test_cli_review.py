"""`saywhy review`: what a meeting looks at, in words and as data."""

import json
import sqlite3
from pathlib import Path

from tests.cli.conftest import Say
from tests.cli.test_cli_as_policy import state

__all__ = ["state"]  # a fixture of theirs


def test_the_lists_are_told(say: Say, state: Path) -> None:
    options = ("--policies", state.parent / "policies", "--state", state)
    done = say("review", *options)
    assert done.exit_code == 0, done.output
    assert "games: 2 asked, 2 opened, 0 refused" in done.output
    assert done.output.count("Ended without a reason\n  none\n") == 1
    found = json.loads(say("review", "--json", *options).output)
    assert found["ended_without_reason"] == []
    assert found["asked"][0]["rule"] == "games"
    assert {"due", "overturned", "waiting", "ending", "unused"} <= found.keys()


def test_what_ended_without_a_reason_is_a_failure(say: Say, state: Path) -> None:
    with sqlite3.connect(state / "saywhy.sqlite3") as connection:
        connection.execute("UPDATE exception_requests SET state = 'refused' WHERE id = 2")
    connection.close()
    done = say("review", "--policies", state.parent / "policies", "--state", state)
    assert done.exit_code == 1
    assert "R-1002" in done.output


def test_without_requests_there_is_nothing_to_look_at(say: Say, state: Path) -> None:
    (state / "saywhy.sqlite3").unlink()
    done = say("review", "--policies", state.parent / "policies", "--state", state)
    assert done.exit_code == 1
    assert "there are no requests in" in " ".join(done.output.split())
