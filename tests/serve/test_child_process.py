"""A child process, as its supervisor sees it."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from saywhy.serve.alarms import Alarm
from saywhy.serve.child_process import ChildProcess
from saywhy.serve.fork_server import ForkServer
from saywhy.serve.ports import NO_LOCK
from saywhy.serve.settings import Endpoint, Settings
from tests.serve.children import fork_server, reported, until

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


def hears(child: ChildProcess) -> bool:
    child.hear()
    return bool(child.alarms)


def test_what_it_tells_is_heard_and_what_does_not_run_is_told(child: ChildProcess, server: ForkServer) -> None:
    assert child.wrong() == {"not answering": "as_child"}
    child.start(server, SETTINGS, NO_LOCK)
    until(lambda: hears(child))
    assert child.alarms == {Alarm.LISTS: "they are gone"}
    assert child.wrong() == {"as_child, lists": "they are gone"}


def test_one_in_its_place_has_told_nothing_yet(child: ChildProcess, server: ForkServer, tmp_path: Path) -> None:
    child.start(server, SETTINGS, NO_LOCK)
    until(lambda: hears(child))
    reported(tmp_path / "report")
    assert child.process is not None
    child.process.kill()
    child.process.wait()
    assert child.wrong() == {"not answering": "as_child"}
    (tmp_path / "alarms").unlink()
    files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    child.start(server, SETTINGS, NO_LOCK)
    assert len(os.listdir("/proc/self/fd")) == files + 1  # noqa: PTH208 — to hear of its end, which was heard before
    reported(tmp_path / "report")
    child.hear()
    assert child.alarms == {}
    assert child.wrong() == {}


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
