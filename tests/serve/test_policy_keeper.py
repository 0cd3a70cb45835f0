"""The keeper: what comes into force, what never does, and what is in force after a restart."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from saywhy.serve.history import Kind
from saywhy.serve.revisions import Current
from saywhy.serve.rollback import confirm, end_rollback, roll_back
from tests.serve.keeping import BROKEN, CHANGED, CUT, GOOD, NAMES, NOW, School


def test_a_good_folder_is_in_force_from_the_start(school: School) -> None:
    policy = school.start()
    assert policy is not None
    assert school.in_force == policy.revision
    (entry,) = school.revisions.history()
    assert (entry.revision, entry.kind, entry.what) == (
        policy.revision,
        Kind.ACCEPTED,
        "the first policy: 5 rules, 2 files",
    )


def test_the_exact_bytes_are_kept(school: School) -> None:
    school.save(GOOD.replace("\n", "\r\n"))
    school.start()
    stored = school.revisions.folder(school.in_force)
    for name in ("school.yaml", "lists/bets.txt"):
        assert (stored / name).read_bytes() == (school.folder / name).read_bytes()


def test_a_change_is_taken_and_told_in_a_sentence(school: School) -> None:
    school.start()
    first = school.in_force
    assert school.look(CHANGED) != first
    school.save("\n".join([*NAMES[1:], "new.example"]), "lists/bets.txt")
    school.look()
    assert [entry.what for entry in school.revisions.history()] == [
        "list lists/bets.txt: 1 name added, 1 name removed",
        "1 rule changed: shorts (why)",
        "the first policy: 5 rules, 2 files",
    ]


def test_files_that_did_not_change_are_kept_once(school: School) -> None:
    school.start()
    first = school.revisions.folder(school.in_force)
    second = school.revisions.folder(school.look(CHANGED))
    assert (first / "lists/bets.txt").stat().st_ino == (second / "lists/bets.txt").stat().st_ino
    assert (first / "school.yaml").stat().st_ino != (second / "school.yaml").stat().st_ino


def test_a_broken_change_leaves_what_was_and_is_told_once(school: School, caplog: pytest.LogCaptureFixture) -> None:
    school.start()
    first = school.in_force
    for _ in range(3):
        assert school.look(BROKEN) == first
    assert caplog.text.count("blokc") == 1
    assert "blokc" in school.problems
    assert school.revisions.folder_state.since == NOW
    assert school.records.failed == 3
    assert school.look(GOOD) == first
    assert school.revisions.folder_state.since is None


def empty_the_folder(folder: Path) -> None:
    for path in folder.glob("*.yaml"):
        path.unlink()


@pytest.mark.parametrize(
    ("happens", "says"),
    [
        (lambda folder: (folder / "school.yaml").write_text(""), "the file is empty"),
        (lambda folder: (folder / "school.yaml").write_text("# nothing\n\n"), "the file is empty"),
        (lambda folder: (folder / "school.yaml").unlink(), "no file here ends in .yaml"),
        (empty_the_folder, "no file here ends in .yaml"),
        (shutil.rmtree, "there is no such folder"),
        (lambda folder: (folder / "lists" / "bets.txt").write_text(""), "the list is empty"),
        (lambda folder: (folder / "lists" / "bets.txt").unlink(), "there is no such file"),
        (lambda folder: shutil.rmtree(folder / "lists"), "there is no such file"),
        (lambda folder: (folder / "school.yaml").write_text(GOOD[: len(GOOD) // 2]), "school.yaml:"),
        (lambda folder: (folder / "school.yaml").write_text(CUT), "only 1 of 5 rules are left"),
        (lambda folder: (folder / "lists" / "bets.txt").write_text("\n".join(NAMES[:5])), "only 5 of 10 names are left"),
        (lambda folder: (folder / "school.yaml").write_text(GOOD.replace("places:\n  - {network: 127.0.0.0/8, groups: [year9]}\n  - {network: 127.0.99.0/24, groups: [staff]}\n", "")), "only 0 of 2 places"),
    ],
)  # fmt: skip
def test_nothing_that_vanishes_opens_anything(school: School, happens: Callable[[Path], None], says: str) -> None:
    school.start()
    first = school.in_force
    happens(school.folder)
    assert school.look() == first
    assert says in school.problems
    policy = school.start()  # nor does a restart
    assert policy is not None
    assert policy.revision == first == school.in_force
    assert says in school.problems


def test_where_no_policy_ever_was_there_is_none(school: School) -> None:
    school.save(BROKEN)
    assert school.start() is None
    assert school.in_force == ""
    assert "blokc" in school.problems
    assert school.look(GOOD) != ""


class TestWhatIsMeant:
    def test_a_loss_is_taken_once_it_is_confirmed(self, school: School) -> None:
        school.start()
        first = school.in_force
        assert school.look(CUT) == first
        assert f"saywhy accept --state {school.path / 'state'}" in school.problems
        waiting = confirm(school.revisions)
        assert "4 rules removed" in waiting.what
        assert school.look() == waiting.content != first

    def test_only_exactly_what_was_confirmed_is_taken(self, school: School) -> None:
        school.start()
        first = school.in_force
        school.look(CUT)
        confirm(school.revisions)
        assert school.look(CUT.replace("This is never open", "It is not open")) == first

    def test_also_when_the_filter_is_started_later(self, school: School) -> None:
        school.start()
        school.look(CUT)
        content = confirm(school.revisions).content
        school.start()
        assert school.in_force == content

    def test_a_way_back_to_what_was_in_force_is_open(self, school: School) -> None:
        school.save(CUT)
        school.start()
        small = school.in_force
        school.look(GOOD)
        assert school.look(CUT) == small


class TestRollback:
    def test_stays_until_the_folder_changes(self, school: School) -> None:
        school.start()
        first = school.in_force
        second = school.look(CHANGED)
        assert roll_back(school.revisions, None, "ann", NOW).revision == first
        assert school.look() == first
        assert school.look(CHANGED) == first  # saved again, but the same
        policy = school.start()  # nor does a restart end it
        assert policy is not None
        assert policy.revision == first
        assert school.records.rolled_back[-1]
        assert school.look(BROKEN) == first
        assert school.look(CHANGED) == first
        third = school.look(CHANGED.replace("on and on", "on"))
        assert third not in (first, second)
        assert school.revisions.current() == Current(third)

    def test_release_takes_the_folder_as_it_is(self, school: School) -> None:
        school.start()
        second = school.look(CHANGED)
        roll_back(school.revisions, None, "ann", NOW)
        school.look()
        end_rollback(school.revisions, "ann", NOW)
        assert school.look() == second
        assert not school.records.rolled_back[-1]

    def test_a_folder_mended_to_what_is_in_force_ends_it(self, school: School) -> None:
        school.start()
        first = school.in_force
        school.look(CHANGED)
        roll_back(school.revisions, None, "ann", NOW)
        school.look(GOOD)
        assert school.revisions.current() == Current(first)
        assert school.revisions.history()[0].kind is Kind.RELEASED
