import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.observe.daily_log import DailyLog
from saywhy.observe.decision_log import LONGEST_PATH, LONGEST_SEGMENT, DecisionRecord, shortened

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
    way="inspect",
)


def written(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line) for file in sorted(folder.glob("decisions-*.jsonl")) for line in file.read_bytes().splitlines()
    ]


def test_a_decision_becomes_a_line(tmp_path: Path) -> None:
    log = DailyLog(tmp_path / "log" / "decisions.jsonl")
    log.write(RECORD)
    log.close()
    assert written(tmp_path / "log") == [
        {
            "time": "2026-11-23T09:30:00.123Z",
            "groups": ["year7", "students"],
            "place": "Year 7 classrooms",
            "device": "10.30.7.21",
            "way": "inspect",
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
