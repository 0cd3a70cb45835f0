"""Why a file cannot be read, in words that name who would have to do what."""

import os
from pathlib import Path

import pytest

from saywhy.file_access import user_name, why_unreadable

ME = user_name(os.geteuid())
DENIED = PermissionError(13, "Permission denied")


def test_a_file_that_somebody_else_owns(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.touch(0o600)
    assert why_unreadable(path, DENIED) == f"{path} may not be read by {ME}: it belongs to {ME} (mode 600)"


def test_a_file_in_a_folder_that_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(0o700)
    real = Path.stat

    def behind_a_closed_folder(path: Path, **how: bool) -> os.stat_result:
        if folder in path.parents:
            raise DENIED
        return real(path, **how)

    monkeypatch.setattr(Path, "stat", behind_a_closed_folder)
    what = why_unreadable(folder / "in" / "file", DENIED)
    assert what == f"{folder} may not be entered by {ME}: it belongs to {ME} (mode 700)"


def test_a_disk_that_fails_is_no_matter_of_permission(tmp_path: Path) -> None:
    error = OSError(5, "Input/output error")
    assert why_unreadable(tmp_path, error) == f"{tmp_path} cannot be read (Input/output error)"


def test_a_user_without_a_name_has_a_number() -> None:
    assert user_name(4_000_000_001) == "user 4000000001"
