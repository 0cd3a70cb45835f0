"""How long answers really take reaches the pages of a worker: counted in time of school, told once five were given, never asked on the way."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from saywhy.decide.engine import Engine
from saywhy.exceptions.store import Store
from saywhy.serve.answer_time_watch import AnswerTimeWatch
from saywhy.serve.assembly import proxy_parts
from tests.exceptions.conftest import IT, hire, refusal, school, submission
from tests.serve.test_serve_parts import settings

HOUR = timedelta(hours=1)
FRIDAY = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)  # half an hour before school ends, where policy names no hours


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return school(tmp_path / "policies")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    made.migrate()
    hire(made, IT)
    return made


def answered(store: Store, engine: Engine, number: int, at: datetime, after: timedelta) -> None:
    asked = store.submit(engine, submission(refusal(f"{number}.games.example")), f"f{number}", at)
    store.refuse(asked.id, engine, IT, "There is a board.", at + after)


def test_it_is_told_from_five_answers_on_in_time_of_school(store: Store, engine: Engine) -> None:
    taken: list[timedelta | None] = []
    watch = AnswerTimeWatch(store, lambda: engine.policy, taken.append, lambda: FRIDAY + timedelta(days=4))
    for number in range(4):
        answered(store, engine, number, FRIDAY, timedelta(days=3))
    watch.poll()
    assert taken == [None]
    answered(store, engine, 4, FRIDAY, timedelta(days=3))
    watch.poll()
    watch.poll()  # the same answers are not counted once more
    (over_the_weekend,) = taken[1:]
    assert over_the_weekend is not None
    assert HOUR < over_the_weekend < timedelta(hours=8)  # of three days that are a weekend almost whole


def test_without_policy_or_store_what_was_told_stays(store: Store, engine: Engine, tmp_path: Path) -> None:
    taken: list[timedelta | None] = []
    AnswerTimeWatch(store, lambda: None, taken.append, lambda: FRIDAY).poll()
    gone = Store(f"sqlite:///{quote(str(tmp_path / 'nowhere' / 'store.sqlite3'))}")
    AnswerTimeWatch(gone, lambda: engine.policy, taken.append, lambda: FRIDAY).poll()
    assert taken == []


def test_answers_of_long_ago_count_no_more(store: Store, engine: Engine) -> None:
    taken: list[timedelta | None] = []
    for number in range(5):
        answered(store, engine, number, FRIDAY, HOUR)
    AnswerTimeWatch(store, lambda: engine.policy, taken.append, lambda: FRIDAY + timedelta(days=40)).poll()
    assert taken == [None]


def test_a_worker_hands_it_to_its_pages(tmp_path: Path) -> None:
    given = settings(tmp_path)
    given.state.mkdir()
    parts = proxy_parts(given, lambda: FRIDAY + timedelta(days=4))
    in_force, engine = parts.judge.in_force, school(tmp_path / "other")
    in_force.engine = engine
    parts.store.migrate()
    hire(parts.store, IT)
    for number in range(5):
        answered(parts.store, engine, number, FRIDAY - 3 * HOUR, HOUR)
    parts.answer_times.poll()
    parts.outbound.close()
    parts.store.close()
    assert in_force.answer_time == HOUR
