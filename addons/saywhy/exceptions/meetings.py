"""Minutes of meetings, kept with what was decided. They are only added to; a later meeting may decide otherwise."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from saywhy.exceptions.database import Database
from saywhy.exceptions.followup_tables import MeetingItemRow, MeetingRow
from saywhy.exceptions.request import Account

MOST_ITEMS: Final = 10  # of one form


class About(StrEnum):
    """What a meeting decides on."""

    RULE = "rule"
    PERMIT = "permit"
    REQUEST = "request"


class Decided(StrEnum):
    """What it decides."""

    KEEP = "keep"
    CHANGE = "change"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Item:
    """One decision. `about` is the id of a rule or the number of a request (R-1042); what is kept has a day."""

    kind: About
    about: str
    decision: Decided
    reason: str
    until: date | None = None

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("what a meeting decides has a reason")
        if self.decision is Decided.KEEP and self.until is None:
            raise ValueError("what is kept is kept until a day")


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting: the day, who was there (titles or names of accounts), what was said, and who wrote it down when."""

    id: int
    held_on: date
    present: tuple[str, ...]
    minutes: str
    by: str
    at: datetime
    items: tuple[Item, ...]


class Meetings:
    """Meetings in the store. Every method raises StoreUnavailable when the store cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(  # minutes, all of their parts
        self,
        form: str,
        held_on: date,
        present: Sequence[str],
        minutes: str,
        items: Sequence[Item],
        by: Account,
        at: datetime,
    ) -> Meeting:
        """Keep minutes. The same `form` again gives those that are already there."""
        with self._database.writing() as session:
            there = session.scalar(select(MeetingRow).where(MeetingRow.form == form))
            if there is not None:
                return _meeting(session, there)
            row = MeetingRow(form=form, held_on=held_on, present=list(present), minutes=minutes, account=by.name, at=at)
            session.add(row)
            session.flush()
            session.add_all(
                MeetingItemRow(
                    meeting=row.id,
                    kind=one.kind.value,
                    about=one.about,
                    decision=one.decision.value,
                    until=one.until,
                    reason=one.reason,
                )
                for one in items
            )
            session.flush()
            return _meeting(session, row)

    def one(self, meeting: int) -> Meeting | None:
        """The meeting with this id."""
        with self._database.reading() as session:
            row = session.get(MeetingRow, meeting)
            return None if row is None else _meeting(session, row)

    def latest(self, limit: int = 20) -> tuple[Meeting, ...]:
        """The meetings that were held last."""
        chosen = select(MeetingRow).order_by(MeetingRow.held_on.desc(), MeetingRow.id.desc()).limit(limit)
        with self._database.reading() as session:
            return tuple(_meeting(session, row) for row in session.scalars(chosen))

    def decided_last(self, kind: About, abouts: Collection[str]) -> Mapping[str, tuple[date, Item]]:
        """What was decided last about each of these, and on which day."""
        chosen = (
            select(MeetingRow.held_on, MeetingItemRow)
            .join(MeetingRow, MeetingRow.id == MeetingItemRow.meeting)
            .where(MeetingItemRow.kind == kind.value, MeetingItemRow.about.in_(abouts))
            .order_by(MeetingRow.held_on, MeetingItemRow.id)
        )
        with self._database.reading() as session:
            return {row.about: (held_on, _item(row)) for held_on, row in session.execute(chosen)}


def _meeting(session: Session, row: MeetingRow) -> Meeting:
    items = session.scalars(select(MeetingItemRow).where(MeetingItemRow.meeting == row.id).order_by(MeetingItemRow.id))
    found = tuple(_item(one) for one in items)
    return Meeting(row.id, row.held_on, tuple(row.present), row.minutes, row.account, row.at, found)


def _item(row: MeetingItemRow) -> Item:
    return Item(About(row.kind), row.about, Decided(row.decision), row.reason, row.until)
