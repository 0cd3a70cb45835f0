"""Retention and the rights of one person: what is over is deleted, what is asked for is handed out or erased.

A deletion is one line of the audit trail, which says what lines lost their texts and which requests went; the texts, the
requests and all that hangs on them go in the same transaction.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, and_, case, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from saywhy.exceptions.asking_tables import JoinRow
from saywhy.exceptions.chain import as_ranges
from saywhy.exceptions.joining import joins_of, leave_all
from saywhy.exceptions.moving import move
from saywhy.exceptions.permits import grants_changed
from saywhy.exceptions.request import Happening, Step, number_of
from saywhy.exceptions.state import UNDECIDED, Event, State
from saywhy.exceptions.stored import Stored
from saywhy.exceptions.tables import AccountRow, Base, GoRow, GrantRow, RequestRow
from saywhy.exceptions.trail import ABOUT, ACCOUNT, Told, lines, record
from saywhy.exceptions.trail_tables import LineRow, LineTextRow

_AT_ONCE: Final = 200  # requests of one transaction: others wait for it
_MANY: Final = 500  # values in one statement
TAKEN_BACK: Final = "Taken back, since what was asked is being erased."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, by what is known of them: one of a receipt, a device's address (canonical) and an account's name."""

    receipt: str = ""
    device: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Removed:
    """What was deleted: requests by their ids, lines of the trail that lost their texts, permits that were in force.

    `goes`: how often a device went on where a rule has caution; `left`: how many requests of others it was taken out of.
    """

    requests: tuple[int, ...] = ()
    lines: int = 0
    ended: int = 0
    goes: int = 0
    left: int = 0


class Forgetting(Stored):
    """What is kept of people, handed out and deleted."""

    def expire(self, at: datetime, keep: timedelta) -> Removed:
        """Delete the requests that have been over for so long, and what the trail says of people before that."""
        requests: list[int] = []
        texts = 0
        while True:
            with self._database.writing() as session:
                over = list(session.scalars(_over(at - keep).limit(_AT_ONCE)))
                old = [] if over else list(session.scalars(_old_lines(at - keep).limit(10 * _AT_ONCE)))
                if not over and not old:
                    return Removed(tuple(requests), texts)
                texts += _forget(session, Step(at, Happening.EXPIRED), over, old)
                requests += over

    def erase(self, person: Person, by: str, at: datetime) -> Removed:
        """Delete what somebody asked, whatever has become of it: open requests are taken back, permits end.

        What an account that is gone did elsewhere, and what was done to it, goes as well where no request hangs on it; its answers
        to others stay until those requests are over.
        """
        with self._database.writing() as session:
            rows = list(
                session.scalars(select(RequestRow).where(_of(person)).order_by(RequestRow.id).with_for_update())
            )
            for row in rows:
                if State(row.state) in UNDECIDED:
                    move(row, Event.WITHDRAW, at)
                    record(session, Step(at, Happening.WITHDRAWN, by, TAKEN_BACK, row.id))
            ids = [row.id for row in rows]
            living = [GrantRow.request.in_(ids), GrantRow.revoked_at.is_(None), GrantRow.ends > at]
            permits = list(session.scalars(select(GrantRow).where(*living)))
            for permit in permits:
                permit.revoked_at, permit.revoked_by = at, by
                record(session, Step(at, Happening.REVOKED, by, TAKEN_BACK, permit.request))
            own = [] if person.account == "" else _lines_of_account(session, person.account)
            goes = _forget_goes(session, person.device)
            own += _lines_of_joins(session, person)
            left = leave_all(session, joins_of(person.receipt, person.device, person.account), by, at)
            if left:
                grants_changed(session)
            taken = 0
            if ids or own or goes or left:
                taken = _forget(session, Step(at, Happening.ERASED, by), ids, own)
            return Removed(tuple(ids), taken, len(permits), goes, left)

    def export(self, person: Person, by: str, at: datetime) -> dict[str, Any]:
        """All that the store has of somebody, as plain values; that it was handed out is a line for each request."""
        with self._database.writing() as session:
            ids = list(session.scalars(select(RequestRow.id).where(_of(person)).order_by(RequestRow.id)))
            found: dict[str, Any] = {"requests": [_whole(session, one) for one in ids]}
            if person.account:
                wanted = select(LineTextRow.line).where(
                    LineTextRow.field.in_((ACCOUNT, ABOUT)), LineTextRow.value == person.account
                )
                found["steps"] = [told_plainly(one) for one in lines(session, LineRow.number.in_(wanted))]
            if person.device:
                wanted = select(*GoRow.__table__.c).where(GoRow.device == person.device).order_by(GoRow.starts)
                found["went_on"] = [_plainly(one) for one in session.execute(wanted).mappings()]
            joined = select(*JoinRow.__table__.c).where(joins_of(person.receipt, person.device, person.account))
            found["joined"] = [_plainly(one) for one in session.execute(joined.order_by(JoinRow.id)).mappings()]
            for one in ids:
                record(session, Step(at, Happening.EXPORTED, by, request=one))
            if not ids and (found.get("joined") or found.get("steps") or found.get("went_on")):
                record(session, Step(at, Happening.EXPORTED, by, about=person.account))
            return found


def told_plainly(told: Told) -> dict[str, Any]:
    """A line as plain values."""
    line, facts, texts = told.line, dict(told.facts), dict(told.texts)
    return {
        "line": line.number,
        "at": line.at.isoformat(),
        "what": line.what,
        "request": None if line.request is None else number_of(line.request),
        "by": texts.pop(ACCOUNT, None),
        "about": texts.pop(ABOUT, None),
        "note": texts.pop("note", None),
        "more": {**texts, **facts},
        "taken_away": list(told.gone),
        "hash": line.hash,
    }


def _of(person: Person) -> ColumnElement[bool]:
    if person.receipt:
        return RequestRow.receipt == person.receipt
    if person.device:
        return RequestRow.device == person.device
    return and_(RequestRow.asked_by == person.account, RequestRow.asked_by != "")


def _over(before: datetime) -> Any:
    """Requests that ended before then, and whose permits did."""
    lasts = case((GrantRow.revoked_at.is_(None), GrantRow.ends), else_=GrantRow.revoked_at)
    return (
        select(RequestRow.id)
        .where(
            RequestRow.state.not_in([state.value for state in UNDECIDED]),
            func.coalesce(RequestRow.answered_at, RequestRow.submitted_at) < before,
            ~exists().where(GrantRow.request == RequestRow.id, lasts >= before),
        )
        .order_by(RequestRow.id)
    )


def _old_lines(before: datetime) -> Any:
    """Lines about no request, or none that is there, whose texts are older than that."""
    return (
        select(LineRow.number)
        .where(LineRow.at < before)
        .where(or_(LineRow.request.is_(None), ~exists().where(RequestRow.id == LineRow.request)))
        .where(exists().where(LineTextRow.line == LineRow.number))
        .order_by(LineRow.number)
    )


def _forget_goes(session: Session, device: str) -> int:
    """Delete what a device opened for itself; what it had of a day's quota stays a number until the day is old."""
    if not device:
        return 0
    gone = list(session.scalars(delete(GoRow).where(GoRow.device == device).returning(GoRow.id)))
    if gone:
        grants_changed(session)
    return len(gone)


def _lines_of_account(session: Session, account: str) -> list[int]:
    """The lines that no request hangs on and that an account is in; none while it may still sign in."""
    if session.get(AccountRow, account) is not None:
        return []
    named = select(LineTextRow.line).where(LineTextRow.field.in_((ACCOUNT, ABOUT)), LineTextRow.value == account)
    return list(session.scalars(select(LineRow.number).where(LineRow.number.in_(named), LineRow.request.is_(None))))


def _lines_of_joins(session: Session, person: Person) -> list[int]:
    """The lines that say who joined a request of somebody else, for what this person joined."""
    if not person.account:
        return []
    named = select(LineTextRow.line).where(LineTextRow.field == ACCOUNT, LineTextRow.value == person.account)
    joined = select(LineRow.number).where(LineRow.number.in_(named), LineRow.what == Happening.JOINED.value)
    return list(session.scalars(joined))


def _forget(session: Session, step: Step, requests: Sequence[int], numbers: Sequence[int]) -> int:
    """Write the line that says so, and delete. Gives how many lines lost their texts."""
    session.flush()
    of_requests = select(LineTextRow.line).join(LineRow, LineRow.number == LineTextRow.line).distinct()
    gone = sorted({*numbers, *session.scalars(of_requests.where(LineRow.request.in_(requests)))})
    facts = {"lines": as_ranges(gone), "requests": list(requests)}
    record(session, Step(step.at, step.what, step.by, facts=facts))
    for some in _in_parts(gone):
        session.execute(delete(LineTextRow).where(LineTextRow.line.in_(some)))
    if requests:
        table = Base.metadata.tables[RequestRow.__tablename__]
        _delete(session, table, table.c.id.in_(requests), (table,))
        session.expire_all()
        grants_changed(session)
    return len(gone)


def _delete(session: Session, table: Table, chosen: ColumnElement[bool], above: tuple[Table, ...]) -> None:
    """Delete rows and all that refers to them; what refers to rows of a table above is let go of, where it may be."""
    for other in Base.metadata.tables.values():
        for key in other.foreign_keys:
            if key.column.table is not table:
                continue
            refers = key.parent.in_(select(key.column).where(chosen))
            if other in above:
                session.execute(update(other).where(refers).values({key.parent.name: None}))
            else:
                _delete(session, other, refers, (*above, other))
    session.execute(delete(table).where(chosen))


def _whole(session: Session, request: int) -> dict[str, Any]:
    """A request with all that refers to it, by table, and its lines."""
    table = Base.metadata.tables[RequestRow.__tablename__]
    (own,) = session.execute(select(*table.c).where(table.c.id == request)).mappings()
    found: dict[str, Any] = {"number": number_of(request), **_plainly(own)}
    for other in Base.metadata.tables.values():
        for key in other.foreign_keys:
            if key.column.table is table and other is not table:
                rows = session.execute(select(*other.c).where(key.parent == request)).mappings()
                found[other.name] = [_plainly(one) for one in rows]
    found["steps"] = [told_plainly(one) for one in lines(session, LineRow.request == request)]
    return found


def _plainly(row: Any) -> dict[str, Any]:
    hidden = {"form"}  # what makes sending twice count once; it says nothing
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in row.items()
        if name not in hidden
    }


def _in_parts(numbers: Collection[int]) -> list[list[int]]:
    every = sorted(numbers)
    return [every[start : start + _MANY] for start in range(0, len(every), _MANY)]
