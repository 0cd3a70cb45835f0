"""Blocks that were met: how often, by how many devices, by rule, host and group, on each day (UTC).

Numbers alone: no address, no account, and a number of people that is so small that it might point at somebody is not told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from saywhy.exceptions.block_tables import BlocksMetRow, BlocksReadRow
from saywhy.exceptions.stored import Stored

EVERYBODY: Final = ""  # stands where a group would
FEWEST_TOLD: Final = 5  # people
_AT_ONCE: Final = 500  # rows of one statement


class About(StrEnum):
    """What a number is about."""

    RULE = "rule"
    HOST = "host"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Block:
    """What is counted together: a day, what it is about by its name, the rule, and a group (or EVERYBODY)."""

    day: date
    about: About
    name: str
    rule: str
    group: str


@dataclass(frozen=True, slots=True)
class Count:
    """How often, and by how many devices that were not counted before on that day."""

    times: int
    devices: int


@dataclass(frozen=True, slots=True)
class Met:
    """How a group met a block. `people` is the most on one day, so there were that many at least.

    Where they were fewer than FEWEST_TOLD, both numbers are None: it happened, and to few.
    """

    times: int | None
    people: int | None


@dataclass(frozen=True, slots=True)
class ReadTo:
    """How far a log was counted: bytes of the file of a day."""

    day: date
    bytes: int


class Blocks(Stored):
    """Blocks counted and told."""

    def blocks_read(self, log: str) -> ReadTo | None:
        """How far this log was counted; None where it never was."""
        with self._database.reading() as session:
            row = session.get(BlocksReadRow, log)
            return None if row is None else ReadTo(row.day, row.bytes)

    def add_blocks(self, counts: Mapping[Block, Count], log: str, to: ReadTo) -> None:
        """Add numbers, and that the log is counted so far, in one step: none is counted twice, whatever ends in between."""
        rows = [
            {
                "day": one.day,
                "about": one.about.value,
                "name": one.name,
                "rule": one.rule,
                "group": one.group,
                "times": count.times,
                "devices": count.devices,
            }
            for one, count in counts.items()
        ]
        with self._database.writing() as session:
            for start in range(0, len(rows), _AT_ONCE):
                session.execute(_adding(session), rows[start : start + _AT_ONCE])
            session.merge(BlocksReadRow(log=log, day=to.day, bytes=to.bytes))

    def met(self, about: About, name: str, since: date) -> Mapping[str, Met]:
        """How a block was met since a day (UTC), by group; EVERYBODY has all together. Small numbers are hidden."""
        found = (
            select(
                BlocksMetRow.group,
                func.sum(BlocksMetRow.times).label("times"),
                func.max(BlocksMetRow.devices).label("people"),
            )
            .where(BlocksMetRow.about == about.value, BlocksMetRow.name == name, BlocksMetRow.day >= since)
            .group_by(BlocksMetRow.group)
        )
        with self._database.reading() as session:
            return {group: _told(int(times), people) for group, times, people in session.execute(found)}

    def met_by_everybody(self, about: About, since: date) -> Mapping[str, Met]:
        """How each block of a kind was met since a day (UTC), by its name, all groups together. Small numbers are hidden."""
        found = (
            select(
                BlocksMetRow.name,
                func.sum(BlocksMetRow.times).label("times"),
                func.max(BlocksMetRow.devices).label("people"),
            )
            .where(BlocksMetRow.about == about.value, BlocksMetRow.group == EVERYBODY, BlocksMetRow.day >= since)
            .group_by(BlocksMetRow.name)
        )
        with self._database.reading() as session:
            return {name: _told(int(times), people) for name, times, people in session.execute(found)}

    def expire_blocks(self, today: date, keep: timedelta) -> int:
        """Delete the numbers of days that are longer past; gives how many rows."""
        with self._database.writing() as session:
            gone = session.execute(delete(BlocksMetRow).where(BlocksMetRow.day < today - keep))
            return int(getattr(gone, "rowcount", 0))


def _told(times: int, people: int) -> Met:
    return Met(times, people) if people >= FEWEST_TOLD else Met(None, None)


def _adding(session: Session) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    adding: Any = dialect.insert(BlocksMetRow)
    return adding.on_conflict_do_update(
        index_elements=["day", "about", "name", "rule", "group"],
        set_={
            "times": BlocksMetRow.times + adding.excluded.times,
            "devices": BlocksMetRow.devices + adding.excluded.devices,
        },
    )
