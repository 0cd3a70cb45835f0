import json
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.observe.daily_file import DailyFile
from saywhy.observe.decision_log import LONGEST_PATH, LONGEST_SEGMENT, DecisionLog, DecisionRecord, shortened

RECORD = DecisionRecord(
    at=datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC),
    groups=("year7", "students"),
    place="Year 7 classrooms",
    device="10.30.7.21",
    method="GET",
    scheme="https",
    host="www.tiktok.com",
    port=443,
    path="/@someone",
    effect="block",
    reason="rule",
    rule="tiktok",
    grant=None,
    categories=("social",),
    apps=("tiktok",),
    reference="K7PM-2QXA",
    revision="3f9a1c",
    microseconds=21,
)


def written(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line) for file in sorted(folder.glob("decisions-*.jsonl")) for line in file.read_bytes().splitlines()
    ]


def test_a_decision_becomes_a_line(tmp_path: Path) -> None:
    log = DecisionLog(tmp_path / "log" / "decisions.jsonl")
    log.write(RECORD)
    log.close()
    assert written(tmp_path / "log") == [
        {
            "time": "2026-11-23T09:30:00.123Z",
            "groups": ["year7", "students"],
            "place": "Year 7 classrooms",
            "device": "10.30.7.21",
            "method": "GET",
            "scheme": "https",
            "host": "www.tiktok.com",
            "port": 443,
            "path": "/@someone",
            "effect": "block",
            "reason": "rule",
            "rule": "tiktok",
            "grant": None,
            "categories": ["social"],
            "apps": ["tiktok"],
            "reference": "K7PM-2QXA",
            "revision": "3f9a1c",
            "microseconds": 21,
        }
    ]


def test_times_are_utc_and_so_is_the_day_of_the_file(tmp_path: Path) -> None:
    log = DecisionLog(tmp_path / "decisions.jsonl")
    log.write(replace(RECORD, at=datetime(2026, 7, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))))
    log.close()
    assert [one.name for one in tmp_path.iterdir()] == ["decisions-2026-06-30.jsonl"]
    assert written(tmp_path)[0]["time"] == "2026-06-30T23:30:00.000Z"


@given(st.text(st.characters()), st.text(st.characters()))
def test_a_record_is_one_line_whatever_the_client_sent(method: str, path: str) -> None:
    line = replace(RECORD, method=method, path=path).line()
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert json.loads(line)["method"] == method[:32]


@pytest.mark.parametrize("nasty", ["/a\r\nb", "/\u2028\u2029", "/\x00\x1b[31m", "/\ud800", '/"},{"effect":"allow"'])
def test_control_characters_and_quotes_do_not_get_out_of_their_string(nasty: str) -> None:
    line = replace(RECORD, path=nasty).line()
    assert b"\r" not in line
    assert b"\x1b" not in line
    assert json.loads(line)["path"] == nasty


@given(st.text(st.sampled_from("ab/?#=é")), st.text())
def test_no_query_is_ever_written(path: str, query: str) -> None:
    assert shortened(f"{path}?{query}") == shortened(path)
    assert "?" not in shortened(path)
    assert "#" not in shortened(path)


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/", "/"),
        ("/a/b", "/a/b"),
        ("/" + "x" * LONGEST_SEGMENT, "/" + "x" * LONGEST_SEGMENT),
        ("/a/" + "x" * 900 + "/b", "/a/" + "x" * LONGEST_SEGMENT + "…/b"),
        ("/a" * 40_000, ("/a" * 40_000)[:LONGEST_PATH] + "…"),
    ],
    ids=["root", "short", "just fits", "long segment", "long path"],
)
def test_long_paths_are_cut(path: str, kept: str) -> None:
    assert shortened(path) == kept


def test_closing_writes_all_that_waits(tmp_path: Path) -> None:
    log = DecisionLog(tmp_path / "decisions.jsonl")
    for number in range(3_000):
        log.write(replace(RECORD, microseconds=number))
    log.close()
    log.close()
    assert [line["microseconds"] for line in written(tmp_path)] == list(range(3_000))
    assert log.dropped == 0


def test_several_writers_keep_one_file(tmp_path: Path) -> None:
    logs = [DecisionLog(tmp_path / "decisions.jsonl") for _ in range(3)]
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
    log = DecisionLog(tmp_path / "decisions.jsonl", longest_queue=5, on_dropped=told.append)
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
    log = DecisionLog(in_the_way / "decisions.jsonl", on_dropped=lambda _: dropped.set())
    log.write(RECORD)
    assert dropped.wait(20)
    in_the_way.unlink()
    log.write(RECORD)
    log.close()
    assert log.dropped == 1
    assert len(written(in_the_way)) == 1


def test_a_record_after_the_end_is_counted_as_dropped(tmp_path: Path) -> None:
    log = DecisionLog(tmp_path / "decisions.jsonl")
    log.close()
    log.write(RECORD)
    assert log.dropped == 1


def warnings_at(tmp_path: Path, caplog: pytest.LogCaptureFixture, moments: list[float]) -> int:
    clock: Callable[[], float] = iter(moments).__next__
    log = DecisionLog(tmp_path / "decisions.jsonl", monotonic=clock)
    log.close()
    with caplog.at_level(logging.WARNING, "saywhy.observe.decision_log"):
        for _ in moments:
            log.write(RECORD)
    return len(caplog.records)


@pytest.mark.parametrize(("moments", "warnings"), [([0.0, 1.0, 59.9], 1), ([0.0, 30.0, 60.0, 61.0], 2), ([5.0], 1)])
def test_there_is_a_warning_at_most_once_a_minute(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, moments: list[float], warnings: int
) -> None:
    assert warnings_at(tmp_path, caplog, moments) == warnings
