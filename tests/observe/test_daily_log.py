"""A log for each day: nothing waits for it, and what cannot be kept is counted."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from saywhy.observe.daily_file import DailyFile
from saywhy.observe.daily_log import DailyLog
from tests.observe.test_decision_log import RECORD, written


def test_times_are_utc_and_so_is_the_day_of_the_file(tmp_path: Path) -> None:
    log = DailyLog(tmp_path / "decisions.jsonl")
    log.write(replace(RECORD, at=datetime(2026, 7, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))))
    log.close()
    assert [one.name for one in tmp_path.iterdir()] == ["decisions-2026-06-30.jsonl"]
    assert written(tmp_path)[0]["time"] == "2026-06-30T23:30:00.000Z"


def test_closing_writes_all_that_waits(tmp_path: Path) -> None:
    log = DailyLog(tmp_path / "decisions.jsonl")
    for number in range(3_000):
        log.write(replace(RECORD, microseconds=number))
    log.close()
    log.close()
    assert [line["microseconds"] for line in written(tmp_path)] == list(range(3_000))
    assert log.dropped == 0


def test_several_writers_keep_one_file(tmp_path: Path) -> None:
    logs = [DailyLog(tmp_path / "decisions.jsonl") for _ in range(3)]
    for number in range(900):
        logs[number % 3].write(replace(RECORD, microseconds=number))
    for log in logs:
        log.close()
    assert sorted(line["microseconds"] for line in written(tmp_path)) == list(range(900))


class Stuck:
    """A disk that answers when it is let."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached = threading.Event()
        self.let = threading.Event()
        append = DailyFile.append

        def wait_then_append(file: DailyFile, *lines: Any) -> None:
            self.reached.set()
            assert self.let.wait(20)
            append(file, *lines)

        monkeypatch.setattr(DailyFile, "append", wait_then_append)


def test_when_the_queue_is_full_lines_are_dropped_and_counted_and_the_caller_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Stuck(monkeypatch)
    told: list[int] = []
    log = DailyLog(tmp_path / "decisions.jsonl", longest_queue=5, on_dropped=told.append)
    log.write(RECORD)
    assert disk.reached.wait(20)
    for _ in range(8):
        log.write(RECORD)
    assert log.dropped == sum(told) == 3
    disk.let.set()
    log.close()
    assert len(written(tmp_path)) == 6


def test_a_disk_that_fails_drops_lines_and_later_ones_are_kept(tmp_path: Path) -> None:
    in_the_way = tmp_path / "log"
    in_the_way.write_text("a file where the folder should be")
    dropped = threading.Event()
    log = DailyLog(in_the_way / "decisions.jsonl", on_dropped=lambda _: dropped.set())
    log.write(RECORD)
    assert dropped.wait(20)
    in_the_way.unlink()
    log.write(RECORD)
    log.close()
    assert log.dropped == 1
    assert len(written(in_the_way)) == 1


def test_a_record_after_the_end_is_counted_as_dropped(tmp_path: Path) -> None:
    log = DailyLog(tmp_path / "decisions.jsonl")
    log.close()
    log.write(RECORD)
    assert log.dropped == 1


def warnings_at(tmp_path: Path, caplog: pytest.LogCaptureFixture, moments: list[float]) -> int:
    clock: Callable[[], float] = iter(moments).__next__
    log = DailyLog(tmp_path / "decisions.jsonl", monotonic=clock)
    log.close()
    with caplog.at_level(logging.WARNING, "saywhy.observe.daily_log"):
        for _ in moments:
            log.write(RECORD)
    return len(caplog.records)


@pytest.mark.parametrize(("moments", "warnings"), [([0.0, 1.0, 59.9], 1), ([0.0, 30.0, 60.0, 61.0], 2), ([5.0], 1)])
def test_there_is_a_warning_at_most_once_a_minute(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, moments: list[float], warnings: int
) -> None:
    assert warnings_at(tmp_path, caplog, moments) == warnings
