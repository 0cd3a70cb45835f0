"""Days that are over are packed: whenever that is ended, no line is lost and none is read twice."""

import errno
import gzip
import os
import shutil
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from saywhy.observe import day_files
from saywhy.observe.daily_file import DailyFile, lines_from
from saywhy.observe.day_files import delete_before, log_files, pack_before, without_twins

OVER = date(2026, 11, 20)
TODAY = date(2026, 11, 23)
LINES = [f'{{"time":"2026-11-20T08:{number // 60:02}:{number % 60:02}.000Z"}}\n'.encode() for number in range(500)]


class Killed(BaseException):
    """As a process that ends there: nothing after it is done."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "decisions.jsonl"
    file = DailyFile(path, 30)
    file.append(OVER, b"".join(LINES))
    file.append(TODAY, b"today\n")
    file.close()
    return path


def read(log: Path, day: date = OVER) -> list[bytes]:
    lines: list[bytes] = []
    for file in log_files(log):
        if file.day == day:
            with file.open() as opened:
                lines += opened
    return lines


def names(log: Path) -> list[str]:
    return sorted(one.name for one in log.parent.iterdir())


def test_days_before_are_packed_for_the_owner_alone_and_read_as_before(log: Path) -> None:
    assert pack_before(log, TODAY) == 1
    assert names(log) == ["decisions-2026-11-20.jsonl.gz", "decisions-2026-11-23.jsonl"]
    packed = log.parent / names(log)[0]
    assert stat.S_IMODE(packed.stat().st_mode) == 0o600
    assert packed.stat().st_size < len(b"".join(LINES)) / 5
    assert read(log) == LINES
    assert pack_before(log, TODAY) == 0
    assert lines_from(log, OVER, len(LINES[0]), 2 * len(LINES[0])) == b"".join(LINES[1:3])
    assert lines_from(log, OVER, len(b"".join(LINES)), 100) == b""


@pytest.mark.parametrize("at", ["write", "fsync", "rename", "unlink"])
def test_whenever_it_is_killed_no_line_is_lost_or_read_twice(
    log: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as ended:
        # what is left over stays, as after a power cut
        really = Path.unlink
        ended.setattr(Path, "unlink", lambda self, **_: killed() if self.suffix == ".jsonl" else None)
        if at == "write":
            ended.setattr(gzip.GzipFile, "write", killed)
        elif at == "fsync":
            ended.setattr(os, "fsync", killed)
        elif at == "rename":
            ended.setattr(Path, "replace", killed)
        with pytest.raises(Killed):
            pack_before(log, TODAY)
        assert really is not Path.unlink
    assert read(log) == LINES
    assert without_twins(sorted(log.parent.glob("decisions-2026-11-20*"))) == [log.parent / f"decisions-{OVER}.jsonl"]
    assert len(names(log)) == 3, "something is left over"
    assert pack_before(log, TODAY) == 1
    assert read(log) == LINES
    assert names(log) == ["decisions-2026-11-20.jsonl.gz", "decisions-2026-11-23.jsonl"]


def test_what_comes_late_to_a_packed_day_is_kept_beside_it_and_packed_too(log: Path) -> None:
    pack_before(log, TODAY)
    late = DailyFile(log, 30)
    late.append(OVER, b"late\n")
    assert sorted(read(log)) == sorted([*LINES, b"late\n"])
    assert pack_before(log, TODAY) == 1
    late.append(OVER, b"later\n")  # its file was taken away under it
    late.close()
    assert pack_before(log, TODAY) == 1
    assert sorted(read(log)) == sorted([*LINES, b"late\n", b"later\n"])
    assert names(log)[:3] == [f"decisions-{OVER}.jsonl{end}" for end in (".2.gz", ".3.gz", ".gz")]


def test_a_day_that_somebody_writes_to_meanwhile_stays(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = DailyFile(log, 30)
    compress = day_files._write

    def compress_then_written(*given: object) -> bool:
        done = compress(*given)  # type: ignore[arg-type]
        writer.append(OVER, b"meanwhile\n")
        return done

    monkeypatch.setattr(day_files, "_write", compress_then_written)
    assert pack_before(log, TODAY) == 0
    assert read(log) == [*LINES, b"meanwhile\n"]
    assert len(names(log)) == 2
    writer.close()


@pytest.mark.parametrize("how", ["no room", "full on the way"])
def test_a_full_disk_leaves_the_day_as_it_was(log: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        if how == "no room":
            disk.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
        else:
            disk.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            pack_before(log, TODAY)
    assert read(log) == LINES
    assert len(names(log)) == 2
    assert pack_before(log, TODAY) == 1


def test_told_to_stop_it_leaves_what_it_began(log: Path) -> None:
    answers = iter([True, False])
    assert pack_before(log, TODAY, lambda: next(answers)) == 0
    assert names(log) == ["decisions-2026-11-20.jsonl", "decisions-2026-11-23.jsonl"]


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: b"\0" * 40, lambda _: b""])
def test_a_packed_day_that_is_damaged_hides_no_plain_one(log: Path, damage: Callable[[bytes], bytes]) -> None:
    packed = log.parent / f"decisions-{OVER}.jsonl.gz"
    packed.write_bytes(damage(gzip.compress(b"something else\n" * 500)))
    assert log.parent / f"decisions-{OVER}.jsonl" in [one.path for one in log_files(log)]
    assert pack_before(log, TODAY) == 1
    assert lines_from(log, OVER, 0, 10) in {b"", b"something ", LINES[0][:10]}


def test_old_days_are_deleted_packed_or_not(log: Path) -> None:
    for name in ("decisions-2026-10-01.jsonl", "decisions-2026-10-02.jsonl.gz", "decisions-2026-10-02.jsonl.2.gz"):
        (log.parent / name).touch()
    (log.parent / "other-2020-01-01.jsonl.gz").touch()
    delete_before(log, OVER)
    assert names(log) == ["decisions-2026-11-20.jsonl", "decisions-2026-11-23.jsonl", "other-2020-01-01.jsonl.gz"]
