"""Another release of Saywhy, with another catalogue, starts with the state folder of the one before."""

from collections.abc import Callable

import pytest

from saywhy.policy.policy import Policy
from saywhy.policy.reading.builtin import Builtin, builtin
from saywhy.policy.reading.files import same_files
from saywhy.serve.history import Kind
from saywhy.serve.policy_follower import PolicyFollower
from saywhy.serve.revisions import RevisionError
from saywhy.serve.rollback import roll_back
from tests.serve.keeping import BROKEN, CHANGED, CUT, GOOD, NOW, School

type Upgrade = Callable[[], None]


@pytest.fixture
def upgrade(monkeypatch: pytest.MonkeyPatch) -> Upgrade:
    def change() -> None:
        ours = builtin()
        monkeypatch.setattr(
            "saywhy.policy.reading.load.builtin", lambda: Builtin(ours.files, ours.names, b"another release")
        )

    return change


def test_the_same_files_come_into_force_under_another_name(school: School, upgrade: Upgrade) -> None:
    first = school.start()
    upgrade()
    policy = school.start()
    assert first is not None
    assert policy is not None
    assert policy.revision != first.revision
    assert same_files(policy.revision, first.revision)
    assert school.in_force == policy.revision
    assert [entry.kind for entry in school.revisions.history()] == [Kind.RENEWED, Kind.ACCEPTED]
    school.start()
    assert len(school.revisions.history()) == 2


def test_a_broken_folder_leaves_in_force_what_was(school: School, upgrade: Upgrade) -> None:
    first = school.start()
    upgrade()
    school.save(BROKEN)
    policy = school.start()
    assert first is not None
    assert policy is not None
    assert policy.rules == first.rules
    assert school.in_force == policy.revision
    assert "blokc" in school.problems


def test_a_folder_that_lost_much_is_held_against_what_was(school: School, upgrade: Upgrade) -> None:
    school.start()
    upgrade()
    school.save(CUT)
    policy = school.start()
    assert policy is not None
    assert len(policy.rules) == 5
    assert "rules are left" in school.problems


def test_a_rollback_stays_pinned(school: School, upgrade: Upgrade) -> None:
    school.start()
    first = school.in_force
    school.look(CHANGED)
    roll_back(school.revisions, None, "ann", NOW)
    upgrade()
    policy = school.start()
    assert policy is not None
    assert same_files(policy.revision, first)
    current = school.revisions.current()
    assert current is not None
    assert current.pinned
    (school.revisions.root / "current").unlink()  # damaged: found again in the history, still pinned
    school.start()
    assert school.revisions.current() == current
    assert school.look(CHANGED.replace("on and on", "on")) not in (current.revision, current.set_aside)


def test_what_was_accepted_or_confirmed_before_needs_no_second_word(school: School, upgrade: Upgrade) -> None:
    school.save(CUT)
    school.start()
    school.look(GOOD)
    upgrade()
    school.start()
    small = school.look(CUT)
    assert school.problems == ""
    assert same_files(small, school.revisions.history()[-1].revision)


def test_one_returns_to_the_files_before_not_to_the_same_ones(school: School, upgrade: Upgrade) -> None:
    school.start()
    first = school.in_force
    second = school.look(CHANGED)
    upgrade()
    school.start()
    with pytest.raises(RevisionError, match="in force already"):
        roll_back(school.revisions, second, "ann", NOW)
    returned = roll_back(school.revisions, None, "ann", NOW)
    assert same_files(returned.revision, first)
    assert returned.revision != first
    assert school.revisions.load(returned.revision)[0].revision == returned.revision


def test_a_process_that_is_newer_than_the_keeper_follows_all_the_same(school: School, upgrade: Upgrade) -> None:
    school.start()
    taken: list[Policy] = []
    upgrade()
    follower = PolicyFollower(school.revisions, taken.append, school.records, lambda: NOW)
    assert follower.load()
    assert same_files(taken[0].revision, school.in_force)
    school.revisions.folder_state = school.revisions.folder_state.read(None)  # another mark, the same revision
    assert follower.load()
    assert len(taken) == 1
    assert school.records.failed == 0
