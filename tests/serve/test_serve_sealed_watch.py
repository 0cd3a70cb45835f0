"""Sealed lists in force: meddling raises an alarm and changes nothing."""

import shutil
from pathlib import Path

import pytest

from saywhy.lists.sealed import Sealed
from saywhy.lists.sealed_store import SealedStore
from saywhy.policy.address import canonical_url
from saywhy.serve.sealed_watch import SealedWatch

KEY = b"k" * 32
LISTED = canonical_url("http://bad.example/x")


class Alarms:
    """Counts faults."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def fault(self, kind: str) -> None:
        self.faults.append(kind)


def test_lists_are_taken_and_taken_away(tmp_path: Path) -> None:
    taken, alarms = list[Sealed | None](), Alarms()
    store = SealedStore(tmp_path, KEY, tmp_path / "copy")
    watch = SealedWatch(store, taken.append, alarms)
    watch.poll()
    assert taken == [None]
    store.seal("iwf", "urls", ["http://bad.example/x"])
    watch.poll()
    assert taken[-1] is not None
    assert taken[-1].holds(LISTED)
    watch.poll()
    assert len(taken) == 2
    store.unseal("iwf")
    watch.poll()
    assert taken[-1] is None
    assert alarms.faults == []


@pytest.mark.parametrize("meddle", ["list", "register", "all"])
def test_meddling_keeps_what_was_sealed_and_raises_an_alarm(
    tmp_path: Path, meddle: str, caplog: pytest.LogCaptureFixture
) -> None:
    taken, alarms = list[Sealed | None](), Alarms()
    store = SealedStore(tmp_path, KEY, tmp_path / "copy")
    store.seal("iwf", "urls", ["http://bad.example/x"])
    watch = SealedWatch(store, taken.append, alarms)
    watch.poll()
    if meddle == "list":
        next(store.folder.glob("iwf.*")).write_bytes(b"")
    elif meddle == "register":
        (store.folder / "register").unlink()
    else:
        shutil.rmtree(store.folder)
    for _ in range(3):
        watch.poll()
    assert len(taken) == 1
    assert taken[0] is not None
    assert taken[0].holds(LISTED)
    assert alarms.faults == ["sealed"]
    assert "ALARM" in caplog.text
    assert "bad.example" not in caplog.text


def test_started_with_meddled_lists_the_copy_is_in_force_and_an_alarm_is_raised(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taken, alarms = list[Sealed | None](), Alarms()
    store = SealedStore(tmp_path / "lists", KEY, tmp_path / "copy")
    store.seal("iwf", "urls", ["http://bad.example/x"])
    shutil.rmtree(store.folder)
    watch = SealedWatch(store, taken.append, alarms)
    for _ in range(3):
        watch.poll()
    assert len(taken) == 1
    assert taken[0] is not None
    assert taken[0].holds(LISTED)
    assert alarms.faults == ["sealed"]
    assert "what was sealed last stays in force" in caplog.text


def test_started_with_both_meddled_nothing_is_taken_until_a_new_beginning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taken, alarms = list[Sealed | None](), Alarms()
    store = SealedStore(tmp_path / "lists", KEY, tmp_path / "copy")
    store.seal("iwf", "urls", ["http://bad.example/x"])
    for folder in (store.folder, tmp_path / "copy"):
        next(folder.glob("iwf.*")).write_bytes(b"")
    watch = SealedWatch(store, taken.append, alarms)
    watch.poll()
    assert (taken, alarms.faults) == ([], ["sealed"])
    assert "EVERYTHING IS REFUSED" in caplog.text
    store.seal("iwf", "urls", ["http://bad.example/x"], anew=True)
    watch.poll()
    assert taken[-1] is not None
    assert taken[-1].holds(LISTED)
