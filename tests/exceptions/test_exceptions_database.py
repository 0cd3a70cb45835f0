"""Tables, migrations, faults: the store as a file, and what happens when it is broken."""

import sqlite3
import stat
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from saywhy.decide.engine import Engine
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.store import Store
from saywhy.exceptions.tables import Base
from tests.exceptions.conftest import NOW, sqlite_only, submission


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def migrate(url: str) -> None:
    """For a process of its own."""
    opened = Store(url)
    opened.migrate()
    opened.close()


def test_migrating_again_changes_nothing(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(), "a", NOW)
    store.migrate()
    assert store.request(asked.id) == asked


def test_the_migrations_make_the_tables_that_the_program_uses(store: Store, url: str) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_several_processes_may_migrate_at_once(empty_url: str) -> None:
    context = get_context("spawn")
    processes = [context.Process(target=migrate, args=(empty_url,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    opened = Store(empty_url)
    assert opened.change_number() == 1
    opened.close()


@sqlite_only
def test_the_file_is_for_one_account_alone_and_keeps_a_log_ahead(store: Store, url: str) -> None:
    assert stat.S_IMODE(file_of(url).stat().st_mode) == 0o600
    connection = sqlite3.connect(file_of(url))
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_foreign_keys_hold(store: Store) -> None:
    with pytest.raises(StoreUnavailable) as raised, store._database.writing() as session:
        session.execute(
            text(
                "INSERT INTO reviews (request, account, role, verdict, reason, at) VALUES (9, '', '', 'refuse', '', '2026-11-23 10:00:00')"
            )
        )
    assert isinstance(raised.value.__cause__, IntegrityError)


@pytest.mark.parametrize("call", ["change_number", "counts_by_state", "requests"])
def test_a_store_without_its_tables_says_so(empty_url: str, call: str) -> None:
    opened = Store(empty_url)
    with pytest.raises(StoreUnavailable, match=r"no such table|does not exist"):
        getattr(opened, call)()
    opened.close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:////nowhere/at/all/store.sqlite3", "cannot be used"),
        ("not a url", "cannot be used"),
        ("strange://host/db", "cannot be used"),
    ],
)
def test_a_store_that_is_not_there_is_unavailable(url: str, message: str) -> None:
    with pytest.raises(StoreUnavailable, match=message):
        Store(url).migrate()


def test_a_password_in_the_address_is_not_told() -> None:
    with pytest.raises(StoreUnavailable) as raised:
        Store("strange://user:secret@host/db").change_number()
    assert "secret" not in str(raised.value)


def test_a_file_that_is_no_store_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite3").write_bytes(b"something else entirely" * 100)
    opened = Store(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    with pytest.raises(StoreUnavailable, match="not a database"):
        opened.migrate()
    opened.close()
