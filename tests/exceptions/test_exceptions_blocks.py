"""Blocks that were met, in numbers: added up, told without pointing at anybody, deleted in time."""

from datetime import date, timedelta

import pytest

from saywhy.exceptions.blocks import EVERYBODY, About, Block, Count, Met, ReadTo
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.store import Store

DAY = date(2026, 11, 23)


def block(day: date = DAY, name: str = "games.example", rule: str = "games", group: str = EVERYBODY) -> Block:
    return Block(day, About.HOST, name, rule, group)


def test_numbers_add_up_and_the_log_is_not_counted_twice(store: Store) -> None:
    assert store.blocks_read("log") is None
    store.add_blocks({block(): Count(10, 4), block(group="year7"): Count(8, 5)}, "log", ReadTo(DAY, 100))
    store.add_blocks({block(): Count(1, 1)}, "log", ReadTo(DAY, 150))
    assert store.blocks_read("log") == ReadTo(DAY, 150)
    assert store.met(About.HOST, "games.example", DAY) == {EVERYBODY: Met(11, 5), "year7": Met(8, 5)}


def test_a_number_that_might_point_at_somebody_is_hidden(store: Store) -> None:
    days = [DAY + timedelta(days=number) for number in range(10)]
    store.add_blocks({block(day): Count(40, 4) for day in days}, "log", ReadTo(DAY, 1))
    assert store.met(About.HOST, "games.example", DAY) == {EVERYBODY: Met(None, None)}, "one pupil on ten days is one"


def test_days_and_rules_are_added_and_people_are_the_most_of_one_day(store: Store) -> None:
    counts = {
        block(): Count(10, 9),
        block(rule="default"): Count(2, 1),
        block(DAY + timedelta(days=1)): Count(5, 5),
        block(DAY - timedelta(days=1)): Count(99, 99),
        block(name="other.example"): Count(7, 7),
    }
    store.add_blocks(counts, "log", ReadTo(DAY, 1))
    assert store.met(About.HOST, "games.example", DAY) == {EVERYBODY: Met(17, 9)}
    assert store.met(About.RULE, "games.example", DAY) == {}
    assert store.met(About.APP, "games.example", DAY) == {}


def test_old_days_are_deleted(store: Store) -> None:
    store.add_blocks({block(DAY - timedelta(days=one)): Count(9, 9) for one in range(40)}, "log", ReadTo(DAY, 1))
    assert store.expire_blocks(DAY, timedelta(days=30)) == 9
    assert store.met(About.HOST, "games.example", date.min) == {EVERYBODY: Met(31 * 9, 9)}


def test_many_are_added_at_once(store: Store) -> None:
    store.add_blocks({block(name=f"{one}.example"): Count(5, 5) for one in range(1200)}, "log", ReadTo(DAY, 1))
    assert store.met(About.HOST, "1199.example", DAY) == {EVERYBODY: Met(5, 5)}


def test_numbers_and_place_are_kept_together_or_not_at_all(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        store.add_blocks({block(): Count(5, 5)}, "log", ReadTo(None, 1))  # type: ignore[arg-type]
    assert (store.blocks_read("log"), store.met(About.HOST, "games.example", DAY)) == (None, {})
