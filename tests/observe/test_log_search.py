import gzip
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.observe import log_search
from saywhy.observe.daily_log import DailyLog
from saywhy.observe.day_files import log_files
from saywhy.observe.decision_log import DecisionRecord
from saywhy.observe.log_search import find_decision, record_of

RECORD = DecisionRecord(
    at=datetime(2026, 11, 23, 9, 30, 0, 123000, tzinfo=UTC),
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
    reference="K7-42QX-9M",
    revision="3f9a1c",
    microseconds=21,
)
OTHER = replace(RECORD, reference="AA-AAAA-AA", path="/other")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "decisions.jsonl"


def lay(log: Path, day: str, *records: DecisionRecord, end: str = "") -> Path:
    file = log.with_name(f"decisions-{day}.jsonl{end}")
    content = b"".join(record.line() for record in records)
    file.write_bytes(gzip.compress(content) if end.endswith(".gz") else content)
    return file


def test_what_the_log_writes_is_found_again(log: Path) -> None:
    written = DailyLog(log)
    for record in (OTHER, RECORD, replace(OTHER, reference=None)):
        written.write(record)
    written.close()
    assert find_decision(log, "K7-42QX-9M") == RECORD


@given(st.text(), st.text(), st.datetimes(timezones=st.just(UTC)), st.none() | st.text())
def test_a_record_is_read_as_it_was_written(path: str, place: str, at: datetime, rule: str | None) -> None:
    record = replace(RECORD, at=at.replace(microsecond=0), place=place, rule=rule, method=path[:32])
    assert record_of(json.loads(record.line())) == record


def test_the_newest_is_taken(log: Path) -> None:
    lay(log, "2026-11-22", replace(RECORD, path="/old"))
    lay(log, "2026-11-23", replace(RECORD, path="/first"), OTHER, replace(RECORD, path="/last"), OTHER)
    found = find_decision(log, "K7-42QX-9M")
    assert found is not None
    assert found.path == "/last"


@pytest.mark.parametrize("end", ["", ".gz", ".1", ".1.gz"])
def test_older_files_are_looked_through_compressed_ones_too(log: Path, end: str) -> None:
    lay(log, "2026-11-20", OTHER, RECORD, OTHER, end=end)
    lay(log, "2026-11-23", OTHER)
    assert find_decision(log, "K7-42QX-9M") == RECORD


def test_what_is_not_there_is_none(log: Path) -> None:
    assert find_decision(log, "K7-42QX-9M") is None
    lay(log, "2026-11-23", OTHER)
    assert find_decision(log, "K7-42QX-9M") is None


def test_a_reference_inside_an_address_is_none(log: Path) -> None:
    lay(log, "2026-11-23", replace(OTHER, path='/"reference":"K7-42QX-9M"', host="K7-42QX-9M"))
    assert find_decision(log, "K7-42QX-9M") is None


@pytest.mark.parametrize(
    "torn",
    [b'{"time":"2026', b"\x00\xff\n", b"[]\n", b"\n\n", b'{"reference":"K7-42QX-9M"}\n', b'{"reference":"K7-42QX-9M'],
)
def test_torn_lines_are_passed_over(log: Path, torn: bytes) -> None:
    file = lay(log, "2026-11-23")
    file.write_bytes(torn + b"\n" + RECORD.line() + torn)
    assert find_decision(log, "K7-42QX-9M") == RECORD


def test_a_compressed_file_that_was_cut_off_is_read_as_far_as_it_goes(log: Path) -> None:
    file = lay(log, "2026-11-23", *[replace(OTHER, microseconds=number) for number in range(500)], end=".gz")
    file.write_bytes(file.read_bytes()[:-20])
    lay(log, "2026-11-22", RECORD)
    assert find_decision(log, "K7-42QX-9M") == RECORD


@pytest.mark.parametrize("block", [1, 7, 100, 437, 5_000])
def test_it_is_found_wherever_blocks_end(log: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(log_search, "_BLOCK", block)
    lay(log, "2026-11-23", OTHER, RECORD, OTHER, OTHER)
    assert find_decision(log, "K7-42QX-9M") == RECORD


def test_only_files_of_the_log_are_its_files_newest_first(log: Path) -> None:
    for name in ("decisions-2026-11-22.jsonl", "decisions-2026-11-23.jsonl", "decisions-2026-11-21.jsonl.gz"):
        (log.parent / name).touch()
    for name in ("decisions-notes.jsonl", "decisions-2026-13-01.jsonl", "other-2026-11-23.jsonl", "decisions.jsonl"):
        (log.parent / name).touch()
    (log.parent / "decisions-2026-11-24.jsonl").mkdir()
    newest = date(2026, 11, 23)
    assert [one.day for one in log_files(log)] == [newest - timedelta(days=number) for number in range(3)]


def test_a_line_without_a_time_zone_is_none_of_ours() -> None:
    fields = json.loads(RECORD.line()) | {"time": "2026-11-23T10:00:00"}
    with pytest.raises(ValueError, match="zone"):
        record_of(fields)
