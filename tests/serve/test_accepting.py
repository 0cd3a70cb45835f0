"""The keeper: what comes into force, what never does, and what is in force after a restart."""

import logging
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from addons.serve.accepting import PolicyKeeper
from addons.serve.history import Kind
from addons.serve.returning import confirm, release, roll_back
from addons.serve.revisions import Current
from tests.serve.keeping import BROKEN, CHANGED, CUT, GOOD, NAMES, NOW, School


def test_a_good_folder_is_in_force_from_the_start(school: School) -> None:
    policy = school.start()
    assert policy is not None
    assert school.in_force == policy.revision
    (entry,) = school.revisions.history()
    assert (entry.revision, entry.kind, entry.what) == (
        policy.revision,
        Kind.ACCEPTED,
        "the first policy: 4 rules, 2 files",
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
        "the first policy: 4 rules, 2 files",
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
    assert school.revisions.standing.since == NOW
    assert school.records.failed == 3
    assert school.look(GOOD) == first
    assert school.revisions.standing.since is None


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
        (lambda folder: (folder / "school.yaml").write_text(CUT), "only 1 of 4 rules are left"),
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
        assert "3 rules removed" in waiting.what
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
        release(school.revisions, "ann", NOW)
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


class TestDamage:
    """What a process that is killed in the middle of writing leaves behind, or a disk that lies."""

    @pytest.mark.parametrize(
        "content", [b"", b"{", b'{"revision": "', b"\x00" * 40, b"[]", b'{"revision": "../../etc"}']
    )
    @pytest.mark.parametrize("folder_is", [GOOD, BROKEN])
    def test_of_the_pointer(self, school: School, content: bytes, folder_is: str) -> None:
        school.start()
        first = school.in_force
        (school.revisions.root / "current").write_bytes(content)
        school.save(folder_is)
        policy = school.start()
        assert policy is not None
        assert policy.revision == first == school.in_force

    def test_of_the_pointer_does_not_end_a_rollback(self, school: School) -> None:
        school.start()
        first = school.in_force
        school.look(CHANGED)
        roll_back(school.revisions, None, "ann", NOW)
        (school.revisions.root / "current").unlink()
        policy = school.start()
        assert policy is not None
        assert policy.revision == first

    @pytest.mark.parametrize("damage", ["cut", "gone", "other", "extra"])
    def test_of_the_revision_in_force(self, school: School, damage: str) -> None:
        school.start()
        first = school.in_force
        second = school.look(CHANGED)
        file = school.revisions.folder(second) / "school.yaml"
        if damage == "cut":
            file.write_text(CHANGED[:300])
        elif damage == "gone":
            shutil.rmtree(file.parent)
        elif damage == "other":
            file.write_text(CHANGED.replace("block: {urls", "allow: {urls"))
        else:
            (file.parent / "more.yaml").write_text("groups: {more: {}}\n")
        school.save(BROKEN)
        policy = school.start()
        assert policy is not None
        assert policy.revision == first  # the one before
        school.save(CHANGED)
        assert school.look() == second
        assert school.revisions.load(second)[0].revision == second  # stored anew

    def test_of_the_revision_in_force_is_mended_from_the_folder(self, school: School) -> None:
        school.start()
        (school.revisions.folder(school.in_force) / "school.yaml").write_text("")
        school.start()
        assert school.revisions.load(school.in_force)[0].revision == school.in_force

    def test_of_the_history(self, school: School) -> None:
        school.start()
        history = school.revisions.root / "history.jsonl"
        history.write_bytes(history.read_bytes()[:-30] + b"\xff")
        school.look(CHANGED)
        (entry,) = school.revisions.history()
        assert entry.what == "1 rule changed: shorts (why)"

    def test_an_end_between_history_and_pointer_gives_one_line(self, school: School) -> None:
        school.start()
        pointer = (school.revisions.root / "current").read_bytes()
        school.look(CHANGED)
        (school.revisions.root / "current").write_bytes(pointer)
        school.start()
        assert [entry.kind for entry in school.revisions.history()] == [Kind.ACCEPTED, Kind.ACCEPTED]

    def test_what_was_written_aside_is_cleared_away(self, school: School) -> None:
        school.start()
        for left in (school.revisions.root / ".aside-1", school.revisions.root / "revisions" / ".aside-2"):
            left.mkdir()
            (left / "school.yaml").write_text("half")
        (school.revisions.root / ".aside-3").write_text("{")
        school.start()
        assert list(school.revisions.root.rglob(".aside*")) == []

    def test_a_disk_that_is_full_leaves_what_was(self, school: School, monkeypatch: pytest.MonkeyPatch) -> None:
        school.start()
        first = school.in_force

        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            with pytest.raises(OSError, match="No space"):
                school.look(CHANGED)
        assert school.in_force == first
        assert list(school.revisions.root.rglob(".aside*")) == []
        assert school.look() != first


def sparse(path: Path) -> None:
    path.unlink(missing_ok=True)
    with path.open("wb") as file:
        file.truncate(1024**3)


def bomb(path: Path) -> None:
    lines = [f"{chr(98 + one)}: &{chr(98 + one)} [{', '.join([f'*{chr(97 + one)}'] * 9)}]" for one in range(20)]
    path.write_text("a: &a [x, x]\n" + "\n".join(lines))


def many_aliases(path: Path) -> None:
    path.write_text("a: &a x\nb: [" + "*a," * 2_000_000 + "]\n")


def deep(path: Path) -> None:
    path.write_text("[" * 1_000_000)


def pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def link(target: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.unlink(missing_ok=True)
        path.symlink_to(target)

    return make


HOSTILE = {
    "1 GB": sparse,
    "alias bomb": bomb,
    "aliases": many_aliases,
    "deep": deep,
    "pipe": pipe,
    "device": link("/dev/zero"),
    "link to itself": link("bets.txt"),
    "links in a circle": link("../lists/bets.txt"),
    "link to the folder": link(".."),
}


@pytest.mark.parametrize("name", ["zzz.yaml", "school.yaml", "lists/bets.txt"])
@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_what_would_hold_a_reader_up_is_refused_at_once(
    school: School, make: Callable[[Path], None], name: str
) -> None:
    school.start()
    first = school.in_force
    make(school.folder / name)
    begun = time.thread_time()
    assert school.look() == first
    assert time.thread_time() - begun < 1
    assert Path(name).name in school.problems


class TestRunning:
    """The keeper's own thread."""

    def wait(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def test_it_takes_what_is_good_and_refuses_the_rest(self, school: School, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        school.start()
        first = school.in_force
        keeper: PolicyKeeper = school.keeper
        keeper.start(school.records)
        try:
            for make in HOSTILE.values():
                failed = school.records.failed
                make(school.folder / "zzz.yaml")
                self.wait(lambda failed=failed: school.records.failed > failed)  # type: ignore[misc]
                assert school.in_force == first
                (school.folder / "zzz.yaml").unlink()
                self.wait(lambda: school.revisions.standing.since is None)
            school.save(CHANGED)
            self.wait(lambda: school.in_force != first)
            roll_back(school.revisions, first, "ann", NOW)
            self.wait(lambda: school.records.rolled_back[-1])
            assert school.in_force == first
            assert school.revisions.is_kept()
        finally:
            keeper.stop()
        assert not school.revisions.is_kept()

    def test_a_list_that_is_still_being_written_is_waited_for(self, school: School) -> None:
        school.start()
        first = school.in_force
        school.keeper.start(school.records)
        try:
            target = school.folder / "lists" / "bets.txt"
            for count in range(1, 11):  # a slow copy: at no moment does it rest for long
                target.write_text("\n".join(NAMES[:count]) + "\nmore.example\n" * (count == 10))
                time.sleep(0.02)
            self.wait(lambda: school.in_force != first)
        finally:
            school.keeper.stop()
        assert len(school.revisions.history()) == 2
        assert school.records.failed == 0
