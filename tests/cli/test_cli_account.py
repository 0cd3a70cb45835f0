from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from saywhy.cli import account
from saywhy.cli.defaults import DEFAULTS
from saywhy.cli.main import app
from saywhy.exceptions.request import Account
from saywhy.exceptions.store import Store
from saywhy.serve.clock import wall_clock
from saywhy.serve.policy_keeper import PolicyKeeper
from saywhy.serve.revisions import Revisions
from saywhy.serve.secret import ensure_secret
from saywhy.serve.settings import revisions_in
from tests.cli.conftest import Say


@pytest.fixture
def state(tmp_path: Path, policies: Path) -> Path:
    """A state folder in which the policy is in force."""
    keep(policies, tmp_path / "state")
    return tmp_path / "state"


def keep(policies: Path, state: Path) -> None:
    """Put a policy into force, as a filter does when it starts."""
    keeper = PolicyKeeper(policies, Revisions(revisions_in(state)), wall_clock)
    keeper.begin()
    keeper.stop()
    ensure_secret(replace(DEFAULTS, state=state).secret)


def signed_in(state: Path, name: str, password: str) -> Account | None:
    store = Store(replace(DEFAULTS, state=state).database)
    try:
        return store.accounts.check_password(name, password)
    finally:
        store.close()


def password_in(output: str) -> str:
    return output.strip().rpartition(": ")[2]


def test_an_account_signs_in_with_the_password_that_is_printed(say: Say, state: Path) -> None:
    done = say("account", "add", "Sam", "--role", "it", "--role", "safeguarding", "--state", state)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("The password of sam, shown this once: ")
    assert signed_in(state, "sam", password_in(done.output)) == Account("sam", frozenset({"it", "safeguarding"}))


def test_a_new_password_takes_the_place_of_the_old(say: Say, state: Path) -> None:
    old = say("account", "add", "sam", "--role", "it", "--state", state).output
    new = say("account", "reset", "sam", "--state", state)
    assert new.exit_code == 0, new.output
    assert signed_in(state, "sam", password_in(old)) is None
    assert signed_in(state, "sam", password_in(new.output)) is not None


def test_accounts_are_listed_given_roles_and_taken_away(say: Say, state: Path) -> None:
    assert "There are no accounts" in say("account", "list", "--state", state).output
    for name in ("sam", "kimberley"):
        say("account", "add", name, "--role", "it", "--state", state)
    done = say("account", "roles", "Sam", "--role", "safeguarding", "--role", "it", "--state", state)
    assert done.output == "sam has these roles now: it, safeguarding\n"
    assert say("account", "list", "--state", state).output == "kimberley  it\nsam        it, safeguarding\n"
    assert say("account", "remove", "kimberley", "--state", state).output.splitlines() == [
        "kimberley is taken away and signed out everywhere."
    ]
    assert "the next start" in say("account", "remove", "sam", "--state", state).output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "sam"), "--role"),
        (("add", "sam", "--role", "safegarding"), "did you mean 'safeguarding'? The roles are: it, safeguarding"),
        (("add", "sam", "--role", "caretaker"), "there is no role 'caretaker'; the roles are: it, safeguarding"),
        (("add", "two words", "--role", "it"), "no account name"),
        (("reset", "nobody"), "there is no account 'nobody'"),
        (("remove", "nobody"), "there is no account 'nobody'"),
        (("roles", "nobody", "--role", "it"), "there is no account 'nobody'"),
        (("roles", "nobody", "--role", "itt"), "did you mean 'it'?"),
        (("roles", "nobody"), "--role"),
        (("password", "nobody"), "this is none; use the portal, or `reset`"),
    ],
)
def test_what_cannot_be_is_told(say: Say, state: Path, arguments: tuple[str, ...], said: str) -> None:
    done = say("account", *arguments, "--state", state)
    assert done.exit_code == 2
    assert said in " ".join(done.output.replace("│", " ").split())


def test_the_same_name_twice_is_refused(say: Say, state: Path) -> None:
    add = ("account", "add", "sam", "--role", "it", "--state", state)
    assert say(*add).exit_code == 0
    done = say(*add)
    assert (done.exit_code, "already" in done.output) == (2, True)


@pytest.mark.parametrize("command", [("add", "sam", "--role", "it"), ("list",), ("remove", "sam"), ("reset", "sam")])
@pytest.mark.parametrize(("folder", "said"), [("none", "is not there"), ("other", "is no state folder")])
def test_in_a_folder_of_something_else_nothing_is_made(
    say: Say, tmp_path: Path, command: tuple[str, ...], folder: str, said: str
) -> None:
    (tmp_path / "other").mkdir()
    done = say("account", *command, "--state", tmp_path / folder)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
    assert [path.name for path in tmp_path.rglob("*")] == ["other"]


def test_a_folder_of_another_user_is_told_as_that(say: Say, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", refused)  # root may look everywhere
    done = say("account", "list", "--state", state)
    assert done.exit_code == 1
    assert "run this as the user of the filter, or as root" in done.output


def test_a_store_that_cannot_be_used_is_a_problem(say: Say, state: Path) -> None:
    Path(replace(DEFAULTS, state=state).database.removeprefix("sqlite:///")).mkdir()
    done = say("account", "add", "sam", "--role", "it", "--state", state)
    assert done.exit_code == 1
    assert done.output.startswith("saywhy: ")


def test_before_any_policy_is_in_force_nobody_can_check_the_role_and_that_is_told(say: Say, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    ensure_secret(tmp_path / "new" / "secret.key")
    done = say("account", "add", "sam", "--role", "it", "--state", tmp_path / "new")
    assert done.exit_code == 0
    assert "so nobody has checked that it has: it" in done.output
    assert signed_in(tmp_path / "new", "sam", password_in(done.output)) is not None


def test_roles_are_those_in_force_and_not_those_that_somebody_is_writing(say: Say, policies: Path, state: Path) -> None:
    school = policies / "school.yaml"
    school.write_text(school.read_text().replace("{it: IT", "{teaching: Head of teaching, it: IT"))
    add = ("account", "add", "sam", "--role", "teaching", "--state", state)
    assert say(*add).exit_code == 2
    assert say(*add, "--policies", policies).exit_code == 0


def test_a_named_policy_with_problems_is_told_instead(say: Say, policies: Path, state: Path) -> None:
    (policies / "school.yaml").unlink()
    done = say("account", "add", "sam", "--role", "it", "--state", state, "--policies", policies)
    assert done.exit_code == 1
    assert done.output.rstrip().endswith(("problem", "problems"))


CHOSEN = "four quiet otters dance"


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        (["OLD", CHOSEN, CHOSEN], 0, "is changed; it is signed out everywhere"),
        (["wrong", CHOSEN, CHOSEN], 1, "is not right; nothing is changed"),
        (["OLD", "short", "short"], 2, "Use 15 characters or more"),
        (["OLD", CHOSEN, "another", CHOSEN, CHOSEN], 0, "is changed"),
    ],
)
def test_somebody_chooses_a_password_of_their_own_on_a_terminal(
    say: Say, state: Path, monkeypatch: pytest.MonkeyPatch, typed: list[str], code: int, said: str
) -> None:
    old = password_in(say("account", "add", "sam", "--role", "it", "--state", state).output)
    text = "\n".join(typed).replace("OLD", old) + "\n"
    monkeypatch.setattr(account, "on_a_terminal", lambda: True)
    done = CliRunner().invoke(app, ["account", "password", "sam", "--state", str(state)], input=text)
    assert done.exit_code == code, done.output
    assert said in " ".join(done.output.replace("│", " ").split())
    assert (signed_in(state, "sam", CHOSEN) is not None) is (code == 0)
    assert (signed_in(state, "sam", old) is None) is (code == 0)
    assert CHOSEN not in done.output
