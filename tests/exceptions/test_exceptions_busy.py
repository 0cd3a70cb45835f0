"""A store that others hold, or that does not answer: two seconds, then it is said to be unavailable."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from saywhy.decide.engine import Engine
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.postgresql import bound_waits
from saywhy.exceptions.store import Store
from tests.exceptions.conftest import NOW, sqlite_only, submission
from tests.exceptions.postgresql_server import Server

HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
if sys.argv[2] == "alone":
    held.execute("PRAGMA locking_mode = EXCLUSIVE")
held.execute("BEGIN EXCLUSIVE")
held.execute("UPDATE counters SET value = value")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held_by_another_process(url: str, how: str) -> Iterator[None]:
    command = [sys.executable, "-c", HOLD, url.removeprefix("sqlite:///"), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield
        process.kill()


@contextmanager
def unavailable_within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    with pytest.raises(StoreUnavailable):
        yield
    assert time.monotonic() - began < seconds


@sqlite_only
def test_who_writes_waits_two_seconds_for_another_process(store: Store, url: str, engine: Engine) -> None:
    with held_by_another_process(url, "writing"):
        began = time.monotonic()
        with unavailable_within(4):
            store.submit(engine, submission(), "a", NOW)
        assert time.monotonic() - began > 1.5, "a short wait is no fault"
        assert store.requests() == (), "who reads does not wait for who writes"
    assert store.submit(engine, submission(), "a", NOW).number == "R-1001"


@sqlite_only
@pytest.mark.parametrize("call", ["change_number", "requests", "counts_by_state"])
def test_who_reads_waits_no_longer_either(store: Store, url: str, call: str) -> None:
    store.close()
    with held_by_another_process(url, "alone"), unavailable_within(4):
        getattr(store, call)()
    getattr(store, call)()


@sqlite_only
def test_a_migration_waits_for_another(store: Store, url: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), check_same_thread=False)) as held:
        held.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(3, held.rollback)
        timer.start()
        store.migrate()
        timer.join()


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Store]:
    opened = Store(postgresql_url)
    yield opened
    opened.close()


def test_who_writes_to_postgresql_waits_two_seconds_for_a_lock(
    postgresql: Store, postgresql_url: str, engine: Engine
) -> None:
    asked = postgresql.submit(engine, submission(), "a", NOW)
    other = Store(postgresql_url)
    with other._database.writing() as session:
        session.connection().exec_driver_sql("LOCK TABLE exception_requests IN ACCESS EXCLUSIVE MODE")
        with unavailable_within(4):
            postgresql.withdraw(asked.receipt, NOW)
        with unavailable_within(4):
            postgresql.requests()
    other.close()
    assert postgresql.withdraw(asked.receipt, NOW).number == asked.number


def test_a_postgresql_that_stops_answering_is_given_up(postgresql: Store, server: Server) -> None:
    postgresql.change_number()
    processes = [server.process, *_children(server.process)]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        with unavailable_within(4):
            postgresql.change_number()
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)
    assert postgresql.change_number() >= 1


def test_a_postgresql_that_accepts_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        opened = Store(f"postgresql+psycopg://saywhy@127.0.0.1:{silent.getsockname()[1]}/saywhy")
        with unavailable_within(4):
            opened.change_number()
        opened.close()


def test_a_postgresql_without_a_free_connection_is_given_up(postgresql: Store) -> None:
    pool = postgresql._database._at_hand().engine.pool
    held = [pool.connect() for _ in range(15)]
    with unavailable_within(4):
        postgresql.change_number()
    for connection in held:
        connection.close()


def test_other_drivers_keep_their_own_bounds() -> None:
    engine = create_engine("sqlite://")
    bound_waits(engine, 2)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1


def _children(process: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()]
