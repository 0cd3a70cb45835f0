"""A child process, as its supervisor sees it."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from saywhy.serve.alarms import Alarm
from saywhy.serve.child_process import ChildProcess
from saywhy.serve.first_start import StartError
from saywhy.serve.fork_server import ForkServer
from saywhy.serve.health import ProcessHealth, State
from saywhy.serve.ports import NO_LOCK
from saywhy.serve.settings import Endpoint, Settings
from tests.serve.children import fork_server, reported, until

BEATS_ONCE = (
    "import time; from saywhy.serve.alarms import tell_supervisor; tell_supervisor().is_alive(); time.sleep(60)"
)
SETTINGS = Settings(
    Path("/p"), Path("/s"), (Endpoint("127.0.0.1", 1),), Endpoint("127.0.0.1", 2), Endpoint("127.0.0.1", 3)
)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ForkServer]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("REPORT", str(tmp_path / "report"))
    (tmp_path / "alarms").write_text(json.dumps({"lists": "they are gone"}))
    server = fork_server(tmp_path)
    yield server
    server.close()


@pytest.fixture
def child(server: ForkServer) -> Iterator[ChildProcess]:  # ended before its server is
    child = ChildProcess("as_child", ())
    yield child
    child.kill()


def hears(child: ChildProcess, now: float = 0.0) -> bool:
    child.look(now)
    return bool(child.alarms)


def up(child: ChildProcess, now: float = 0.0) -> bool:
    child.look(now)
    return child.is_up


def told(child: ChildProcess) -> set[tuple[str, str]]:
    return {(one.kind.value, one.text) for one in child.wrong()}


GONE = {("gone", "as_child, which has ended and is started again")}
STARTING = ("starting", "as_child, which is starting")


def test_what_it_tells_is_heard_and_what_does_not_run_is_told(child: ChildProcess, server: ForkServer) -> None:
    assert told(child) == GONE
    child.start(server, SETTINGS, NO_LOCK)
    until(lambda: hears(child))
    assert child.alarms == {Alarm.LISTS: "they are gone"}
    assert told(child) == {STARTING, ("lists", "they are gone")}
    assert child.health().state is State.STARTING


def test_one_in_its_place_has_told_nothing_yet(child: ChildProcess, server: ForkServer, tmp_path: Path) -> None:
    child.start(server, SETTINGS, NO_LOCK)
    until(lambda: hears(child))
    reported(tmp_path / "report")
    assert child.process is not None
    child.process.kill()
    child.process.wait()
    assert child.health() == ProcessHealth("as_child", None, None, State.GONE, 0)
    assert told(child) > GONE
    (tmp_path / "alarms").unlink()
    files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    child.start(server, SETTINGS, NO_LOCK)
    assert len(os.listdir("/proc/self/fd")) == files + 1  # noqa: PTH208 — to hear of its end, which was heard before
    reported(tmp_path / "report")
    child.look(0.0)
    assert child.alarms == {}
    assert told(child) == {STARTING}
    assert child.health().restarts == 1


def test_one_that_stops_to_beat_is_silent_and_is_ended_stopped_or_not(server: ForkServer, tmp_path: Path) -> None:
    (tmp_path / "alarms").unlink()
    child = ChildProcess("as_child", environment={"THEN": BEATS_ONCE}, label="worker-1")
    try:
        child.start(server, SETTINGS, NO_LOCK, now=100.0)
        until(lambda: up(child, 100.0))
        assert (child.state, told(child), child.hangs()) == (State.UP, set(), "")
        for tenth in range(1, 41):
            child.look(100.0 + tenth / 10)
        assert (child.state, child.hangs()) == (State.SILENT, "")
        assert child.process is not None
        assert {kind for kind, _ in told(child)} == {"silent"}
        os.kill(child.process.pid, signal.SIGSTOP)
        child.look(104.4)
        assert child.hangs() == "has said nothing for 4 seconds"
        child.end_hanging()
        assert child.hangs() == "", "it is ended once"
        until(lambda: not child.running)
        assert child.ended(104.5) == (-9, 0.0)
        assert child.may_start(104.5)
    finally:
        child.kill()


def test_one_that_starts_has_longer(child: ChildProcess, server: ForkServer) -> None:
    child.start(server, SETTINGS, NO_LOCK, now=100.0)
    for half in range(119):
        child.look(100.0 + half / 2)
    assert (child.state, child.hangs()) == (State.STARTING, "")
    for half in range(119, 122):
        child.look(100.0 + half / 2)
    assert child.hangs() == "has not come up within 60 seconds"


def test_whoever_looks_and_was_asleep_itself_ends_nobody(server: ForkServer, tmp_path: Path) -> None:
    (tmp_path / "alarms").unlink()
    child = ChildProcess("as_child", environment={"THEN": BEATS_ONCE})
    try:
        child.start(server, SETTINGS, NO_LOCK, now=100.0)
        until(lambda: up(child, 100.0))
        child.look(3700.0)
        assert (child.state, child.hangs()) == (State.UP, "")
    finally:
        child.kill()


def test_an_end_that_nobody_reports_ends_the_filter(child: ChildProcess, server: ForkServer) -> None:
    """The process that starts the others is stopped, say: its children's ends are told to it alone."""
    child.start(server, SETTINGS, NO_LOCK, now=100.0)
    until(lambda: hears(child, 100.0))
    assert child.process is not None
    os.kill(server.pid, signal.SIGSTOP)
    try:
        child.process.kill()
        until(lambda: ended_unreported(child))
        for half in range(1, 21):
            child.look(100.0 + half / 2)
        with pytest.raises(StartError, match="the as_child has ended, and the process that starts the others"):
            child.look(110.5)
    finally:
        os.kill(server.pid, signal.SIGCONT)


def ended_unreported(child: ChildProcess) -> bool:
    child.look(100.0)
    assert child._heard is not None
    return child._heard.is_over


def test_it_knows_its_settings_and_holds_the_lock(child: ChildProcess, server: ForkServer, tmp_path: Path) -> None:
    lock = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    child.start(server, SETTINGS, lock)
    os.close(lock)
    report = reported(tmp_path / "report")
    assert Settings.from_json(report["environment"]["SAYWHY_SETTINGS"]) == SETTINGS
    assert report["open"][report["environment"]["SAYWHY_LOCK"]] == str(tmp_path / "lock")
    assert not report["left"], "the number of its pipe is of no use to what it starts"


def test_it_ends_with_its_supervisor(child: ChildProcess, server: ForkServer) -> None:
    child.start(server, SETTINGS, NO_LOCK)
    until(lambda: hears(child))
    assert child.process is not None
    child.let_go()
    assert child.process.wait() == 0
