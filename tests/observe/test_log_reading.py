"""Lines in the order in which they were written, days packed or not, and what comes while one looks."""

import gzip
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from saywhy.observe.daily_file import DailyFile
from saywhy.observe.log_reading import Following, Reading, lines_between
from saywhy.observe.page_parts import parts_of
from tests.observe.test_decision_log import RECORD

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


def test_days_are_read_in_order_and_those_outside_are_not(tmp_path: Path) -> None:
    for day in range(20, 25):
        name = f"decisions-2026-11-{day}.jsonl"
        if day == 21:
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress(b"21\n"))
        else:
            (tmp_path / name).write_text(f"{day}\n")
    since, until = datetime(2026, 11, 21, 9, tzinfo=UTC), datetime(2026, 11, 23, 1, tzinfo=UTC)
    reading = Reading()
    assert list(lines_between(tmp_path / "decisions.jsonl", since, until, reading)) == [b"21\n", b"22\n", b"23\n"]
    assert len(list(lines_between(tmp_path / "decisions.jsonl", None, None, reading))) == 5
    assert reading.lines == 8


def test_a_large_day_is_begun_near_the_moment_that_is_asked_for(tmp_path: Path) -> None:
    begins = datetime(2026, 11, 23, tzinfo=UTC)
    lines = [
        replace(RECORD, at=begins + timedelta(seconds=number), path="/" + "x" * 300).line() for number in range(20_000)
    ]
    (tmp_path / "decisions-2026-11-23.jsonl").write_bytes(b"".join(lines))
    reading = Reading()
    found = list(lines_between(tmp_path / "decisions.jsonl", begins + timedelta(seconds=18_000), None, reading))
    assert found[-2_060:] == lines[-2_060:]
    assert reading.lines < 8_000


def test_a_packed_day_that_is_cut_gives_what_it_has_and_is_told(tmp_path: Path) -> None:
    packed = gzip.compress(RECORD.line() * 50_000, 1)
    (tmp_path / "decisions-2026-11-21.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "decisions-2026-11-22.jsonl").write_text("after\n")
    reading = Reading()
    lines = list(lines_between(tmp_path / "decisions.jsonl", None, None, reading))
    assert lines[0] == RECORD.line()
    assert lines[-1] == b"after\n"
    assert [path.name for path, _ in reading.cut] == ["decisions-2026-11-21.jsonl.gz"]


def test_following_goes_on_over_midnight_with_several_who_write(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    one, other = DailyFile(path, 30), DailyFile(path, 30)
    one.append(MONDAY, b"before\n")
    following = Following(path, MONDAY)
    assert list(following.poll(MONDAY)) == []
    one.append(MONDAY, b"a\n")
    other.append(MONDAY, b"b\n")
    assert list(following.poll(MONDAY)) == [b"a\n", b"b\n"]
    one.append(MONDAY, b"c\n")
    one.append(TUESDAY, b"d\n")
    assert list(following.poll(TUESDAY)) == [b"c\n", b"d\n"]
    other.append(MONDAY, b"late\n")
    other.append(TUESDAY, b"e\n")
    with (tmp_path / f"decisions-{TUESDAY}.jsonl").open("ab") as file:
        file.write(b"not whole y")
    assert list(following.poll(TUESDAY)) == [b"late\n", b"e\n"]
    one.append(TUESDAY + timedelta(days=5), b"days later\n")
    assert list(following.poll(TUESDAY + timedelta(days=5))) == [b"days later\n"]
    one.close()
    other.close()


def test_the_parts_of_a_page_are_counted_by_host_and_by_what_refused_them() -> None:
    records = [
        replace(RECORD, page="p.example"),
        replace(RECORD, page="p.example", device="10.30.7.22", at=RECORD.at + timedelta(hours=1)),
        replace(RECORD, host="fonts.example", rule=None, reason="port"),
        replace(RECORD, effect="allow"),
    ]
    parts = parts_of(records)
    assert parts.allowed == 1
    first, second = parts.refused
    assert (first.host, first.rule, first.times, len(first.devices)) == ("www.tiktok.com", "tiktok", 2, 2)
    assert first.last == RECORD.at + timedelta(hours=1)
    assert (second.host, second.reason) == ("fonts.example", "port")
