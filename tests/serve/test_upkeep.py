"""What one process does for the store beside its work, at the times that it is told."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.exceptions.blocks import EVERYBODY, About, Block, Count, ReadTo
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.store import Store
from saywhy.policy.keep import Keep
from saywhy.serve.block_counts import BlockCounts
from saywhy.serve.trail_anchor import AnchorFile
from saywhy.serve.upkeep import Upkeep
from tests.exceptions.conftest import IT, NOW, hire, school, submission
from tests.migrated_store import copy_migrated
from tests.serve.test_block_counts import DAY, devices, write

LATER = NOW + timedelta(days=400)


class School:
    """A store with a request that is over, and what looks after it."""

    def __init__(self, folder: Path) -> None:
        self.engine: Engine = school(folder / "policies")
        self.store = Store(copy_migrated(folder / "store.sqlite3"))
        hire(self.store, IT)
        asked = self.store.submit(self.engine, submission(), "a", NOW)
        self.store.refuse(asked.id, self.engine, IT, "There is a board.", NOW)
        self.now = NOW
        self.keep: Keep | None = Keep()
        self.faults: list[str] = []
        self.log = folder / "decisions.jsonl"
        self.anchor = AnchorFile(folder / "trail.anchor", b"key")
        blocks = BlockCounts(self.store, self.log, lambda _: None)
        self.upkeep = Upkeep(self.store, self.anchor, blocks, self.in_force, lambda: self.now, self)
        self.late: list[int] = []

    def in_force(self) -> Engine | None:
        keep = self.keep
        return None if keep is None else Engine(replace(self.engine.written, keep=keep))

    def overdue(self, count: int) -> None:
        self.late.append(count)

    def fault(self, kind: str) -> None:
        self.faults.append(kind)


@pytest.fixture
def at_school(tmp_path: Path) -> Iterator[School]:
    made = School(tmp_path)
    yield made
    made.store.close()


def test_what_is_over_is_deleted_as_policy_says(at_school: School) -> None:
    at_school.now = NOW + timedelta(days=40)
    at_school.upkeep.poll()
    assert len(at_school.store.requests()) == 1
    at_school.keep = Keep(requests=timedelta(days=30))
    at_school.upkeep.poll()
    assert len(at_school.store.requests()) == 1, "once a day"
    at_school.now += timedelta(days=1)
    at_school.upkeep.poll()
    assert at_school.store.requests() == ()
    assert at_school.store.check_trail().faults == ()


def test_without_a_policy_nothing_is_deleted(at_school: School) -> None:
    at_school.now, at_school.keep = LATER, None
    at_school.upkeep.poll()
    assert len(at_school.store.requests()) == 1


def test_numbers_of_blocks_go_after_their_days(at_school: School) -> None:
    old = Block(DAY, About.HOST, "games.example", "games", EVERYBODY)
    at_school.store.add_blocks({old: Count(9, 9)}, "other log", ReadTo(DAY, 1))
    at_school.now = NOW + timedelta(days=31)
    at_school.upkeep.poll()
    assert at_school.store.met(About.HOST, "games.example", DAY) == {}


def test_blocks_are_counted_and_the_end_of_the_trail_is_remembered(at_school: School) -> None:
    write(at_school.log, *devices(5))
    at_school.upkeep.poll()
    assert at_school.store.met(About.HOST, "games.example", DAY)[EVERYBODY].people == 5
    known = at_school.anchor.read()
    assert known is not None
    assert (known.number, known.hash) == at_school.store.trail_head()


def test_the_clock_of_requests_is_looked_at_once_a_minute(at_school: School) -> None:
    at_school.store.submit(at_school.engine, submission(), "b", NOW)
    for later in (timedelta(), timedelta(seconds=30), timedelta(days=3), timedelta(days=3, minutes=2)):
        at_school.now = NOW + later
        at_school.upkeep.poll()
    assert at_school.late == [0, 1, 1]
    dossier = at_school.store.dossier(2)
    assert dossier is not None
    assert [str(one.what) for one in dossier.timeline] == ["submitted", "overdue"]
    assert at_school.store.check_trail().faults == ()


def test_a_store_that_is_down_is_tried_again(at_school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object) -> None:
        raise StoreUnavailable("away")

    at_school.now = LATER
    with monkeypatch.context() as patch:
        for name in ("expire", "trail_head", "blocks_read"):
            patch.setattr(at_school.store, name, down)
        at_school.upkeep.poll()
        at_school.upkeep.poll()
        assert at_school.faults == ["store"], "not at every look"
    at_school.now += timedelta(minutes=11)
    at_school.upkeep.poll()
    assert at_school.store.requests() == ()


def test_a_log_that_cannot_be_read_stops_nothing_else(at_school: School) -> None:
    at_school.log.with_name(f"decisions-{LATER.date()}.jsonl").mkdir()
    at_school.now = LATER
    at_school.upkeep.poll()
    assert at_school.store.requests() == ()


def test_its_thread_ends_when_it_is_told(at_school: School) -> None:
    at_school.upkeep.start()
    at_school.upkeep.stop()
    assert at_school.anchor.read() is not None
