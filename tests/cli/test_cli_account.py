from dataclasses import replace
from pathlib import Path

import pytest

from saywhy.cli.defaults import DEFAULTS
from saywhy.exceptions.request import Account
from saywhy.exceptions.store import Store
from tests.cli.conftest import Say


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


def signed_in(state: Path, name: str, password: str) -> Account | None:
    store = Store(replace(DEFAULTS, state=state).database)
    try:
        return store.accounts.check_password(name, password)
    finally:
        store.close()


def password_in(output: str) -> str:
    return output.strip().rpartition(": ")[2]


def test_an_account_signs_in_with_the_password_that_is_printed(say: Say, policies: Path, state: Path) -> None:
    done = say(
        "account", "add", "Sam", "--role", "it", "--role", "safeguarding", "--state", state, "--policies", policies
    )
    assert done.exit_code == 0, done.output
    assert done.output.startswith("The password of sam, shown this once: ")
    assert signed_in(state, "sam", password_in(done.output)) == Account("sam", frozenset({"it", "safeguarding"}))


def test_a_new_password_takes_the_place_of_the_old(say: Say, policies: Path, state: Path) -> None:
    old = say("account", "add", "sam", "--role", "it", "--state", state, "--policies", policies).output
    new = say("account", "reset", "sam", "--state", state)
    assert new.exit_code == 0, new.output
    assert signed_in(state, "sam", password_in(old)) is None
    assert signed_in(state, "sam", password_in(new.output)) is not None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "sam"), "--role"),
        (("add", "sam", "--role", "safegarding"), "did you mean 'safeguarding'?"),
        (("add", "two words", "--role", "it"), "no account name"),
        (("reset", "nobody"), "there is no account 'nobody'"),
    ],
)
def test_what_cannot_be_is_told(say: Say, policies: Path, state: Path, arguments: tuple[str, ...], said: str) -> None:
    more = ("--policies", policies) if arguments[0] == "add" else ()
    done = say("account", *arguments, "--state", state, *more)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_the_same_name_twice_is_refused(say: Say, policies: Path, state: Path) -> None:
    add = ("account", "add", "sam", "--role", "it", "--state", state, "--policies", policies)
    assert say(*add).exit_code == 0
    done = say(*add)
    assert (done.exit_code, "already" in done.output) == (2, True)


def test_without_a_state_folder_nothing_is_made(say: Say, policies: Path, tmp_path: Path) -> None:
    done = say("account", "add", "sam", "--role", "it", "--state", tmp_path / "none", "--policies", policies)
    assert done.exit_code == 2
    assert not (tmp_path / "none").exists()


def test_a_store_that_cannot_be_used_is_a_problem(say: Say, policies: Path, state: Path) -> None:
    Path(replace(DEFAULTS, state=state).database.removeprefix("sqlite:///")).mkdir()
    done = say("account", "add", "sam", "--role", "it", "--state", state, "--policies", policies)
    assert done.exit_code == 1
    assert done.output.startswith("saywhy: ")


def test_a_policy_with_problems_is_told_instead(say: Say, policies: Path, state: Path) -> None:
    (policies / "school.yaml").unlink()
    done = say("account", "add", "sam", "--role", "it", "--state", state, "--policies", policies)
    assert done.exit_code == 1
    assert done.output.rstrip().endswith(("problem", "problems"))
