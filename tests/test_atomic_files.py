"""Files are written whole, or not at all."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from saywhy.atomic_files import append_line, locked, make_folder, open_or_make, write_folder, write_json, write_whole
from tests.second_user import give, not_theirs, two_users


def lock(path: Path) -> None:
    with locked(path):
        pass


WRITING: dict[str, Callable[[Path], object]] = {
    "a file": lambda path: write_whole(path, b"x"),
    "a file for all": lambda path: write_whole(path, b"x", mode=0o644),
    "JSON": lambda path: write_json(path, {}),
    "a line": lambda path: append_line(path, "x"),
    "a lock": lock,
    "a folder": make_folder,
    "a folder in folders": lambda path: make_folder(path / "b" / "c"),
    "a folder with files": lambda path: write_folder(path, {"a": b"", "b/c/d": b"x"}, {}),
    "an open file": lambda path: os.close(open_or_make(path, os.O_WRONLY)),
}


def test_a_file_is_written_for_its_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "one"
    write_whole(path, b"a", b"b")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "one"
    write_whole(path, b"before")
    with pytest.raises(TypeError):
        write_whole(path, b"half", "no bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"before"
    assert [one.name for one in tmp_path.iterdir()] == ["one"]


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_whatever_the_mask_the_mode_is_as_wanted(tmp_path: Path, mode: int) -> None:
    before = os.umask(0o077)
    try:
        write_whole(tmp_path / "one", b"a", mode=mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == mode


def test_a_folder_is_for_its_user_alone_and_may_be_there(tmp_path: Path) -> None:
    for _ in range(2):
        make_folder(tmp_path / "a" / "b")
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="exists"):
        make_folder(tmp_path / "file")


@pytest.mark.parametrize("write", [lock, lambda path: append_line(path, "x")], ids=["lock", "line"])
def test_a_link_is_not_followed_to_another_file(tmp_path: Path, write: Callable[[Path], object]) -> None:
    """Root writes in folders of other users, who could lead it elsewhere."""
    precious = tmp_path / "precious"
    precious.write_text("as it was")
    (tmp_path / "link").symlink_to(precious)
    with pytest.raises(OSError, match="symbolic links"):
        write(tmp_path / "link")
    assert precious.read_text() == "as it was"


@two_users
@pytest.mark.parametrize("kind", WRITING)
def test_what_root_makes_is_the_folder_s_owner_s(tmp_path: Path, kind: str) -> None:
    give(tmp_path)
    for _ in range(1 if "folder with files" in kind else 2):
        WRITING[kind](tmp_path / "made")
    assert not_theirs(tmp_path) == []


@two_users
def test_what_root_left_behind_is_given_when_it_is_opened_again(tmp_path: Path) -> None:
    give(tmp_path)
    (tmp_path / "lock").touch()
    assert not_theirs(tmp_path) == [tmp_path / "lock"]
    lock(tmp_path / "lock")
    assert not_theirs(tmp_path) == []


@two_users
def test_but_not_a_file_that_has_another_name_as_well(tmp_path: Path) -> None:
    give(tmp_path)
    (tmp_path / "lock").touch()
    (tmp_path / "elsewhere").hardlink_to(tmp_path / "lock")
    lock(tmp_path / "lock")
    assert (tmp_path / "elsewhere").stat().st_uid == os.geteuid()


def test_where_the_owner_is_right_nothing_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container root often may not give anything to anybody, and need not."""

    def may_not(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "fchown", may_not)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for number, write in enumerate(WRITING.values()):
        write(tmp_path / str(number))
    assert len(list(tmp_path.iterdir())) == len(WRITING)
