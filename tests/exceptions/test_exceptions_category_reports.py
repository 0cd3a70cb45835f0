"""Reports of wrong categories: counted by device, answered once, asked again by whoever says it again."""

from datetime import timedelta

import pytest

from saywhy.exceptions import category_reports
from saywhy.exceptions.category_reports import CategoryAnswer
from saywhy.exceptions.store import Store
from saywhy.exceptions.weighing import Incomplete
from tests.exceptions.conftest import IT, NOW

LATER = NOW + timedelta(hours=1)


def test_each_device_counts_once(store: Store) -> None:
    assert store.categories.report("chess.example", "games", "", "device 1", NOW)
    assert not store.categories.report("chess.example", "games", "school-work", "device 1", NOW)
    assert store.categories.report("chess.example", "games", "school-work", "device 2", LATER)
    assert store.categories.report("quiz.example", "games", "", "device 1", LATER)
    first, second = store.categories.waiting()
    assert (first.host, first.category, first.times, first.suggested) == (
        "chess.example",
        "games",
        2,
        (("school-work", 2),),
    )
    assert (first.first, first.last) == (NOW, LATER)
    assert second.host == "quiz.example"
    assert store.categories.about("quiz.example", "games") == second
    assert store.categories.about("quiz.example", "chat") is None


def test_an_answer_with_a_reason_closes_them_until_somebody_says_it_again(store: Store) -> None:
    store.categories.report("chess.example", "games", "", "device 1", NOW)
    with pytest.raises(Incomplete):
        store.categories.answer("chess.example", "games", CategoryAnswer.CLOSED, "no", IT, NOW)
    store.categories.answer("chess.example", "games", CategoryAnswer.CLOSED, "It sells games as well.", IT, LATER)
    assert store.categories.waiting() == ()
    (answered,) = store.categories.answered()
    assert (answered.host, answered.answer, answered.by) == ("chess.example", CategoryAnswer.CLOSED, "it")
    store.categories.report("chess.example", "games", "", "device 1", LATER + timedelta(minutes=1))
    assert [one.times for one in store.categories.waiting()] == [1]


def test_what_waits_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(category_reports, "MOST", 3)
    kept = [store.categories.report(f"{n}.example", "games", "", "device", NOW) for n in range(5)]
    assert kept == [True, True, True, False, False]
    assert store.categories.report("0.example", "games", "", "another device", NOW)
    store.categories.answer("0.example", "games", CategoryAnswer.WRITTEN, "Corrected in the policy.", IT, LATER)
    assert store.categories.report("9.example", "games", "", "device", LATER)
