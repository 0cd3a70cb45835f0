"""A child process, as its supervisor sees it."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from saywhy.serve.alarms import Alarm
from saywhy.serve.child_process import ChildProcess
from saywhy.serve.ports import NO_LOCK
from saywhy.serve.settings import Endpoint, Settings

SETTINGS = Settings(
    Path("/p"), Path("/s"), (Endpoint("127.0.0.1", 1),), Endpoint("127.0.0.1", 2), Endpoint("127.0.0.1", 3)
)
# What it tells stands in its environment; then it lives until its supervisor lets go of it.
MODULE = """
import json, os, sys
from saywhy.serve.alarms import tell_supervisor
tell = tell_supervisor()
if os.environ["ALARMS"]:
    tell(json.loads(os.environ["ALARMS"]))
open(os.environ["REPORT"], "w").write(json.dumps({"path": sys.path, "flag": sys.flags.safe_path, "left": "SAYWHY_ALARMS" in os.environ}))
sys.stdin.read()
"""


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChildProcess]:
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "as_child.py").write_text(MODULE)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "modules"), *filter(None, sys.path)]))
    monkeypatch.setenv("REPORT", str(tmp_path / "report"))
    monkeypatch.setenv("ALARMS", json.dumps({"lists": "they are gone"}))
    child = ChildProcess("as_child", ())
    yield child
    child.kill()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def hears(child: ChildProcess) -> bool:
    child.hear()
    return bool(child.alarms)


def test_what_it_tells_is_heard_and_what_does_not_run_is_told(child: ChildProcess) -> None:
    assert child.wrong() == {"not answering": "as_child"}
    child.start(SETTINGS, NO_LOCK)
    until(lambda: hears(child))
    assert child.alarms == {Alarm.LISTS: "they are gone"}
    assert child.wrong() == {"as_child, lists": "they are gone"}


def test_one_in_its_place_has_told_nothing_yet(child: ChildProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    child.start(SETTINGS, NO_LOCK)
    until(lambda: hears(child))
    assert child.process is not None
    child.process.kill()
    child.process.wait()
    assert child.wrong() == {"not answering": "as_child"}
    monkeypatch.setenv("ALARMS", "")
    files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    child.start(SETTINGS, NO_LOCK)
    assert len(os.listdir("/proc/self/fd")) == files  # noqa: PTH208
    child.hear()
    assert child.alarms == {}
    assert child.wrong() == {}


def test_where_it_is_started_no_module_is_looked_for(
    child: ChildProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    child.start(SETTINGS, NO_LOCK)
    until((tmp_path / "report").exists)
    until((tmp_path / "report").read_text)
    report = json.loads((tmp_path / "report").read_text())
    assert report["flag"]
    assert not {"", str(tmp_path)} & set(report["path"])
    assert not report["left"]
