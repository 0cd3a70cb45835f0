"""The process that forks children: what they are given, what is told of their ends, and its own end."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from saywhy.serve.first_start import StartError
from saywhy.serve.fork_server import ForkedProcess, ForkServer
from tests.serve.children import fork_server, reported, until


class Started:
    """A server, and what it is asked to start."""

    def __init__(self, server: ForkServer, report: Path) -> None:
        self.server = server
        self.report = report
        self.open: list[int] = []

    def child(
        self, then: str = "os.read(0, 1)", descriptors: Mapping[str, int] | None = None, **more: str
    ) -> ForkedProcess:
        reading, writing = os.pipe()
        self.open.append(writing)
        environment = {"REPORT": str(self.report), "THEN": then, **more}
        try:
            return self.server.start("as_child", environment, reading, descriptors or {})
        finally:
            os.close(reading)


@pytest.fixture
def started_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Started]]:
    monkeypatch.syspath_prepend(str(tmp_path))
    made: list[Started] = []

    def start() -> Started:
        made.append(Started(fork_server(tmp_path), tmp_path / "report"))
        return made[-1]

    yield start
    for started in made:
        for one in started.open:
            with suppress(OSError):
                os.close(one)
        started.server.close()


@pytest.fixture
def started(started_late: Callable[[], Started]) -> Started:
    return started_late()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_code_is_loaded_once_for_all(started: Started) -> None:
    first, second = started.child(), started.child()
    loaded_in = {reported(started.report)["loaded in"] for _ in (first,)}
    assert first.pid != second.pid
    assert not loaded_in & {first.pid, second.pid}


def test_it_has_a_name_and_in_its_environment_what_is_given(started: Started) -> None:
    started.child(SAID="this")
    report = reported(started.report)
    assert report["name"] == "saywhy as_child"
    assert report["environment"]["SAID"] == "this"
    assert report["environment"]["PATH"] == os.environ["PATH"]


def test_keys_of_sessions_are_written_nowhere(
    monkeypatch: pytest.MonkeyPatch, started_late: Callable[[], Started]
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", "/keys")
    monkeypatch.setenv("MITMPROXY_SSLKEYLOGFILE", "/keys")
    started = started_late()
    started.child()
    assert not {"SSLKEYLOGFILE", "MITMPROXY_SSLKEYLOGFILE"} & reported(started.report)["environment"].keys()


def test_it_holds_what_it_was_given_and_nothing_of_the_others(started: Started, tmp_path: Path) -> None:
    started.child()
    reported(started.report)
    given = os.open(tmp_path, os.O_RDONLY)
    started.child(descriptors={"GIVEN": given})
    os.close(given)
    report = reported(started.report)
    assert report["open"][report["environment"]["GIVEN"]] == str(tmp_path)
    pipe_of_another = str(Path(f"/proc/self/fd/{started.open[0]}").readlink())
    assert pipe_of_another not in report["open"].values()


@pytest.mark.parametrize(
    ("then", "code"),
    [("pass", 0), ("sys.exit(7)", 7), ("raise OSError", 1), ("os.kill(os.getpid(), 9)", -9), ("os._exit(3)", 3)],
)
def test_how_it_ended_is_told(started: Started, then: str, code: int) -> None:
    child = started.child(then)
    assert child.wait() == code
    assert child.poll() == child.returncode == code
    child.kill()  # there is nobody left to be hit
    assert not alive(child.pid)


def test_it_runs_until_it_ends_or_is_told_to(started: Started) -> None:
    child = started.child()
    assert child.poll() is None
    os.close(started.open.pop())
    assert child.wait() == 0
    child = started.child("signal.signal(signal.SIGTERM, lambda *_: sys.exit(5)); os.read(0, 1)")
    reported(started.report)
    until(lambda: "SIGTERM" not in ignored(child.pid))
    child.terminate()
    assert child.wait() in {5, -signal.SIGTERM}  # by whether it had said what it does


def ignored(pid: int) -> str:
    mask = int(Path(f"/proc/{pid}/status").read_text().partition("SigIgn:")[2].split()[0], 16)
    return " ".join(one.name for one in signal.Signals if mask & 1 << one - 1)


def test_one_that_cannot_be_loaded_ends_by_itself_and_the_next_starts(started: Started) -> None:
    reading, writing = os.pipe()
    started.open.append(writing)
    assert started.server.start("nowhere_at_all", {}, reading, {}).wait() == 1
    os.close(reading)
    assert started.child("pass").wait() == 0


def test_children_outlive_a_server_that_is_closed(started: Started) -> None:
    child = started.child()
    reported(started.report)
    started.server.close()
    assert alive(child.pid)
    os.close(started.open.pop())
    until(lambda: not alive(child.pid))


def test_a_server_that_is_gone_is_told_and_its_children_are_ended(started: Started) -> None:
    child = started.child()
    reported(started.report)
    os.kill(started.server.pid, signal.SIGKILL)
    os.waitpid(started.server.pid, 0)
    assert child.wait() == -signal.SIGKILL
    until(lambda: not alive(child.pid))
    with pytest.raises(StartError, match="has ended"):
        started.child()
    started.server.close()


def test_a_server_that_hangs_is_told(started: Started) -> None:
    started.server._orders.settimeout(0.1)
    os.kill(started.server.pid, signal.SIGSTOP)
    try:
        with pytest.raises(StartError, match="does not answer"):
            started.child()
    finally:
        os.kill(started.server.pid, signal.SIGCONT)
