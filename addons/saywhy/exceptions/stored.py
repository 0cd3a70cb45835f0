"""What every part of the store stands on: the database, and whom to tell of what cannot be read."""

from collections.abc import Callable

from saywhy.exceptions.database import Database


class UnknownRequest(LookupError):  # noqa: N818 — reads as what it says
    """There is no such request, or no such grant."""


class Stored:
    """One part of the store. Every method raises StoreUnavailable when the store cannot be used."""

    def __init__(self, database: Database, report: Callable[[str], None]) -> None:
        self._database = database
        self._report = report
