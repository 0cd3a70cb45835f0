"""What one device met lately, and never another."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from saywhy.observe import lately
from saywhy.observe.decision_log import DecisionRecord
from saywhy.observe.handshake_log import HandshakeRecord
from saywhy.observe.lately import UNKNOWN, LatelyKnown

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HERE, THERE = "10.30.7.21", "10.30.7.2"
REFUSED = DecisionRecord(
    at=NOW, groups=("year7",), place=None, device=HERE, method="GET", scheme="https", host="www.tiktok.example", port=443,
    path="/", effect="block", reason="rule", rule="tiktok", grant=None, categories=(), apps=("tiktok",),
    reference="K7-42QX-9M", revision="1", microseconds=20,
)  # fmt: skip


def write(folder: Path, *records: DecisionRecord | HandshakeRecord) -> LatelyKnown:
    for record in sorted(records, key=lambda one: one.at):
        name = "decisions" if isinstance(record, DecisionRecord) else "handshakes"
        with (folder / f"{name}-{record.at.date()}.jsonl").open("ab") as file:
            file.write(record.line())
    return LatelyKnown(folder / "decisions.jsonl", folder / "handshakes.jsonl")


def ago(minutes: float, **changes: object) -> DecisionRecord:
    return replace(REFUSED, at=NOW - timedelta(minutes=minutes), **changes)  # type: ignore[arg-type]


def test_the_refusals_of_the_last_hour_and_of_this_device_alone(tmp_path: Path) -> None:
    known = write(
        tmp_path,
        ago(1),
        ago(2, effect="caution", reason="caution"),
        ago(3, reason="name-not-found"),
        ago(4, device=THERE),
        ago(5, device=None),
        ago(6, device=f"{HERE}1"),
        ago(7, effect="allow"),
        ago(8, method="OPTIONS"),  # asks before another request, which is refused as well
        ago(59),
        ago(61),
    )
    found = known.of(HERE, NOW)
    assert [NOW - one.at for one in found.refused] == [timedelta(minutes=one) for one in (1, 2, 3, 59)]
    assert (found.read, found.cut) == (True, False)
    assert [one.device for one in known.of(THERE, NOW).refused] == [THERE]
    assert known.of("", NOW) == UNKNOWN


def test_a_page_that_is_loaded_again_at_once_reads_nothing_anew(tmp_path: Path) -> None:
    known = write(tmp_path, ago(1))
    first = known.of(HERE, NOW)
    write(tmp_path, ago(0.5))
    assert known.of(HERE, NOW + timedelta(seconds=1)) is first
    assert len(known.of(HERE, NOW + timedelta(seconds=3)).refused) == 2


def test_more_lines_than_are_told_are_cut_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lately, "_MOST", 5)
    found = write(tmp_path, *(ago(one) for one in range(1, 10))).of(HERE, NOW)
    assert (len(found.refused), found.cut) == (5, True)


def test_handshakes_tell_of_a_certificate_that_is_not_trusted(tmp_path: Path) -> None:
    ended = HandshakeRecord(NOW - timedelta(hours=5), None, HERE, "bank.example", 443, "unknown_ca")
    known = write(tmp_path, ended, replace(ended, device=THERE))
    assert [one.device for one in known.of(HERE, NOW).handshakes.distrusting] == [HERE]
    # who is looked into somewhere trusts it: the program is the odd one
    trusting = write(
        tmp_path, ago(3, effect="allow", path="/a"), *(replace(ended, alert="unknown_ca") for _ in range(3))
    )
    found = trusting.of(HERE, NOW).handshakes
    assert (found.distrusting, [one.host for one in found.pinned]) == ((), ["bank.example"])


def test_logs_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    assert LatelyKnown(tmp_path / "gone" / "d.jsonl", tmp_path / "gone" / "h.jsonl").of(HERE, NOW) == UNKNOWN
    known = write(tmp_path, ago(1))
    os.truncate(tmp_path / "decisions-2026-11-23.jsonl", 20)
    assert known.of(HERE, NOW).refused == ()
