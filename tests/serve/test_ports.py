"""Addresses to listen on: taken by another program, or for a moment more by what an earlier run left behind."""

import errno
import fcntl
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from saywhy.serve.first_start import StartError
from saywhy.serve.ports import NO_LOCK, children_of, wait_until_free
from saywhy.serve.settings import Endpoint
from tests.wire.filter_process import free_port

CHILD = "import sys, time; print(1, flush=True); time.sleep(60)"


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint("127.0.0.1", free_port())


@pytest.fixture
def listening(endpoint: Endpoint) -> Iterator[socket.socket]:
    with socket.create_server((endpoint.host, endpoint.port)) as server:
        yield server


def never(_: float) -> None:
    raise AssertionError("it waits")


def leave_a_child(state: Path) -> "subprocess.Popen[bytes]":
    """What a supervisor leaves that was killed: a child with its lock."""
    with children_of(state) as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        return subprocess.Popen([sys.executable, "-c", CHILD], pass_fds=(lock,))


def test_a_free_one_is_taken_at_once(tmp_path: Path, endpoint: Endpoint) -> None:
    with children_of(tmp_path) as lock:
        wait_until_free(endpoint, lock, pause=never)
        wait_until_free(endpoint, lock, pause=never)


@pytest.mark.parametrize("locked", [True, False])
def test_another_program_is_told_at_once(
    tmp_path: Path, endpoint: Endpoint, listening: socket.socket, locked: bool
) -> None:
    with children_of(tmp_path) as lock, pytest.raises(StartError, match="cannot be listened on"):
        wait_until_free(endpoint, lock if locked else NO_LOCK, pause=never)


def test_children_of_a_killed_supervisor_are_waited_for(
    tmp_path: Path, endpoint: Endpoint, listening: socket.socket
) -> None:
    child = leave_a_child(tmp_path)
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            listening.close()

    try:
        with children_of(tmp_path) as lock:
            wait_until_free(endpoint, lock, pause=pause)
        assert len(waited) == 3
    finally:
        child.kill()
        child.wait()


def test_but_not_for_ever(tmp_path: Path, endpoint: Endpoint, listening: socket.socket) -> None:
    child = leave_a_child(tmp_path)
    try:
        with children_of(tmp_path) as lock, pytest.raises(StartError, match="cannot be listened on"):
            wait_until_free(endpoint, lock, patience=1, pause=lambda _: None)
    finally:
        child.kill()
        child.wait()


def test_nor_in_a_folder_that_knows_no_locks(
    tmp_path: Path, endpoint: Endpoint, listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with children_of(tmp_path) as lock:
        with pytest.raises(StartError, match="cannot be listened on"):
            wait_until_free(endpoint, lock, pause=never)
        listening.close()
        wait_until_free(endpoint, lock, pause=never)


def test_without_a_lock_file_it_goes_on(tmp_path: Path, endpoint: Endpoint) -> None:
    with children_of(tmp_path / "not there") as lock:
        assert lock == NO_LOCK
        wait_until_free(endpoint, lock, pause=never)
