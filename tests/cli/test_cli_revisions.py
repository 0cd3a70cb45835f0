"""`saywhy history`, `rollback` and `accept`: what they say, and what is in force afterwards."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from saywhy.cli.defaults import DEFAULTS
from saywhy.cli.revisions import history
from saywhy.serve.policy_keeper import PolicyKeeper
from saywhy.serve.revisions import Revisions
from saywhy.serve.running import hold
from tests.cli.conftest import RULES, Say

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


class Kept:
    """The policy folder of these tests, kept in a state folder as `saywhy run` does it."""

    def __init__(self, policies: Path) -> None:
        self.policies = policies
        self.state = policies.parent / "state"
        self.revisions = Revisions(self.state / "policy")
        self.look()

    def look(self, **files: str) -> str:
        for name, text in files.items():
            (self.policies / f"{name}.yaml").write_text(text)
        keeper = PolicyKeeper(self.policies, self.revisions, lambda: NOW)
        keeper.begin()
        keeper.stop()
        return self.in_force

    @property
    def in_force(self) -> str:
        current = self.revisions.current()
        return current.revision if current else ""


@pytest.fixture
def kept(policies: Path) -> Kept:
    return Kept(policies)


WITHOUT_SHORTS = RULES[: RULES.index("  - id: shorts")] + RULES[RULES.index("  - id: tiktok") :]
CUT = RULES[: RULES.index("  - id: games")]


def test_history_lists_what_was_in_force_the_newest_first(say: Say, kept: Kept) -> None:
    assert history.__doc__
    first = kept.in_force
    second = kept.look(rules=WITHOUT_SHORTS)
    done = say("history", "--state", kept.state)
    assert done.exit_code == 0
    lines = done.output.splitlines()
    when = NOW.astimezone().strftime("%a 23 %b 2026 %H:%M:%S")
    assert lines[0].startswith(f"{when}  {second}  ")
    assert lines[0].endswith("[in force]")
    assert lines[1].strip() == "1 rule removed: shorts"
    assert lines[2].startswith(f"{when}  {first}  ")
    assert not lines[2].endswith("]")
    assert lines[3].strip() == "the first policy: 5 rules, 4 files"
    assert "and 1 earlier" in say("history", "--state", kept.state, "--last", "1").output


def test_rollback_returns_and_says_what_happens_next(say: Say, kept: Kept) -> None:
    first = kept.in_force
    second = kept.look(rules=WITHOUT_SHORTS)
    done = say("rollback", "--state", kept.state)
    assert done.exit_code == 0
    assert kept.in_force == first
    for said in (
        f"Revision {first} is put into force again, instead of {second}.",
        "1 rule added: shorts",
        "The filter is not running",
        f"The files in {kept.policies} are left as they are.",
        f"diff -r {kept.revisions.folder(first)} {kept.policies}",
        "saywhy rollback --release --state",
    ):
        assert said in done.output
    assert kept.look() == first
    listed = say("history", "--state", kept.state).output
    assert f"{first}" in listed.splitlines()[0]
    assert "[in force by a rollback]" in listed.splitlines()[0]
    assert "A rollback is in force." in listed

    released = say("rollback", "--release", "--state", kept.state)
    assert released.exit_code == 0
    assert "The rollback is ended" in released.output
    assert kept.look() == second


def test_a_revision_can_be_named_by_its_beginning(say: Say, kept: Kept) -> None:
    first = kept.in_force
    kept.look(rules=WITHOUT_SHORTS)
    kept.look(rules=WITHOUT_SHORTS + "# more\n")
    assert say("rollback", first[:6], "--state", kept.state).exit_code == 0
    assert kept.in_force == first


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["rollback", "nothing"], 1, "there is no revision nothing"),
        (["rollback"], 1, "there is no revision before"),
        (["rollback", "--release"], 1, "no rollback is in force"),
        (["rollback", "--release", "abc"], 2, "not both"),
        (["accept"], 1, "nothing waits"),
        (["history", "--last", "0"], 2, "--last"),
    ],
)
def test_what_cannot_be_done_is_said(say: Say, kept: Kept, arguments: list[str], code: int, says: str) -> None:
    first = kept.in_force
    done = say(*arguments, "--state", kept.state)
    assert done.exit_code == code
    assert says in done.output
    assert kept.in_force == first


@pytest.mark.parametrize("command", ["history", "rollback", "accept"])
def test_a_folder_that_is_no_state_folder_is_a_wrong_use(say: Say, tmp_path: Path, command: str) -> None:
    done = say(command, "--state", tmp_path)
    assert done.exit_code == 2
    assert "saywhy run" in done.output
    assert list(tmp_path.iterdir()) == []


def test_accept_confirms_what_was_refused_for_its_losses(say: Say, kept: Kept) -> None:
    first = kept.in_force
    assert kept.look(rules=CUT) == first
    listed = say("history", "--state", kept.state).output
    assert "only 1 of 5 rules are left" in listed
    assert f"saywhy accept --state {kept.state}" in listed
    done = say("accept", "--state", kept.state)
    assert done.exit_code == 0
    assert "only 1 of 5 rules are left" in done.output
    assert "4 rules removed: games, shorts, tiktok, self-harm" in done.output
    assert kept.look() != first


def test_accept_does_not_confirm_mistakes(say: Say, kept: Kept) -> None:
    kept.look(rules="rules: [")
    done = say("accept", "--state", kept.state)
    assert done.exit_code == 1
    assert "saywhy check" in done.output


def test_with_a_running_keeper_the_answer_is_what_is_in_force(say: Say, kept: Kept) -> None:
    second = kept.look(rules=WITHOUT_SHORTS)

    class Uncounted:
        def policy_loaded(self, *_: object) -> None: ...
        def policy_failed(self, *_: object) -> None: ...
        def policy_rolled_back(self, *_: object) -> None: ...

    keeper = PolicyKeeper(kept.policies, kept.revisions, lambda: NOW, poll=0.02, settled=0.05)
    keeper.begin()
    keeper.start(Uncounted())
    held = hold(replace(DEFAULTS, state=kept.state, policies=kept.policies), NOW)
    try:
        assert "The filter is running" in say("rollback", "--state", kept.state).output
        done = say("rollback", "--release", "--state", kept.state)
        assert f"Revision {second} is in force now." in done.output
    finally:
        held.close()
        keeper.stop()


@pytest.mark.parametrize("command", ["history", "rollback", "accept"])
def test_the_folder_of_another_user_is_told_as_that(
    say: Say, kept: Kept, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def refused(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_dir", refused)  # root may look everywhere
    done = say(command, "--state", kept.state)
    assert done.exit_code == 1
    assert "Permission denied; run this as the user of the filter" in done.output
