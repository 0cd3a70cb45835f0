"""The last lines of a log that hold something."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from saywhy.observe import log_tail
from saywhy.observe.log_tail import Tail, lines_lately

NOW = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)  # the hour before it began on another day
NEEDLE = b'"device":"10.30.7.21"'


def line(number: int, minutes_ago: float, device: str = "10.30.7.21") -> bytes:
    at = (NOW - timedelta(minutes=minutes_ago)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return f'{{"time":"{at}","device":"{device}","number":{number}}}\n'.encode()


def numbers(folder: Path, tail: Tail, hours: float = 1) -> list[int]:
    found = lines_lately(folder / "decisions.jsonl", NEEDLE, NOW - timedelta(hours=hours), tail)
    return [int(one.rpartition(b":")[2].strip(b"}")) for one in found]


@pytest.mark.parametrize("block", [10, 97, 1024 * 1024])
def test_the_newest_come_first_over_blocks_and_midnight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(log_tail, "_BLOCK", block)
    (tmp_path / "decisions-2026-11-22.jsonl").write_bytes(line(1, 50) + line(2, 45, "10.30.7.2") + line(3, 40))
    (tmp_path / "decisions-2026-11-23.jsonl").write_bytes(line(4, 20) + line(5, 10, "10.30.7.211") + line(6, 1))
    tail = Tail()
    assert numbers(tmp_path, tail) == [6, 4, 3, 1]
    assert not tail.cut


def test_a_line_that_was_torn_takes_no_other_along(tmp_path: Path) -> None:
    (tmp_path / "decisions-2026-11-23.jsonl").write_bytes(line(1, 9)[:30] + b"\n" + line(2, 8) + line(3, 7)[:-1])
    assert numbers(tmp_path, Tail()) == [3, 2]


def test_no_more_is_read_than_may_be_and_that_is_told(tmp_path: Path) -> None:
    lines = [line(number, 20 - number / 100) for number in range(100, 1000)]
    (tmp_path / "decisions-2026-11-23.jsonl").write_bytes(b"".join(lines))
    tail = Tail(len(lines[0]) * 10 + 5)
    assert numbers(tmp_path, tail) == list(range(999, 989, -1))
    assert tail.cut


def test_what_is_long_past_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_tail, "_BLOCK", 1024)
    (tmp_path / "decisions-2026-11-20.jsonl").write_bytes(line(0, 60 * 70))
    (tmp_path / "decisions-2026-11-22.jsonl").write_bytes(b"".join(line(one, 1400 - one) for one in range(1000)))
    tail = Tail()
    numbers(tmp_path, tail)
    assert log_tail.MOST_BYTES - tail.left < 3000


def test_a_file_that_was_rotated_and_packed_is_read_as_well(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "decisions-2026-11-23.jsonl.1.gz", "wb") as packed:
        packed.write(line(1, 20))
    (tmp_path / "decisions-2026-11-23.jsonl").write_bytes(line(2, 5))
    (tmp_path / "decisions-2026-11-22.jsonl.gz").write_bytes(b"no such thing")
    tail = Tail()
    assert numbers(tmp_path, tail) == [2, 1]
    assert tail.cut


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        list(lines_lately(tmp_path / "nowhere" / "decisions.jsonl", NEEDLE, NOW, Tail()))
