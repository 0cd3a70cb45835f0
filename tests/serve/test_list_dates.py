"""Of which day a list is."""

from datetime import date
from pathlib import Path

import pytest

from saywhy.lists.store import ListStore, Manifest
from saywhy.serve.list_dates import day_of_list


@pytest.mark.parametrize(
    ("updated", "day"), [("2026-11-20T03:00:00+00:00", date(2026, 11, 20)), ("", None), ("lately", None)]
)
def test_a_list_is_of_the_day_on_which_it_was_taken(tmp_path: Path, updated: str, day: date | None) -> None:
    (tmp_path / "games").mkdir()
    store = ListStore(tmp_path)
    store.save(Manifest("games", "category", "games", "https://lists.example/games", updated=updated))
    assert day_of_list(tmp_path, "games") == day


@pytest.mark.parametrize("name", ["nothing", "../secret", ""])
def test_a_list_that_is_not_there_has_no_day(tmp_path: Path, name: str) -> None:
    assert day_of_list(tmp_path, name) is None
