"""Asking together: who asks for what somebody else asks for joins, and has a receipt of their own.

One entry for those who decide. An answer answers all: a permit for the device that asked is one for each device that
joined; a permit for a group is theirs anyway.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, delete, func, select
from sqlalchemy.orm import Session

from saywhy.exceptions.asking_tables import DetailsRow, JoinRow
from saywhy.exceptions.database import Database
from saywhy.exceptions.readable import readable_code
from saywhy.exceptions.request import ExceptionRequest, Happening, Refusal, Step
from saywhy.exceptions.rows import request_of
from saywhy.exceptions.state import UNDECIDED, Event, NotPossible, State
from saywhy.exceptions.tables import RequestRow
from saywhy.exceptions.telling_tables import NoticeRow, OutboxRow
from saywhy.exceptions.trail import record
from saywhy.policy.grant import Grant, GrantScope


class NotTheSame(Exception):  # noqa: N818 — reads as what it says
    """Somebody asked for something else, or for other people; so one answer would not answer both."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one code stands for: a request, and whether its holder asked it or joined.

    `refusal` is what this person met; `left_at` is when they took it back while others went on asking.
    """

    code: str
    request: ExceptionRequest
    refusal: Refusal
    joined_at: datetime | None = None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alike:
    """A request that waits for the same, and how many people ask it."""

    request: ExceptionRequest
    people: int
    own: bool  # this very browser asked it, or joined


class Joining:
    """Joining in the store. Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def join(self, request: int, refusal: Refusal, account: str, browser: str, at: datetime) -> str:
        """Join a request that waits; the receipt. Once more from the same browser gives the same receipt.

        Raises NotPossible where it is answered, NotTheSame where it asks for something else.
        """
        with self._database.writing() as session:
            row = session.scalar(select(RequestRow).where(RequestRow.id == request).with_for_update())
            if row is None or not _same(row, refusal):
                raise NotTheSame
            if State(row.state) not in UNDECIDED:
                raise NotPossible(State(row.state), Event.APPROVE)
            there = session.scalar(select(JoinRow).where(JoinRow.request == request, JoinRow.browser == browser))
            if there is None:
                there = JoinRow(request=request, receipt=readable_code(), browser=browser, account=account, at=at)
                there.code, there.device, there.place = refusal.code, refusal.device, refusal.place
                session.add(there)
            elif there.left_at is None:
                return there.receipt
            there.left_at = None
            record(session, Step(at, Happening.JOINED, account, request=request))
            return there.receipt

    def receipt(self, code: str) -> Receipt | None:
        """What a code stands for."""
        with self._database.reading() as session:
            row = session.scalar(select(RequestRow).where(RequestRow.receipt == code))
            if row is not None:
                return _own(session, row)
            found = session.execute(_with_request().where(JoinRow.receipt == code)).one_or_none()
            return None if found is None else _of_join(found[0], found[1])

    def of_account(self, account: str, limit: int = 100) -> tuple[Receipt, ...]:
        """What somebody who signed in asked or joined, the newest first."""
        with self._database.reading() as session:
            asked = session.scalars(
                select(RequestRow).where(RequestRow.asked_by == account).order_by(RequestRow.id.desc()).limit(limit)
            )
            own = [_own(session, row) for row in asked]
            joins = _with_request().where(JoinRow.account == account).order_by(JoinRow.id.desc()).limit(limit)
            joined = [_of_join(join, row) for join, row in session.execute(joins)]
        return tuple(sorted((*own, *joined), key=lambda one: one.joined_at or one.request.submitted_at, reverse=True))

    def alike(self, refusal: Refusal, browser: str, limit: int = 20) -> tuple[Alike, ...]:
        """The requests that wait for the same, the oldest first."""
        chosen = (
            select(RequestRow)
            .where(RequestRow.state.in_([state.value for state in UNDECIDED]), RequestRow.host == refusal.host)
            .order_by(RequestRow.id)
        )
        with self._database.reading() as session:
            rows = [row for row in session.scalars(chosen) if _same(row, refusal)][:limit]
            counts = _counts(session, [row.id for row in rows])
            return tuple(
                Alike(
                    request_of(row),
                    counts.get(row.id, 0) + (not _left(session, row.id)),
                    _is_own(session, row.id, browser),
                )
                for row in rows
            )

    def counts(self, requests: Collection[int]) -> Mapping[int, int]:
        """How many joined each of these requests; those that nobody joined are not there."""
        with self._database.reading() as session:
            return _counts(session, requests)


def others_stay(session: Session, row: RequestRow, code: str, at: datetime) -> bool:
    """Let the holder of a receipt leave a request; whether anybody else still asks it. Raises NotPossible once they left."""
    join = session.scalar(select(JoinRow).where(JoinRow.receipt == code))
    details = session.get(DetailsRow, row.id)
    if details is None:  # asked before there were details
        details = DetailsRow(request=row.id, purpose="", who="", span="", news="", browser="")
        session.add(details)
    leaving: JoinRow | DetailsRow = details if join is None else join
    if leaving.left_at is not None:
        raise NotPossible(State.WITHDRAWN, Event.WITHDRAW)
    leaving.left_at = at
    session.flush()
    return details.left_at is None or bool(_counts(session, [row.id]))


def has_left(session: Session, row: RequestRow, code: str) -> bool:
    """Whether the holder of a receipt took it back while others went on asking."""
    join = session.scalar(select(JoinRow).where(JoinRow.receipt == code))
    return _left(session, row.id) if join is None else join.left_at is not None


def with_joined(session: Session, grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """The permits, and for each that is for the device that asked, one for every device that joined.

    Who asked and left it to the others has none.
    """
    found = tuple(grants)
    asked = [int(one.request) for one in found if one.who.device is not None and one.request.isdigit()]
    if not asked:
        return found
    joins: dict[str, list[JoinRow]] = {}
    for join in session.scalars(select(JoinRow).where(JoinRow.request.in_(asked), JoinRow.left_at.is_(None))):
        joins.setdefault(str(join.request), []).append(join)
    left = select(DetailsRow.request).where(DetailsRow.request.in_(asked), DetailsRow.left_at.is_not(None))
    gone = {str(request) for request in session.scalars(left)}
    given: list[Grant] = []
    for one in found:
        if one.who.device is None or one.request not in gone:
            given.append(one)
        if one.who.device is not None:
            devices = {join.device: join.id for join in joins.get(one.request, ()) if join.device}
            for device, number in devices.items():
                if device != one.who.device or one.request in gone:
                    with suppress(ValueError):  # what cannot be read opens nothing
                        given.append(replace(one, id=f"{one.id}-{number}", who=GrantScope(device=device)))
    return tuple(given)


def joins_of(receipt: str, device: str, account: str) -> ColumnElement[bool]:
    """The joins of somebody, by what is known of them: one of the three."""
    if receipt:
        return JoinRow.receipt == receipt
    if device:
        return JoinRow.device == device
    return and_(JoinRow.account == account, JoinRow.account != "")


def leave_all(session: Session, whose: ColumnElement[bool], by: str, at: datetime) -> int:
    """Take somebody out of what they joined, and all that is known of them there; others go on asking."""
    joins = session.scalars(select(JoinRow).where(whose).order_by(JoinRow.id)).all()
    for join in joins:
        if join.left_at is None:
            record(session, Step(at, Happening.LEFT, by, request=join.request))
        if join.account:  # what is not told yet names them as well
            session.execute(
                delete(OutboxRow).where(OutboxRow.request == join.request, OutboxRow.account == join.account)
            )
            told = NoticeRow.recipient.endswith(f":{join.account}", autoescape=True)
            session.execute(delete(NoticeRow).where(NoticeRow.request == join.request, told))
        session.delete(join)
    return len(joins)


def row_of_receipt(session: Session, code: str) -> RequestRow | None:
    """The request behind a receipt, whoever holds it, locked."""
    joined = select(JoinRow.request).where(JoinRow.receipt == code)
    chosen = select(RequestRow).where((RequestRow.receipt == code) | RequestRow.id.in_(joined))
    return session.scalar(chosen.with_for_update())


def _same(row: RequestRow, refusal: Refusal) -> bool:
    theirs = (row.host, row.url, row.rule, tuple(row.groups))
    return theirs == (refusal.host, refusal.url, refusal.rule, tuple(refusal.groups))


def _with_request() -> Select[JoinRow, RequestRow]:
    return select(JoinRow, RequestRow).join(RequestRow, RequestRow.id == JoinRow.request)


def _own(session: Session, row: RequestRow) -> Receipt:
    details = session.get(DetailsRow, row.id)
    asked = request_of(row)
    return Receipt(asked.receipt, asked, asked.refusal, None, None if details is None else details.left_at)


def _of_join(join: JoinRow, row: RequestRow) -> Receipt:
    asked = request_of(row)
    refusal = replace(asked.refusal, code=join.code, device=join.device, place=join.place)
    return Receipt(join.receipt, asked, refusal, join.at, join.left_at)


def _counts(session: Session, requests: Collection[int]) -> dict[int, int]:
    counted = select(JoinRow.request, func.count()).where(JoinRow.request.in_(requests), JoinRow.left_at.is_(None))
    return dict(session.execute(counted.group_by(JoinRow.request)).all())


def _left(session: Session, request: int) -> bool:
    details = session.get(DetailsRow, request)
    return details is not None and details.left_at is not None


def _is_own(session: Session, request: int, browser: str) -> bool:
    if not browser:
        return False
    details = session.get(DetailsRow, request)
    if details is not None and details.browser == browser and details.left_at is None:
        return True
    mine = select(JoinRow.id).where(JoinRow.request == request, JoinRow.browser == browser, JoinRow.left_at.is_(None))
    return session.scalar(mine) is not None
