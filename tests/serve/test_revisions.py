"""history, folder_state, authorship, policy_follower, rollback, revisions: the parts below the keeper."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.atomic_files import append_line, read_json, write_folder, write_json, write_whole
from saywhy.policy.policy import Policy
from saywhy.policy.problem import Problem, Severity
from saywhy.serve import revisions as module
from saywhy.serve.authorship import changed_by, this_user
from saywhy.serve.clock import wall_clock
from saywhy.serve.folder_state import FolderState
from saywhy.serve.history import Entry, Kind, before, read_history
from saywhy.serve.policy_follower import PolicyFollower
from saywhy.serve.revisions import Current, RevisionError
from saywhy.serve.rollback import confirm, end_rollback, roll_back
from tests.serve.keeping import BROKEN, CHANGED, NOW, School


def test_the_clock_knows_its_zone() -> None:
    assert wall_clock().utcoffset() == timedelta(0)


class TestDurable:
    def test_a_file_is_replaced_whole_and_for_its_user_alone(self, tmp_path: Path) -> None:
        write_whole(tmp_path / "file", b"one")
        write_whole(tmp_path / "file", b"two")
        assert (tmp_path / "file").read_bytes() == b"two"
        assert (tmp_path / "file").stat().st_mode & 0o077 == 0
        assert [one.name for one in tmp_path.iterdir()] == ["file"]

    @pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", b'"text"', b"[" * 100_000])
    def test_what_is_no_mapping_reads_as_nothing(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "file").write_bytes(content)
        assert read_json(tmp_path / "file") is None
        assert read_json(tmp_path / "missing") is None
        write_json(tmp_path / "file", {"a": 1})
        assert read_json(tmp_path / "file") == {"a": 1}

    def test_a_line_begins_anew_after_one_that_was_cut(self, tmp_path: Path) -> None:
        (tmp_path / "lines").write_text("cut sh")
        append_line(tmp_path / "lines", "whole")
        append_line(tmp_path / "lines", "next")
        assert (tmp_path / "lines").read_text() == "cut sh\nwhole\nnext\n"

    def test_a_folder_is_there_whole_or_not_at_all(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        contents = {"a.yaml": b"a", "lists/b.txt": b"b", "./lists/b.txt": b"b", "odd \udcff name": b"c"}

        def refuse(*_: object) -> None:
            raise OSError(5, "no")

        with monkeypatch.context() as patched:
            patched.setattr(Path, "rename", refuse)
            with pytest.raises(OSError, match="no"):
                write_folder(tmp_path / "one", contents, {})
        assert list(tmp_path.iterdir()) == []
        write_folder(tmp_path / "one", contents, {})
        assert {name: (tmp_path / "one" / name).read_bytes() for name in contents} == contents


def entry(revision: str, kind: Kind = Kind.ACCEPTED, **more: str) -> Entry:
    return Entry(NOW, revision, kind, "ann", "1 rule added: x", **more)


class TestHistory:
    @given(
        st.builds(
            Entry,
            st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),  # noqa: DTZ001
            *[st.text() if kind is None else st.sampled_from(Kind) for kind in (None, Kind, None, None, None, None)],
        )
    )  # fmt: skip
    def test_a_line_is_read_as_it_was_written(self, written: Entry) -> None:
        line = written.as_json()
        assert "\n" not in line
        assert Entry.from_json(line.encode()) == written

    @pytest.mark.parametrize("line", ["", "{}", "[]", "null", '{"at": "x"}', '{"at": 3}', entry("a").as_json()[:-9]])
    def test_a_damaged_line_is_left_out(self, tmp_path: Path, line: str) -> None:
        (tmp_path / "h").write_text(f"{entry('a').as_json()}\n{line}\n{entry('b').as_json()}\n")
        assert [one.revision for one in read_history(tmp_path / "h")] == ["b", "a"]

    def test_the_one_before_is_the_one_accepted_before(self) -> None:
        back = Kind.ROLLBACK
        assert before([entry("b"), entry("a")], "b") == "a"
        assert before([entry("a", back), entry("c"), entry("b"), entry("a")], "a") is None
        assert before([entry("b", back), entry("c"), entry("b"), entry("a")], "b") == "a"
        assert before([entry("a"), entry("b"), entry("a")], "a") == "b"
        assert before([], "a") is None


class TestStanding:
    @pytest.mark.parametrize(
        "folder_state",
        [
            FolderState(),
            FolderState(
                "p", "abc", NOW, (Problem("f", 1, 2, "what", "instead", Severity.ERROR, "shrunk"),), True, "all"
            ),
        ],
    )
    def test_is_read_as_it_was_written(self, tmp_path: Path, folder_state: FolderState) -> None:
        write_json(tmp_path / "s", folder_state.as_json())
        assert FolderState.read(read_json(tmp_path / "s")) == folder_state

    @pytest.mark.parametrize("raw", [None, {}, {"folder": 1}, {**FolderState().as_json(), "problems": [{"x": 1}]}])
    def test_a_damaged_one_is_empty(self, raw: dict[str, object] | None) -> None:
        assert FolderState.read(raw) == FolderState()


class TestAuthorship:
    @pytest.fixture
    def git(self, tmp_path: Path) -> Callable[..., None]:
        def run(*arguments: str, author: str = "Ann Example") -> None:
            identity = ["-c", f"user.name={author}", "-c", "user.email=ann@school.example"]
            subprocess.run(["git", "-C", tmp_path, *identity, *arguments], check=True, capture_output=True)

        (tmp_path / "a.yaml").write_text("a")
        run("init")
        run("add", "a.yaml")
        run("commit", "-m", "first")
        return run

    owner = pwd.getpwuid(os.getuid()).pw_name

    def test_git_tells_who_committed_the_files(self, tmp_path: Path, git: Callable[..., None]) -> None:
        (tmp_path / "README").write_text("another file, by another person")
        git("add", "README")
        git("commit", "-m", "second", author="Bob Example")
        (tmp_path / "notes").write_text("not of the policy, not committed")
        assert changed_by(tmp_path, ["a.yaml"], ["a.yaml"]).startswith("Ann Example (commit ")

    def test_otherwise_it_is_the_owner_of_the_newest_file(self, tmp_path: Path, git: Callable[..., None]) -> None:
        (tmp_path / "a.yaml").write_text("not committed")
        assert changed_by(tmp_path, ["a.yaml"], ["a.yaml"]) == self.owner
        git("checkout", "a.yaml")
        (tmp_path / "b.yaml").write_text("not known to git")
        assert changed_by(tmp_path, ["b.yaml"], ["a.yaml", "b.yaml"]) == self.owner
        (tmp_path / ".gitignore").write_text("b.yaml\n")
        assert changed_by(tmp_path, ["b.yaml"], ["a.yaml", "b.yaml"]) == self.owner
        (tmp_path / "b.yaml").unlink()
        (tmp_path / "a.yaml").unlink()
        assert changed_by(tmp_path, [], ["a.yaml"]) == "unknown"

    def test_a_folder_that_git_does_not_know(self, tmp_path: Path) -> None:
        (tmp_path / "-a.yaml").write_text("a")
        assert changed_by(tmp_path, ["-a.yaml"], ["-a.yaml", "missing"]) == self.owner

    def test_who_called_sudo_is_who_did_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SUDO_USER", "ann")
        assert this_user() == "ann"
        monkeypatch.delenv("SUDO_USER")
        assert this_user() == self.owner


class TestFollower:
    @pytest.fixture
    def taken(self) -> list[Policy]:
        return []

    @pytest.fixture
    def follower(self, school: School, taken: list[Policy]) -> PolicyFollower:
        return PolicyFollower(school.revisions, taken.append, school.records, lambda: NOW)

    def test_takes_what_is_in_force_once(self, school: School, follower: PolicyFollower, taken: list[Policy]) -> None:
        assert not follower.load()
        school.start()
        assert follower.load()
        assert follower.load()
        first = school.in_force
        second = school.look(CHANGED)
        assert follower.load()
        assert [one.revision for one in taken] == [first, second]

    def test_never_takes_a_damaged_one_and_tells_once(
        self, school: School, follower: PolicyFollower, taken: list[Policy], caplog: pytest.LogCaptureFixture
    ) -> None:
        school.start()
        follower.load()
        failed = school.records.failed
        second = school.look(CHANGED)
        stored = school.revisions.folder(second) / "school.yaml"
        stored.write_text(CHANGED[:200])
        assert not follower.load()
        assert not follower.load()
        assert (len(taken), school.records.failed - failed) == (1, 1)
        first = taken[0].revision
        assert caplog.text.count(f"ALARM: the policy in force cannot be followed, revision {first} stays in force") == 1
        assert f"revision {second} cannot be used" in follower.trouble
        stored.unlink()
        stored.write_text(CHANGED)
        assert follower.load()
        assert len(taken) == 2
        assert follower.trouble == ""

    @pytest.mark.parametrize(
        ("spoil", "what"),
        [
            (lambda path: path.write_text("{"), "is damaged; starting the filter again writes it anew"),
            (lambda path: (path.unlink(), path.mkdir()), "cannot be read (Is a directory)"),
        ],
    )
    def test_not_knowing_what_is_in_force_is_told(
        self, school: School, follower: PolicyFollower, spoil: Callable[[Path], object], what: str
    ) -> None:
        assert not follower.load()  # nothing ever was
        assert follower.trouble == ""
        school.start()
        spoil(school.revisions.root / "current")
        assert not follower.load()
        assert "EVERYTHING IS REFUSED" in follower.trouble
        assert what in follower.trouble

    def test_knows_how_the_folder_stands(self, school: School, follower: PolicyFollower) -> None:
        school.start()
        school.look(BROKEN)
        follower.load()
        assert "blokc" in str(follower.folder_state.problems)
        assert follower.current == Current(school.in_force)
        (school.revisions.root / "current").unlink()  # somebody tidied up: the last policy stays
        assert follower.load()


class TestReturning:
    def test_a_rollback_says_what_it_undoes(self, school: School) -> None:
        school.start()
        first = school.in_force
        second = school.look(CHANGED)
        done = roll_back(school.revisions, first[:5], "ann", NOW)
        assert (done.left, done.revision, done.what) == (second, first, "1 rule changed: shorts (why)")
        newest = school.revisions.history()[0]
        assert (newest.kind, newest.who, newest.set_aside) == (Kind.ROLLBACK, "ann", second)
        assert school.revisions.current() == Current(first, second, pinned=True)

    def test_twice_goes_back_twice(self, school: School) -> None:
        school.start()
        first = school.in_force
        second = school.look(CHANGED)
        school.look(CHANGED.replace("on and on", "on"))
        assert roll_back(school.revisions, None, "ann", NOW).revision == second
        assert roll_back(school.revisions, None, "ann", NOW).revision == first
        with pytest.raises(RevisionError, match="no revision before"):
            roll_back(school.revisions, None, "ann", NOW)

    def test_what_cannot_be_returned_to_changes_nothing(self, school: School) -> None:
        with pytest.raises(RevisionError, match="no policy was ever in force"):
            roll_back(school.revisions_made, None, "ann", NOW)
        school.start()
        first = school.in_force
        second = school.look(CHANGED)
        held = school.revisions.current()
        for wanted, says in (
            (second, "in force already"),
            ("zzz", "no revision zzz"),
            ("", "no revision"),
            ("..", "no rev"),
        ):
            with pytest.raises(RevisionError, match=says):
                roll_back(school.revisions, wanted, "ann", NOW)
        (school.revisions.folder(first) / "school.yaml").write_text(BROKEN)
        with pytest.raises(RevisionError, match="cannot be used"):
            roll_back(school.revisions, first, "ann", NOW)
        shutil.rmtree(school.revisions.folder(first))
        with pytest.raises(RevisionError, match="not kept any more"):
            roll_back(school.revisions, first, "ann", NOW)
        with pytest.raises(RevisionError, match="no rollback is in force"):
            end_rollback(school.revisions, "ann", NOW)
        assert school.revisions.current() == held

    def test_mistakes_cannot_be_confirmed(self, school: School) -> None:
        school.start()
        with pytest.raises(RevisionError, match="nothing waits"):
            confirm(school.revisions)
        school.look(BROKEN)
        with pytest.raises(RevisionError, match="mistakes"):
            confirm(school.revisions)


def test_old_revisions_are_let_go_of_but_never_the_one_in_force(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_REVISIONS", 6)
    school.start()
    first = school.in_force
    for number in range(8):
        school.look(CHANGED.replace("on and on", f"on {number}"))
    assert len(school.revisions.kept_revisions()) == 6
    assert first not in school.revisions.kept_revisions()
    oldest = school.revisions.kept_revisions()[-1]
    roll_back(school.revisions, oldest, "ann", NOW)
    monkeypatch.setattr(module, "MOST_BYTES", 1)
    school.revisions.thin_out()
    assert set(school.revisions.kept_revisions()) >= {oldest}
    assert len(school.revisions.kept_revisions()) == 6  # five, and the one in force
