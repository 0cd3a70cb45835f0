import contextlib
import json
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.observe.decision_log import DecisionRecord
from saywhy.policy.catalogue import WITHHELD
from saywhy.rehearse.replay import LONGEST_LINE, MOST_TOLD, LogError, Reading, log_files, read_line, replayed

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
RECORD = DecisionRecord(
    at=AT,
    groups=("year7",),
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
    categories=(),
    apps=("tiktok",),
    reference="K7-42",
    revision="abc",
    microseconds=9,
)


def line(**changed: Any) -> bytes:
    return json.dumps({**json.loads(RECORD.line()), **changed}).encode() + b"\n"


def test_a_line_of_the_decision_log_is_read_as_it_was_written() -> None:
    logged = read_line(RECORD.line())
    assert logged is not None
    assert logged.at == AT
    assert (logged.groups, logged.place, logged.device) == (("year7",), "Year 7 classrooms", ip_address("10.30.7.21"))
    assert (logged.scheme, logged.host, logged.port, logged.path) == ("https", "www.tiktok.com", 443, "/@someone")
    assert not logged.granted


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (b"", "not JSON"),
        (RECORD.line()[:40], "cut short"),
        (b"\xff\xfe{}", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"7" * 5_000, "not JSON"),
        (line(groups="year7"), "`groups`"),
        (line(groups=[7]), "`groups`"),
        (line(place=7), "`place`"),
        (line(device="somewhere"), "`device`"),
        (line(device=7), "`device`"),
        (line(scheme="ftp"), "`scheme`"),
        (line(scheme=None), "`scheme` is not there"),
        (line(port="443"), "`port`"),
        (line(port=True), "`port`"),
        (line(port=70_000), "`port`"),
        (line(host="a b"), "`host`"),
        (line(host=7), "`host` is no text"),
        (line(path="x"), "`path`"),
        (line(time="yesterday"), "`time` is no time"),
        (line(time="2026-11-23T10:00:00"), "no time zone"),
        (line(time="0001-01-01T00:00:00Z"), "too far"),
    ],
)
def test_a_line_that_is_none_says_why(written: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_line(written)


def test_what_is_on_a_sealed_list_is_counted_apart_and_a_relayed_connection_has_no_path(tmp_path: Path) -> None:
    assert read_line(line(host=WITHHELD, path=WITHHELD)) is None
    relayed = read_line(line(path="", categories=["encrypted-dns", "chat"]))
    assert relayed is not None
    assert (relayed.path, relayed.signs) == ("", frozenset({"encrypted-dns"}))
    log, reading = tmp_path / "log.jsonl", Reading()
    log.write_bytes(line(host=WITHHELD, path=WITHHELD) + line(path=""))
    assert len(list(replayed([log], reading))) == 1
    assert (reading.withheld, reading.read, reading.unreadable) == (1, 1, 0)


@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists).map(
        lambda one: line(groups=one, host=one)
    )
)
def test_reading_any_line_gives_a_decision_or_a_reason(written: bytes) -> None:
    with contextlib.suppress(ValueError):  # and nothing else
        logged = read_line(written)
        assert logged is None or logged.at.tzinfo is not None


def test_what_cannot_be_read_is_counted_and_the_rest_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "decisions.jsonl"
    long = b"x" * (2 * LONGEST_LINE + 7) + b"\n"
    log.write_bytes(
        line() + b"\n" + b"{}\n" * 8 + long + line(host="bbc.co.uk") + line(path="/a…") + RECORD.line()[:50]
    )
    reading = Reading()
    found = list(replayed([log], reading))
    assert [one.host for one in found] == ["www.tiktok.com", "bbc.co.uk", "www.tiktok.com"]
    assert (reading.read, reading.unreadable, reading.shortened) == (3, 10, 1)
    assert reading.consumed == log.stat().st_size
    assert len(reading.told) == MOST_TOLD
    assert reading.told[0] == f"{log}:3: `groups` is no list of names"
    assert (reading.first, reading.last) == (AT, AT)


def test_a_folder_means_its_logs_and_each_file_is_read_once(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.jsonl", "c.txt"):
        (tmp_path / name).write_bytes(b"")
    assert log_files([tmp_path, tmp_path / "a.jsonl"]) == [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]


def test_a_log_that_is_not_there_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="no such file"):
        log_files([tmp_path / "none.jsonl"])
    with pytest.raises(LogError, match=r"ends in \.jsonl"):
        log_files([tmp_path])
    with pytest.raises(LogError, match="cannot be read"):
        list(replayed([tmp_path], Reading()))
