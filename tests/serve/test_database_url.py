"""Which store a state folder has."""

from pathlib import Path

import pytest

from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.store import Store
from saywhy.serve.database_url import (
    FILE,
    DatabaseUrlError,
    database_in,
    has_store,
    keep_database_url,
    read_database_url,
    sqlite_in,
)

GOOD = "postgresql+psycopg://saywhy:secret@db.example:5433/school"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "PostgreSQL", "postgresql+psycopg"])
def test_a_url_as_people_write_it(scheme: str) -> None:
    assert read_database_url(f" {scheme}://saywhy:secret@db.example:5433/school\n") == GOOD


@pytest.mark.parametrize(
    "text",
    [
        "", "db.example/school", "mysql://db.example/school", "sqlite:///elsewhere.sqlite3", "postgresql://", "postgresql:///school",
        "postgresql://saywhy:secret@db.example", "postgresql://saywhy:secret@db.example/", "postgresql://a:b@c/d\npostgresql://e/f",
    ],
)  # fmt: skip
def test_what_is_none_is_said_without_its_password(text: str) -> None:
    with pytest.raises(DatabaseUrlError, match="postgresql://USER:PASSWORD@HOST:PORT/DATABASE") as raised:
        read_database_url(text)
    assert "secret" not in str(raised.value)


def test_a_folder_without_the_file_has_sqlite(tmp_path: Path) -> None:
    assert database_in(tmp_path) == f"sqlite:///{sqlite_in(tmp_path)}"
    assert not has_store(tmp_path)
    sqlite_in(tmp_path).touch()
    assert has_store(tmp_path)


def test_what_is_kept_is_found_by_every_command_and_readable_by_its_user_alone(tmp_path: Path) -> None:
    keep_database_url(tmp_path / "state", GOOD)
    assert database_in(tmp_path / "state") == GOOD
    assert has_store(tmp_path / "state")
    assert (tmp_path / "state" / FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("held", [b"nonsense", b"\xff", b""])
def test_a_file_that_says_nothing_of_use_never_means_another_store(tmp_path: Path, held: bytes) -> None:
    """The store is then unavailable, which stops no filtering, until the file is mended."""
    (tmp_path / FILE).write_bytes(held)
    store = Store(lambda: database_in(tmp_path))
    with pytest.raises(StoreUnavailable, match=FILE):
        store.change_number()
    (tmp_path / FILE).unlink()
    store.migrate()
    assert store.counts_by_state()
    store.close()
