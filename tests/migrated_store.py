"""A store's file with its tables, migrated once in a process and copied from then on: migrating takes longer than most tests."""

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from saywhy.exceptions.store import Store


def copy_migrated(to: Path) -> str:
    """Put a migrated store's file there, with the rights that the program gave it; its URL."""
    shutil.copy(_migrated(), to)
    return f"sqlite:///{to}"


@cache
def _migrated() -> Path:
    folder = mkdtemp(prefix="saywhy-store-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = Path(folder) / "store.sqlite3"
    store = Store(f"sqlite:///{made}")
    store.migrate()
    store.close()
    return made
