"""Sealed lists in force: meddling raises an alarm and changes nothing."""

import logging
import shutil
from pathlib import Path

import pytest

from saywhy.lists.sealed import Sealed
from saywhy.lists.sealed_folder import Cause, SealError
from saywhy.lists.sealed_store import Opened, SealedStore
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


class Troubled:
    """A store that cannot be opened, or only from its copy."""

    def __init__(self, cause: Cause, sealed: Sealed | None) -> None:
        self.error: SealError | None = SealError("it is so", cause)
        self.sealed = sealed
        self.opened = 0

    def fingerprint(self) -> object:
        return self.error is None

    def open(self, at_least: int) -> Opened:
        self.opened += 1
        if self.error is not None and self.sealed is None:
            raise self.error
        return Opened(self.sealed, 7, self.error)


REMEDIES = {
    Cause.DENIED: "Give it to the user of the filter (chown); nothing has to be sealed again",
    Cause.UNREADABLE: "Look at the disk, or put the folder back from a backup",
    Cause.ANOTHER_VERSION: "Use the version of Saywhy that sealed them, or put the folder back from a backup",
}
ANEW = "the first with --anew"
FIND_OUT = "find out who was there"


@pytest.mark.parametrize("sealed", [None, Sealed(KEY, b"salt")], ids=["nothing", "the copy"])
@pytest.mark.parametrize("cause", Cause)
def test_each_cause_has_its_remedy(cause: Cause, sealed: Sealed | None, caplog: pytest.LogCaptureFixture) -> None:
    alarms, store = Alarms(), Troubled(cause, sealed)
    watch = SealedWatch(store, lambda _: None, alarms)  # type: ignore[arg-type]
    for _ in range(3):
        watch.poll()
    assert alarms.faults == ["sealed"]
    assert watch.trouble.startswith("it is so; ")
    assert caplog.text.count(watch.trouble) == 1
    assert ("EVERYTHING IS REFUSED" in watch.trouble) is (sealed is None)
    assert REMEDIES.get(cause, "eal") in watch.trouble
    assert (ANEW in watch.trouble) is (sealed is None and cause not in REMEDIES)
    assert (FIND_OUT in watch.trouble) is (cause is Cause.ALTERED)
    assert (store.opened > 1) is (cause is Cause.UNREADABLE)  # a disk that comes back changes no file
    store.error, store.sealed = None, Sealed(KEY, b"salt")
    watch.poll()
    assert watch.trouble == ""


def test_a_watch_that_is_not_to_log_silences_no_other(caplog: pytest.LogCaptureFixture) -> None:
    unlogged = logging.Logger("unlogged", logging.CRITICAL + 1)  # noqa: LOG001
    for log in (unlogged, logging.getLogger("saywhy.serve.sealed_watch")):
        SealedWatch(Troubled(Cause.MISSING, None), lambda _: None, Alarms(), log).poll()  # type: ignore[arg-type]
    assert caplog.text.count("ALARM") == 1
