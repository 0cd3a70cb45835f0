import fcntl
import os
import stat
from collections import Counter
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import pytest

from saywhy.observe.daily_file import DailyFile, lines_from

MONDAY = date(2026, 11, 23)
TUESDAY = date(2026, 11, 24)


def text_of(folder: Path, day: date) -> str:
    return (folder / f"decisions-{day}.jsonl").read_text()


def test_each_day_has_its_file(tmp_path: Path) -> None:
    file = DailyFile(tmp_path / "decisions.jsonl", keep_days=30)
    file.append(MONDAY, b"one\n")
    file.append(MONDAY, b"two\n")
    file.append(TUESDAY, b"three\n")
    file.close()
    assert text_of(tmp_path, MONDAY) == "one\ntwo\n"
    assert text_of(tmp_path, TUESDAY) == "three\n"


def test_a_restart_goes_on_in_the_same_file(tmp_path: Path) -> None:
    for line in (b"one\n", b"two\n"):
        file = DailyFile(tmp_path / "decisions.jsonl", keep_days=30)
        file.append(MONDAY, line)
        file.close()
    assert text_of(tmp_path, MONDAY) == "one\ntwo\n"


def test_only_the_owner_can_read_it_even_if_it_was_there_before(tmp_path: Path) -> None:
    there_before = tmp_path / f"decisions-{MONDAY}.jsonl"
    there_before.touch(mode=0o644)
    file = DailyFile(tmp_path / "decisions.jsonl", keep_days=30)
    file.append(MONDAY, b"one\n")
    file.append(TUESDAY, b"two\n")
    file.close()
    modes = {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
    assert modes == {0o600}


def test_files_older_than_the_days_to_keep_go_when_a_day_begins(tmp_path: Path) -> None:
    kept = ["decisions-2026-11-21.jsonl", "decisions-latest.jsonl", "other-2020-01-01.jsonl", "decisions.jsonl"]
    for name in [*kept, "decisions-2026-11-20.jsonl", "decisions-2025-01-01.jsonl"]:
        (tmp_path / name).touch()
    file = DailyFile(tmp_path / "decisions.jsonl", keep_days=2)
    file.append(MONDAY, b"one\n")
    file.close()
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([*kept, f"decisions-{MONDAY}.jsonl"])


def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch()
    (tmp_path / f"decisions-{MONDAY}.jsonl").symlink_to(elsewhere)
    file = DailyFile(tmp_path / "decisions.jsonl", keep_days=30)
    with pytest.raises(OSError, match="symbolic link"):
        file.append(MONDAY, b"one\n")
    assert elsewhere.read_bytes() == b""


@pytest.mark.parametrize("who", ["same", "another"])
def test_after_a_write_that_broke_off_the_next_line_starts_afresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    file = DailyFile(tmp_path / "decisions.jsonl", keep_days=30)
    another = file if who == "same" else DailyFile(tmp_path / "decisions.jsonl", keep_days=30)
    file.append(MONDAY, b"one\n")
    another.append(MONDAY, b"two\n")
    really_write = os.write
    with monkeypatch.context() as broken:
        broken.setattr(os, "write", lambda descriptor, data: really_write(descriptor, data[:2]))
        with pytest.raises(OSError, match="No space"):
            file.append(MONDAY, b"lost\n")
    another.append(MONDAY, b"three\n")
    assert text_of(tmp_path, MONDAY) == "one\ntwo\nlo\nthree\n"


def test_several_processes_write_whole_lines_to_one_file(tmp_path: Path) -> None:
    def write(name: str) -> None:
        file = DailyFile(tmp_path / "decisions.jsonl", keep_days=30)
        for number in range(200):
            file.append(MONDAY, f"{name} {number} {name * 5_000}\n".encode() * 5)

    writers = [get_context("fork").Process(target=write, args=(name,)) for name in "abc"]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    lines = Counter(text_of(tmp_path, MONDAY).splitlines())
    assert lines == {f"{name} {number} {name * 5_000}": 5 for name in "abc" for number in range(200)}


def test_one_that_stands_still_holds_up_nobody(tmp_path: Path) -> None:
    file = DailyFile(tmp_path / "decisions.jsonl", keep_days=30)
    file.append(MONDAY, b"one\n")
    with (tmp_path / f"decisions-{MONDAY}.jsonl").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        file.append(MONDAY, b"two\n")
    assert text_of(tmp_path, MONDAY) == "one\ntwo\n"


def test_of_two_that_delete_old_files_none_minds_the_other(tmp_path: Path) -> None:
    files = [DailyFile(tmp_path / "decisions.jsonl", keep_days=0) for _ in range(2)]
    for day in (MONDAY, TUESDAY):
        for file in files:
            file.append(day, b"one\n")
    assert [one.name for one in tmp_path.iterdir()] == [f"decisions-{TUESDAY}.jsonl"]
    assert text_of(tmp_path, TUESDAY) == "one\none\n"


def test_a_day_is_read_on_from_where_it_was_left_by_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    assert lines_from(path, MONDAY, 0, 100) == b"", "nothing was written yet"
    (tmp_path / f"decisions-{MONDAY}.jsonl").write_bytes(b"one\ntwo\nthr")
    assert lines_from(path, MONDAY, 0, 100) == b"one\ntwo\n"
    assert lines_from(path, MONDAY, 4, 100) == b"two\n"
    assert lines_from(path, MONDAY, 8, 100) == b"", "the last line is not whole yet"
    assert lines_from(path, MONDAY, 0, 2) == b"on", "a line that is longer than what is read"
