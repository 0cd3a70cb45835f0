"""Figures whose room is taken before it is used, and that go on without."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict

from saywhy.observe.reserved import ReservedFigures

type Reserve = Callable[[int, int, int], None]


def room_for(most: int) -> Reserve:
    """A disk that has room for files up to this size."""
    real = os.posix_fallocate

    def reserve(descriptor: int, offset: int, length: int) -> None:
        if offset + length > most:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor, offset, length)

    return reserve


def told(file: Path) -> dict[str, float]:
    return {key: value for key, value, *_ in MmapedDict.read_all_values_from_file(str(file))}  # type: ignore[no-untyped-call]


def test_they_are_kept_as_prometheus_client_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "counter_1.db"
    figures = ReservedFigures(str(file))
    assert figures.read_value("a") == (0.0, 0.0)
    figures.write_value("a", 2.0, 5.0)
    figures.write_value("ä" * 50, 3.0, 0.0)
    assert figures.read_value("a") == (2.0, 5.0)
    assert told(file) == {"a": 2.0, "ä" * 50: 3.0}
    assert file.stat().st_blocks * 512 >= file.stat().st_size  # nothing of it is a hole


def test_a_file_grows_with_its_room_taken(tmp_path: Path) -> None:
    file = tmp_path / "counter_1.db"
    figures = ReservedFigures(str(file))
    for number in range(3_000):
        figures.write_value(f"{number:060}", float(number), 0.0)
    assert figures.read_value(f"{2_999:060}") == (2_999.0, 0.0)
    assert len(told(file)) == 3_000
    assert file.stat().st_blocks * 512 >= file.stat().st_size > 200_000


def test_one_that_is_there_is_gone_on_with(tmp_path: Path) -> None:
    file = tmp_path / "counter_1.db"
    ReservedFigures(str(file)).write_value("a", 2.0, 0.0)
    assert ReservedFigures(str(file)).read_value("a") == (2.0, 0.0)


def test_without_any_room_they_are_kept_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(os, "posix_fallocate", room_for(0))
    file = tmp_path / "counter_1.db"
    figures = ReservedFigures(str(file))
    figures.write_value("a", 2.0, 1.0)
    assert figures.read_value("a") == (2.0, 1.0)
    assert figures.read_value("b") == (0.0, 0.0)
    figures.close()  # type: ignore[no-untyped-call]
    assert not file.exists()
    assert f"{tmp_path} has no room for figures (No space left on device)" in caplog.text


def test_where_a_file_cannot_grow_the_rest_is_kept_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "posix_fallocate", room_for(65_536))
    file = tmp_path / "counter_1.db"
    figures = ReservedFigures(str(file))
    for number in range(3_000):
        figures.write_value(f"{number:060}", float(number), 0.0)
    for number in range(0, 3_000, 100):
        assert figures.read_value(f"{number:060}") == (float(number), 0.0)
    figures.write_value(f"{0:060}", 7.0, 0.0)
    kept = told(file)
    assert 500 < len(kept) < 3_000
    assert kept[f"{0:060}"] == 7.0


def test_a_folder_that_is_gone_is_no_reason_to_end(tmp_path: Path) -> None:
    figures = ReservedFigures(str(tmp_path / "gone" / "counter_1.db"))
    figures.write_value("a", 1.0, 0.0)
    assert figures.read_value("a") == (1.0, 0.0)
