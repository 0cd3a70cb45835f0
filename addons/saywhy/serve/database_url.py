"""Where requests and permits are kept: SQLite in the state folder, or the PostgreSQL whose URL stands in `database.url` there.

It is a file because its URL may hold a password, and because every command that looks into a state folder has to find the same store.
"""

import os
from pathlib import Path
from typing import Final

from saywhy.atomic_files import make_folder, write_whole

FILE: Final = "database.url"
_DRIVER: Final = "postgresql+psycopg"
_SCHEMES: Final = {"postgresql": _DRIVER, "postgres": _DRIVER, _DRIVER: _DRIVER}


class DatabaseUrlError(ValueError):
    """No URL of a store; the message says what to write, and shows no password."""


def read_database_url(text: str) -> str:
    """A URL of PostgreSQL as people write it, as the store takes it. Raises DatabaseUrlError."""
    url = text.strip()
    scheme, colon, rest = url.partition("://")
    driver = _SCHEMES.get(scheme.lower())
    if not colon or driver is None or not rest.rpartition("@")[2].partition("/")[0]:
        raise DatabaseUrlError(
            "this is no URL of a PostgreSQL database; write postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
        )
    if "\n" in url or not rest.partition("/")[2].partition("?")[0]:
        raise DatabaseUrlError("the URL names no database; write postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
    return f"{driver}://{rest}"


def database_in(state: Path) -> str:
    """The SQLAlchemy URL of the store in a state folder. Raises StoreUnavailable where the file cannot be read."""
    file = state / FILE
    try:
        return read_database_url(file.read_text("utf-8"))
    except FileNotFoundError:
        return f"sqlite:///{sqlite_in(state)}"
    except (OSError, ValueError) as error:
        from saywhy.exceptions.database import StoreUnavailable  # SQL takes long to import

        why = error.strerror if isinstance(error, OSError) else str(error)
        raise StoreUnavailable(f"{file}: {why}") from None


def sqlite_in(state: Path) -> Path:
    """The file of the store where no other one is named."""
    return state / "saywhy.sqlite3"


def keep_database_url(state: Path, text: str) -> None:
    """Have the store of a state folder there from now on. Raises DatabaseUrlError, OSError."""
    url = read_database_url(text)
    make_folder(state)
    write_whole(state / FILE, url.encode() + b"\n")
    (state / FILE).chmod(0o600)


def has_store(state: Path) -> bool:
    """Whether there is a store to look into."""
    return os.path.lexists(state / FILE) or sqlite_in(state).is_file()
