"""The keeper when its own files are damaged: the last good policy is found all the same."""

import os
import shutil

import pytest

from saywhy.serve.history import Kind
from saywhy.serve.rollback import roll_back
from tests.serve.keeping import BROKEN, CHANGED, GOOD, NOW, School


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
