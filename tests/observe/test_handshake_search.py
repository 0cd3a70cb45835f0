"""What the logs have of handshakes, and of requests that were looked into, read as the filter writes them."""

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path

from saywhy.observe.handshake_log import HandshakeRecord
from saywhy.observe.handshake_report import Inspected
from saywhy.observe.handshake_search import handshakes_since, inspected_since

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
FIRST = date(2026, 11, 24)
REFUSED = HandshakeRecord(AT, None, "10.0.0.1", "bank.example", 443, "unknown_ca")


def no_trouble(file: Path, error: Exception) -> None:
    raise AssertionError(file) from error


def decided(device: str | None, host: str, **more: str) -> bytes:
    fields = {"place": 'a "host":"b.example", "device":', "device": device, "method": "GET", "scheme": "https"}
    return (
        json.dumps({**fields, "host": host, "port": 443, "path": "/", **more}, separators=(",", ":")).encode() + b"\n"
    )


def test_records_are_read_and_what_is_none_is_counted(tmp_path: Path) -> None:
    (tmp_path / "handshakes-2026-11-23.jsonl").write_bytes(REFUSED.line() * 9)
    (tmp_path / "handshakes-2026-11-24.jsonl").write_bytes(REFUSED.line() + b'{"time": "20\n')
    assert handshakes_since(tmp_path / "handshakes.jsonl", FIRST, no_trouble) == ([REFUSED], 1)


def test_requests_inside_tls_count_for_the_devices_and_hosts_concerned(tmp_path: Path) -> None:
    log = tmp_path / "decisions-2026-11-24.jsonl"
    lines = [
        decided("10.0.0.1", "b.example"),
        decided("10.0.0.2", "bank.example"),
        decided("10.0.0.2", "b.example"),
        decided(None, "bank.example"),
        decided("10.0.0.3", "bank.example", method="CONNECT", path=""),
        decided("10.0.0.4", "bank.example", scheme="http"),
    ]
    log.write_bytes(b"".join(lines))
    found = inspected_since(tmp_path / "decisions.jsonl", FIRST, [REFUSED], no_trouble)
    assert found == Inspected({"10.0.0.1"}, {"bank.example": {"10.0.0.2"}})


def test_a_file_that_is_cut_off_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "handshakes-2026-11-25.jsonl.gz").write_bytes(gzip.compress(REFUSED.line() * 500)[:-20])
    (tmp_path / "handshakes-2026-11-24.jsonl").write_bytes(REFUSED.line())
    told: list[Path] = []
    found, _ = handshakes_since(tmp_path / "handshakes.jsonl", FIRST, lambda file, _: told.append(file))
    assert found[-1] == REFUSED
    assert [one.name for one in told] == ["handshakes-2026-11-25.jsonl.gz"]


def test_without_a_folder_there_is_nothing(tmp_path: Path) -> None:
    told: list[Path] = []
    assert handshakes_since(tmp_path / "none" / "handshakes.jsonl", FIRST, lambda file, _: told.append(file)) == ([], 0)
    assert told == [tmp_path / "none"]
