from pathlib import Path

import pytest

from saywhy.lists.taken import TakenLists


def test_what_never_was_is_not_missed(tmp_path: Path) -> None:
    assert not TakenLists(tmp_path / "mark", tmp_path / "lists").are_missed


def test_what_was_in_force_is_missed_until_an_index_without_lists_is_taken(tmp_path: Path) -> None:
    taken = TakenLists(tmp_path / "mark", tmp_path / "lists")
    taken.remember(any_lists=True)
    assert TakenLists(tmp_path / "mark", tmp_path / "lists").are_missed
    taken.remember(any_lists=False)
    taken.remember(any_lists=False)
    assert not taken.are_missed


def test_lists_of_another_folder_are_others(tmp_path: Path) -> None:
    TakenLists(tmp_path / "mark", tmp_path / "lists").remember(any_lists=True)
    assert not TakenLists(tmp_path / "mark", tmp_path / "elsewhere").are_missed


def test_a_path_that_leads_to_the_same_folder_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    TakenLists(tmp_path / "mark", tmp_path / "lists").remember(any_lists=True)
    monkeypatch.chdir(tmp_path)
    assert TakenLists(tmp_path / "mark", Path("lists")).are_missed


def test_a_disk_that_takes_nothing_stops_nothing(tmp_path: Path) -> None:
    taken = TakenLists(tmp_path / "not-there" / "mark", tmp_path / "lists")
    taken.remember(any_lists=True)
    assert not taken.are_missed
