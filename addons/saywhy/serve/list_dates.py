"""Of which day an imported list is."""

from datetime import date, datetime
from pathlib import Path

from saywhy.lists.store import ListError, ListStore


def day_of_list(folder: Path, name: str) -> date | None:
    """The day on which the entries of a list in this folder were last taken; None where nobody knows."""
    try:
        return datetime.fromisoformat(ListStore(folder).manifest(name).updated).date()
    except (ListError, OSError, ValueError):
        return None
