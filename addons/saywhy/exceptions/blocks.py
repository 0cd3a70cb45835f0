"""Blocks that were met: how often, by how many devices, by rule, host and group, on each day (UTC).

Numbers alone: no address, no account, and a number of people that is so small that it might point at somebody is not told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from saywhy.exceptions.block_tables import BlocksMetRow, BlocksReadRow
from saywhy.exceptions.stored import Stored

EVERYBODY: Final = ""  # stands where a group would
FEWEST_TOLD: Final = 5  # people
_AT_ONCE: Final = 500  # rows of one statement


@dataclass(frozen=True, slots=True)
class Block:
    """What is counted together: a day, a rule, a host, a group (or EVERYBODY)."""

    day: date
    rule: str
    host: str
    group: str


@dataclass(frozen=True, slots=True)
class Count:
    """How often, and by how many devices that were not counted before on that day; the host's apps."""

    times: int
    devices: int
    apps: tuple[str, ...] = ()


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
                "rule": one.rule,
                "host": one.host,
                "group": one.group,
                "apps": "".join(f",{app}" for app in count.apps) + ("," if count.apps else ""),
                "times": count.times,
                "devices": count.devices,
            }
            for one, count in counts.items()
        ]
        with self._database.writing() as session:
            for start in range(0, len(rows), _AT_ONCE):
                session.execute(_adding(session), rows[start : start + _AT_ONCE])
            session.merge(BlocksReadRow(log=log, day=to.day, bytes=to.bytes))

    def met(
        self, since: date, *, host: str | None = None, rule: str | None = None, app: str | None = None
    ) -> Mapping[str, Met]:
        """How a block was met since a day (UTC), by group; EVERYBODY has all together. Small numbers are hidden."""
        chosen: list[ColumnElement[bool]] = [BlocksMetRow.day >= since]
        if host is not None:
            chosen.append(BlocksMetRow.host == host)
        if rule is not None:
            chosen.append(BlocksMetRow.rule == rule)
        if app is not None:
            chosen.append(BlocksMetRow.apps.contains(f",{app},", autoescape=True))
        # One device may meet several rules and hosts on a day: the most that one of them was met by is certain.
        days = (
            select(
                BlocksMetRow.group,
                func.sum(BlocksMetRow.times).label("times"),
                func.max(BlocksMetRow.devices).label("people"),
            )
            .where(*chosen)
            .group_by(BlocksMetRow.group)
        )
        with self._database.reading() as session:
            return {
                group: Met(int(times), people) if people >= FEWEST_TOLD else Met(None, None)
                for group, times, people in session.execute(days)
            }

    def expire_blocks(self, today: date, keep: timedelta) -> int:
        """Delete the numbers of days that are longer past; gives how many rows."""
        with self._database.writing() as session:
            gone = session.execute(delete(BlocksMetRow).where(BlocksMetRow.day < today - keep))
            return int(getattr(gone, "rowcount", 0))


def _adding(session: Session) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    adding: Any = dialect.insert(BlocksMetRow)
    return adding.on_conflict_do_update(
        index_elements=["day", "rule", "host", "group"],
        set_={
            "times": BlocksMetRow.times + adding.excluded.times,
            "devices": BlocksMetRow.devices + adding.excluded.devices,
            "apps": adding.excluded.apps,
        },
    )
