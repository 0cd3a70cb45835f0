"""The connection to the store: SQLite now, PostgreSQL by the same path; transactions, migrations, one kind of fault."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from saywhy.atomic_files import open_or_make
from saywhy.exceptions.postgresql import bound_waits

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_BUSY_SECONDS: Final = 2  # somebody waits for a page
_MIGRATING_SECONDS: Final = 30  # nobody does, and other processes may be at it
_SWITCHING_SECONDS: Final = 0.1
_WRITING: Final = "saywhy_writing"
_WRITING_LOCK: Final = 0x5A17_0001  # any number, the same in every process (pg_advisory_xact_lock)


class StoreUnavailable(Exception):  # noqa: N818 — reads as what it says
    """The store cannot be used; the message says which one and why, without a password."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """An engine, and the same as transactions use it that write, and that read."""

    url: URL
    engine: Engine
    writing: Engine
    reading: Engine


class Database:
    """An engine whose transactions are explicit, whose every fault is StoreUnavailable, and which waits two seconds at the most.

    `url` may be asked for where it stands; it is, and the engine made, when it is first needed, and again until that succeeds.
    """

    def __init__(self, url: str | Callable[[], str]) -> None:
        self.shown = "the store"
        self._named = url
        self._opening = Lock()
        self._opened: _Opened | None = None

    def _at_hand(self) -> _Opened:
        if self._opened is None:
            with self._opening:
                if self._opened is None:
                    self._opened = self._made()
        return self._opened

    def _made(self) -> _Opened:
        url = make_url(self._named if isinstance(self._named, str) else self._named())
        self.shown = f"the store {url.render_as_string(hide_password=True)}"
        engine = _open(url, _BUSY_SECONDS)
        reading = engine
        if url.get_backend_name() == "postgresql":
            reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return _Opened(url, engine, engine.execution_options(**{_WRITING: True}), reading)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees one state of the store and changes nothing."""
        with self._faults(), Session(self._at_hand().reading) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that is committed at its end. Those of all processes follow one another: it holds a lock from its beginning.

        So nobody reads what another one is about to change, the audit trail is one chain, and nobody waits in a circle.
        """
        with self._faults(), Session(self._at_hand().writing) as session, session.begin():
            yield session

    def migrate(self) -> None:
        """Bring the tables up to date. Safe when several processes do it at once: the others wait, then find it done."""
        from alembic import command  # needed by one process, once
        from alembic.config import Config

        with self._faults():
            url = self._at_hand().url
            file = _sqlite_file(url)
            if file is not None and not file.exists():
                # Answers of children: for the account that runs this alone. SQLite's side files take the same mode.
                os.close(open_or_make(file, os.O_RDWR))
            config = Config()
            config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
            engine = _open(url, _MIGRATING_SECONDS, migrating=True)
            with engine.execution_options(**{_WRITING: True}).begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                if file is not None and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise StoreUnavailable(
                        f"{self.shown} cannot be brought up to date: a row refers to one that is gone"
                    )
            engine.dispose()

    def close(self) -> None:
        """Give every connection back."""
        if self._opened is not None:
            self._opened.engine.dispose()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except ModuleNotFoundError as missing:  # the driver
            raise StoreUnavailable(f"{self.shown} cannot be used: {missing.name} is not installed") from missing
        except (SQLAlchemyError, OSError) as fault:
            cause = getattr(fault, "orig", None) or fault
            raise StoreUnavailable(f"{self.shown} cannot be used: {cause}") from fault


def _sqlite_file(url: URL) -> Path | None:
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))


def _open(url: URL, seconds: int, *, migrating: bool = False) -> Engine:
    """An engine that waits so long for others at the most. `migrating`: SQLite's foreign keys are checked at the end alone."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url)
        _make_explicit(engine, seconds, foreign_keys=not migrating)
    else:
        engine = create_engine(url, pool_timeout=seconds)
        bound_waits(engine, seconds)
        if url.get_backend_name() == "postgresql":
            _lock_writers(engine)
    return engine


def _lock_writers(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get(_WRITING, False):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITING_LOCK})")


def _make_explicit(engine: Engine, seconds: int, *, foreign_keys: bool) -> None:
    # The driver would begin transactions late and only before some statements; here each begins where it says so.
    # https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#transactions-with-sqlite-and-the-sqlite3-driver
    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {int(_SWITCHING_SECONDS * 1000)}")
        with suppress(sqlite3.OperationalError):  # another process holds it or is just switching it; the file remembers
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA busy_timeout = {seconds * 1000}")
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get(_WRITING, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
