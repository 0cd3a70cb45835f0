"""Blocks counted from the decision log: each once, in steps, by devices that nobody can name from the store."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from saywhy.exceptions.blocks import EVERYBODY, About, Met
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.store import Store
from saywhy.serve import block_counts
from saywhy.serve.block_counts import BlockCounts
from tests.migrated_store import copy_migrated

DAY = date(2026, 11, 23)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(copy_migrated(tmp_path / "store.sqlite3"))
    yield opened
    opened.close()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "decisions.jsonl"


def counts_for(store: Store, log: Path, dropped: list[int] | None = None) -> BlockCounts:
    return BlockCounts(store, log, (dropped if dropped is not None else []).append)


def write(log: Path, *lines: dict[str, Any] | bytes, day: date = DAY) -> None:
    usual = {"groups": ["year7", "students"], "device": "10.30.7.21", "host": "games.example", "effect": "block"}
    usual |= {"reason": "rule", "rule": "games", "apps": ["chess"], "path": "/a"}
    with log.with_name(f"{log.stem}-{day}{log.suffix}").open("ab") as file:
        for line in lines:
            written = line if isinstance(line, bytes) else json.dumps({**usual, **line}, separators=(",", ":")).encode()
            file.write(written + b"\n")


def devices(count: int, **more: object) -> list[dict[str, Any]]:
    return [{"device": f"10.30.7.{number}", **more} for number in range(count)]


def read_all(counts: BlockCounts, today: date = DAY) -> None:
    for _ in range(1_000):
        if not counts.poll(today):
            return
    raise AssertionError("it never ends")


def test_each_block_counts_for_its_host_its_rule_its_apps_and_its_groups(store: Store, log: Path) -> None:
    write(log, *devices(6), *devices(6), *devices(5, groups=["staff"], host="other.example"))
    read_all(counts_for(store, log))
    assert store.met(About.HOST, "games.example", DAY) == {
        EVERYBODY: Met(12, 6),
        "year7": Met(12, 6),
        "students": Met(12, 6),
    }
    assert store.met(About.RULE, "games", DAY)[EVERYBODY] == Met(17, 6)
    assert store.met(About.APP, "chess", DAY)["staff"] == Met(5, 5)


@pytest.mark.parametrize(
    "line",
    [
        {"effect": "allow"},
        {"reason": "internal"},
        {"reason": "private-address"},
        {"groups": None},
        b"{torn",
        b'{"effect":"block"}',
        b'["effect":"block"]',
        b"\xff\xfe",
    ],
)
def test_what_is_no_refusal_by_policy_is_not_counted(store: Store, log: Path, line: dict[str, Any] | bytes) -> None:
    write(log, line, *devices(5), line)
    read_all(counts_for(store, log))
    assert store.met(About.HOST, "games.example", DAY)[EVERYBODY] == Met(5, 5)


def test_what_is_written_later_counts_and_nothing_counts_twice(store: Store, log: Path) -> None:
    counts = counts_for(store, log)
    assert not counts.poll(DAY), "there is no log yet"
    write(log, *devices(5))
    read_all(counts)
    write(log, *devices(7))
    read_all(counts)
    read_all(counts)
    assert store.met(About.HOST, "games.example", DAY)[EVERYBODY] == Met(12, 7)


def test_a_line_that_is_being_written_waits(store: Store, log: Path) -> None:
    write(log, *devices(5))
    path = log.with_name(f"decisions-{DAY}.jsonl")
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    counts = counts_for(store, log)
    read_all(counts)
    path.write_bytes(whole)
    read_all(counts)
    assert store.met(About.HOST, "games.example", DAY)[EVERYBODY] == Met(5, 5)


def test_after_a_restart_devices_are_known_again(store: Store, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block_counts, "_STEP", 700)  # a few lines
    write(log, *devices(6))
    read_all(counts_for(store, log))
    write(log, *devices(6))
    read_all(counts_for(store, log))
    assert store.met(About.HOST, "games.example", DAY)[EVERYBODY] == Met(12, 6)


def test_days_are_counted_apart_and_none_is_left_out(store: Store, log: Path) -> None:
    counts = counts_for(store, log)
    counts.poll(DAY)
    write(log, *devices(5))
    write(log, *devices(6), day=DAY + timedelta(days=3))
    read_all(counts, DAY + timedelta(days=3))
    assert store.met(About.HOST, "games.example", DAY)[EVERYBODY] == Met(11, 6)
    assert store.met(About.HOST, "games.example", DAY + timedelta(days=1))[EVERYBODY] == Met(6, 6)


def test_while_the_store_is_down_the_log_waits(store: Store, log: Path) -> None:
    class Flaky:
        down = True

        def blocks_read(self, log: str) -> Any:
            return store.blocks_read(log)

        def add_blocks(self, *what: Any) -> None:
            if self.down:
                raise StoreUnavailable("away")
            store.add_blocks(*what)

    flaky = Flaky()
    counts = BlockCounts(flaky, log, lambda _: None)
    write(log, *devices(5))
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            counts.poll(DAY)
    flaky.down = False
    read_all(counts)
    assert store.met(About.HOST, "games.example", DAY)[EVERYBODY] == Met(5, 5)


def test_one_device_that_makes_up_names_fills_no_day(store: Store, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block_counts, "MOST_OF_ONE", 20)
    dropped: list[int] = []
    write(log, *({"host": f"{number}.games.example"} for number in range(100)), *devices(5, host="late.example"))
    read_all(counts_for(store, log, dropped))
    assert sum(dropped) == 80
    assert store.met(About.HOST, "late.example", DAY)[EVERYBODY] == Met(5, 5)


@pytest.mark.parametrize(("bound", "most"), [("MOST_BLOCKS", 90), ("MOST_MET", 90)])
def test_what_is_beyond_a_bound_is_dropped_and_counted(
    store: Store, log: Path, monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    monkeypatch.setattr(block_counts, bound, most)
    dropped: list[int] = []
    write(log, *(one | {"host": f"{number}.example"} for number, one in enumerate(devices(200))))
    counts = counts_for(store, log, dropped)
    read_all(counts)
    assert 150 < sum(dropped) < 200
    assert counts._day is not None
    assert len(counts._day.met) <= most + 9


def test_the_store_holds_no_device(store: Store, log: Path, tmp_path: Path) -> None:
    write(log, *devices(9))
    read_all(counts_for(store, log))
    held = b"".join(one.read_bytes() for one in tmp_path.glob("store.sqlite3*"))
    assert b"games.example" in held
    assert b"10.30.7" not in held
