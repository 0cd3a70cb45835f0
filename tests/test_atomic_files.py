"""Files are written whole, or not at all."""

import stat
from pathlib import Path

import pytest

from saywhy.atomic_files import write_whole


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
