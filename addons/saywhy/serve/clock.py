"""The only clock: everything else is given the moment."""

from datetime import UTC, datetime


def wall_clock() -> datetime:
    """The moment, aware."""
    return datetime.now(UTC)
