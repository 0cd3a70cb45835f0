"""Lists reach the policy in force; damage never does."""

import errno
import os
import re
import shutil
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.lists.compile import Compilation, ListWords
from saywhy.lists.index import ListIndex
from saywhy.lists.taken import TakenLists
from saywhy.policy.policy import Policy
from saywhy.policy.reading.load import load_policy
from saywhy.serve.engine_watch import EngineMaker
from saywhy.serve.list_watch import ListWatch

POLICIES = Path(__file__).parents[2] / "policies"


class Counted:
    """Records that remember."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.names = -1
        self.failed = 0

    def fault(self, kind: str) -> None:
        self.faults.append(kind)

    def listed(self, count: int) -> None:
        self.names = count

    def list_updates_failed(self, count: int) -> None:
        self.failed += count


def publish(folder: Path, *names: str) -> None:
    folder.mkdir(exist_ok=True)
    compilation = Compilation()
    compilation.add(ListWords("bets", "category", "gambling", ""), [["c", "names:1", name] for name in names])
    compilation.write(folder / "index")


@pytest.fixture
def policy() -> Policy:
    return load_policy(POLICIES)


def test_the_policy_in_force_follows_the_lists(tmp_path: Path, policy: Policy) -> None:
    records, taken = Counted(), list[Engine]()
    joined = EngineMaker(taken.append)
    joined.sealed(None)
    watch = ListWatch(tmp_path / "lists", joined.lists, records)
    watch.poll()  # no lists at all: that is how a school begins
    joined.policy(policy)
    assert [one.written for one in taken] == [policy]
    publish(tmp_path / "lists", "bet.example")
    watch.poll()
    assert taken[-1].membership("www.bet.example", None).categories == {"gambling"}
    publish(tmp_path / "lists", "poker.example", "slots.example")
    watch.poll()
    assert not taken[-1].membership("www.bet.example", None).categories
    assert taken[-1].membership("slots.example", None).categories == {"gambling"}
    joined.policy(policy)  # a policy that is loaded again has the lists as well
    assert taken[-1].membership("slots.example", None).categories == {"gambling"}
    count = len(taken)
    watch.poll()
    assert (len(taken), records.names, records.faults) == (count, 2, [])


@pytest.mark.parametrize("damage", [b"", b"damaged", None])
def test_what_is_damaged_or_gone_leaves_what_is_in_force(
    tmp_path: Path, policy: Policy, damage: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    records, taken = Counted(), list[Engine]()
    joined = EngineMaker(taken.append)
    joined.sealed(None)
    joined.policy(policy)
    publish(tmp_path, "bet.example")
    watch = ListWatch(tmp_path, joined.lists, records)
    watch.poll()
    if damage is None:
        (tmp_path / "index").unlink()
    else:
        (tmp_path / "beside").write_bytes(damage)
        (tmp_path / "beside").replace(tmp_path / "index")
    for _ in range(3):
        watch.poll()
    assert records.faults == ["lists"]
    assert len(taken) == 1
    assert taken[-1].membership("bet.example", None).categories == {"gambling"}
    assert caplog.text.count("ALARM: the lists were not taken, those in force stay") == 1
    assert watch.trouble in caplog.text
    publish(tmp_path, "poker.example")
    watch.poll()
    assert taken[-1].membership("poker.example", None).categories == {"gambling"}


def test_started_with_damaged_lists_no_policy_comes_into_force(
    tmp_path: Path, policy: Policy, caplog: pytest.LogCaptureFixture
) -> None:
    records, taken = Counted(), list[Engine]()
    joined = EngineMaker(taken.append)
    joined.sealed(None)
    (tmp_path / "index").write_bytes(b"damaged")
    watch = ListWatch(tmp_path, joined.lists, records)
    watch.poll()
    joined.policy(policy)
    assert taken == []
    assert "EVERYTHING IS REFUSED" in caplog.text
    (tmp_path / "index").unlink()
    (tmp_path / "bets").mkdir()
    (tmp_path / "bets/list.json").write_text("{}")  # a list, and no index of it
    watch.poll()
    assert taken == []
    publish(tmp_path, "bet.example")
    watch.poll()
    assert len(taken) == 1
    assert records.faults == ["lists", "lists"]


@pytest.mark.parametrize(
    ("number", "what"),
    [
        (errno.EACCES, "may not be read by .*: it belongs to .*; give it to the user of the filter"),
        (errno.EIO, "cannot be read .Input/output error.; it is tried again"),
    ],
)
@pytest.mark.parametrize("before", ["in force", "just started"])
def test_what_may_not_be_read_is_not_told_as_damage_and_is_taken_once_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, what: str, before: str
) -> None:
    taken: list[ListIndex | None] = []
    publish(tmp_path, "bet.example")
    watch = ListWatch(tmp_path, taken.append, Counted())
    if before == "in force":
        watch.poll()
        publish(tmp_path, "poker.example")

    def closed(path: Path) -> ListIndex:
        raise OSError(number, os.strerror(number), str(path))

    with monkeypatch.context() as patch:
        patch.setattr("saywhy.serve.list_watch.open_index", closed)
        watch.poll()
    assert re.search(what, watch.trouble)
    assert "saywhy lists compile" not in watch.trouble
    assert ("those in force stay" in watch.trouble) is (before == "in force")
    assert ("EVERYTHING IS REFUSED" in watch.trouble) is (before == "just started")
    count = len(taken)
    (tmp_path / "index").chmod(0o640)  # whoever may read it now
    watch.poll()
    assert (len(taken), watch.trouble) == (count + 1, "")


def test_updates_that_failed_are_counted_once(tmp_path: Path) -> None:
    records = Counted()
    (tmp_path / "status.json").write_text('{"failures": 2}')
    watch = ListWatch(tmp_path, lambda _: None, records, count_updates=True)
    for count in (2, 2, 3):
        (tmp_path / "status.json").write_text(f'{{"failures": {count}}}')
        watch.poll()
    assert records.failed == 3


def test_the_inode_is_enough_to_notice(tmp_path: Path) -> None:
    taken: list[object] = []
    publish(tmp_path, "a.example")
    watch = ListWatch(tmp_path, taken.append, Counted())
    watch.poll()
    before = (tmp_path / "index").stat()
    publish(tmp_path, "b.example")
    os.utime(tmp_path / "index", ns=(before.st_atime_ns, before.st_mtime_ns))
    watch.poll()
    assert len(taken) == 2


def test_lists_that_vanished_while_nothing_ran_are_missed(tmp_path: Path) -> None:
    remembered = TakenLists(tmp_path / "lists-taken", tmp_path / "lists")
    publish(tmp_path / "lists", "bet.example")
    ListWatch(tmp_path / "lists", lambda _: None, Counted(), taken=remembered).poll()
    shutil.rmtree(tmp_path / "lists")
    taken: list[ListIndex | None] = []
    watch = ListWatch(tmp_path / "lists", taken.append, Counted(), taken=remembered)
    watch.poll()
    assert taken == []
    assert "EVERYTHING IS REFUSED" in watch.trouble
    assert "put the folder back" in watch.trouble
    (tmp_path / "lists").mkdir()
    Compilation().write(tmp_path / "lists" / "index")  # as `saywhy lists compile` does: none are wanted
    watch.poll()
    assert watch.trouble == ""
    shutil.rmtree(tmp_path / "lists")
    again = ListWatch(tmp_path / "lists", taken.append, Counted(), taken=remembered)
    again.poll()
    assert again.trouble == ""
