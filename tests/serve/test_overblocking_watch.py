"""What should stay open is tried whenever something else comes into force; nothing else hangs on it."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.policy.reading.load import load_policy
from saywhy.policy.rule import Effect
from saywhy.rehearse.overblocking import OfKind, Overblocking
from saywhy.rehearse.stays_open import Help
from saywhy.serve.overblocking_watch import OverblockingWatch, closed_kinds
from tests.decide.conftest import engine, rule

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
LONG = 60.0  # nobody waits for it


class Counted:
    """Records that remember."""

    def __init__(self) -> None:
        self.kinds: dict[str, tuple[int, int]] = {}

    def overblocked(self, kind: str, sites: int, closed_sites: int) -> None:
        self.kinds[kind] = sites, closed_sites


def now() -> datetime:
    return NOW


def test_before_anything_is_in_force_nothing_is_said() -> None:
    records = Counted()
    watch = OverblockingWatch(records, now)
    watch.look()
    assert (watch.result, records.kinds) == (None, {})


def test_the_list_of_the_schools_country_is_tried_with_what_is_in_force() -> None:
    records = Counted()
    watch = OverblockingWatch(records, now)
    watch.take(engine([], Effect.ALLOW))
    watch.look()
    assert set(records.kinds) == set(Help)
    assert sum(sites for sites, _ in records.kinds.values()) > 50
    assert all(closed == 0 for _, closed in records.kinds.values())
    watch.take(engine([rule("help", domains=("childline.org.uk",))]))
    watch.look()
    assert records.kinds["help"][1] == 1
    assert watch.result is not None
    assert watch.result.closed_sites == 1
    assert 0 < watch.result.rate < 1


def test_the_example_school_closes_none_of_it() -> None:
    records = Counted()
    watch = OverblockingWatch(records, now)
    watch.take(Engine(load_policy(Path(__file__).parents[2] / "policies")))
    watch.look()
    assert sum(closed for _, closed in records.kinds.values()) == 0


def test_a_kind_that_is_not_tried_any_more_does_not_stay() -> None:
    records = Counted()
    results = [Overblocking(1, 1, 1, (), (OfKind(Help.NEWS_AND_RIGHTS, 4, 2),)), Overblocking(0, 0, 0, (), ())]
    watch = OverblockingWatch(records, now, rehearse=lambda _engine, _now: results.pop(0))
    watch.take(engine([]))
    watch.look()
    assert records.kinds["news-and-rights"] == (4, 2)
    watch.look()
    assert records.kinds["news-and-rights"] == (0, 0)


class Slow:
    """A rehearsal that ends when it is told to, or fails."""

    def __init__(self) -> None:
        self.tried: list[Engine] = []
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)
        self.fails = False

    def __call__(self, engine: Engine, _now: datetime) -> Overblocking:
        self.tried.append(engine)
        self.begun.release()
        assert self.go_on.acquire(timeout=LONG)
        if self.fails:
            raise MemoryError("no room")
        return Overblocking(len(self.tried), 0, 0, ())


@pytest.fixture
def slow() -> Slow:
    return Slow()


def test_taking_does_not_wait_and_of_many_changes_the_last_is_tried(slow: Slow) -> None:
    watch = OverblockingWatch(Counted(), now, rehearse=slow)
    engines = [engine([]) for _ in range(5)]
    watch.take(engines[0])
    watch.start()
    assert slow.begun.acquire(timeout=LONG)
    for one in engines[1:]:
        watch.take(one)  # returns, while the first is still tried
    slow.go_on.release()
    assert slow.begun.acquire(timeout=LONG)
    assert watch.result is None  # what was found of the first is of no use any more
    assert slow.tried == [engines[0], engines[-1]]
    watch.stop()
    slow.go_on.release()


def test_a_fault_is_logged_and_the_next_change_is_tried_all_the_same(
    slow: Slow, caplog: pytest.LogCaptureFixture
) -> None:
    watch = OverblockingWatch(Counted(), now, rehearse=slow)
    slow.fails = True
    watch.take(engine([]))
    watch.start()
    assert slow.begun.acquire(timeout=LONG)
    slow.go_on.release()
    watch.take(engine([]))
    assert slow.begun.acquire(timeout=LONG)
    assert "trying what should stay open failed" in caplog.text
    slow.fails = False
    slow.go_on.release()
    watch.stop()


def test_it_is_tried_again_by_itself_since_rules_begin_and_end(slow: Slow) -> None:
    watch = OverblockingWatch(Counted(), now, rehearse=slow, again=0.001)
    watch.take(engine([]))
    watch.start()
    for _ in range(3):
        assert slow.begun.acquire(timeout=LONG)
        slow.go_on.release()
    assert len(set(map(id, slow.tried))) == 1
    watch.stop()
    slow.go_on.release()


def test_kinds_of_which_something_is_closed_come_the_most_first() -> None:
    kinds = [OfKind(Help.HELP, 9, 1), OfKind(Help.MUSEUMS, 4, 0), OfKind(Help.HEALTH, 5, 3), OfKind(Help.LGBT, 5, 1)]
    assert [one.about for one in closed_kinds(kinds)] == [Help.HEALTH, Help.HELP, Help.LGBT]
