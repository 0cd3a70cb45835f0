"""Lines of a log that name something, the newest day first, and no more than may be read."""

import gzip
from datetime import date
from pathlib import Path

import pytest

from saywhy.observe.log_about import Looked, lines_about

FIRST = date(2026, 11, 21)


def line(host: str, *apps: str) -> bytes:
    named = ",".join(f'"{one}"' for one in apps)
    return f'{{"host":"{host}","path":"/x","apps":[{named}]}}\n'.encode()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    days = {
        "2026-11-20": line("games.example"),
        "2026-11-21": line("a.games.example") + line("xgames.example"),
        "2026-11-23": line("games.example") + line("cdn.example", "chess") + line("chess.example"),
    }
    for day, content in days.items():
        (tmp_path / f"decisions-{day}.jsonl").write_bytes(content)
    with gzip.open(tmp_path / "decisions-2026-11-22.jsonl.gz", "wb") as packed:
        packed.write(line("games.example.test") + line("games.example"))
    return tmp_path / "decisions.jsonl"


def test_a_host_with_what_lies_below_it_from_a_day_on(log: Path) -> None:
    looked = Looked()
    assert list(lines_about(log, FIRST, ["games.example"], looked)) == [
        line("games.example"),
        line("games.example"),
        line("a.games.example"),
    ]
    assert (looked.oldest, looked.cut) == (FIRST, False)


def test_an_app_by_its_name(log: Path) -> None:
    assert list(lines_about(log, FIRST, ["chess"], Looked())) == [line("cdn.example", "chess")]


def test_reading_ends_where_enough_is_read(log: Path) -> None:
    looked = Looked()
    found = list(lines_about(log, FIRST, ["games.example"], looked, most_bytes=10))
    assert found == [line("games.example")]
    assert (looked.oldest, looked.cut) == (date(2026, 11, 23), True)


def test_a_file_that_is_cut_off_is_read_as_far_as_it_goes(log: Path) -> None:
    packed = log.parent / "decisions-2026-11-22.jsonl.gz"
    packed.write_bytes(packed.read_bytes()[:20])
    looked = Looked()
    assert len(list(lines_about(log, FIRST, ["games.example"], looked))) >= 2
    assert looked.cut
    assert looked.oldest == FIRST


def test_a_name_is_no_expression(log: Path) -> None:
    assert list(lines_about(log, FIRST, ["games.exampl."], Looked())) == []


def test_without_a_folder_the_reader_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        list(lines_about(tmp_path / "nowhere" / "decisions.jsonl", FIRST, ["x"], Looked()))
