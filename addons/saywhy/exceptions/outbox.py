"""What is to be told to people, from the transaction that it happened in to the mail server's "taken".

Three steps, each one transaction, so that a process killed anywhere loses nothing: `trail.record` writes what happened in the
transaction that it happened in; `spread` makes of it a notice for each recipient; `gather` makes of a recipient's notices one
message, whole as it will be sent, with an id that every try of it carries. `take` hands a message out and puts the next try
off in the same breath: whoever took it and died has failed once, and it is sent again, under the same id.
"""

import hashlib
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from saywhy.exceptions.asking import answer_question
from saywhy.exceptions.asking_tables import JoinRow
from saywhy.exceptions.database import Database
from saywhy.exceptions.mail_address import MailAddress, MailAddressError
from saywhy.exceptions.request import ExceptionRequest, Happening, Step
from saywhy.exceptions.rows import request_of
from saywhy.exceptions.sentences import is_an_answer
from saywhy.exceptions.state import State
from saywhy.exceptions.tables import RequestRow
from saywhy.exceptions.telling_tables import DeliveryRow, NoticeRow, OutboxRow, ReplyRow
from saywhy.exceptions.trail import record
from saywhy.policy.policy import Policy

_AT_ONCE: Final = 200  # rows that one transaction works through
_MOST_REPLIES: Final = 20  # to one request within an hour
_HOUR: Final = timedelta(hours=1)
_REPLIES_KEPT: Final = timedelta(days=30)  # longer than mail servers go on trying
_SENT_KEPT: Final = timedelta(days=2)  # longer than anything is gathered for
_WAITS_FOR: Final = timedelta(days=4)


class TooManyReplies(Exception):  # noqa: N818 — reads as what it says
    """So many replies came to one request within an hour that no more are taken now."""


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened to a request, and its state right after it.

    `mail` is the address that was given on the form; `joined` are the accounts that joined and did not leave.
    """

    request: ExceptionRequest
    what: str
    state: State
    by: str
    at: datetime
    mail: MailAddress | None = None
    joined: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """What one recipient is to be told. One that is `gathered` may wait until others of its kind go with it."""

    recipient: str
    kind: str
    gathered: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that waits, with its request as it stands now."""

    kind: str
    request: ExceptionRequest
    at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to be sent now, for the nth time (from 1)."""

    id: str
    recipient: str
    body: str
    made_at: datetime
    attempt: int


class Outbox:
    """What is to be told. Every method raises StoreUnavailable when the store cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def spread(self, audience: Callable[[News], Collection[Notice]]) -> int:
        """Make notices of what happened, the oldest first. How many happenings there were; some may be left."""
        if not self._is_any(select(OutboxRow.id)):
            return 0
        with self._database.writing() as session:
            chosen = select(OutboxRow).order_by(OutboxRow.id).limit(_AT_ONCE).with_for_update(skip_locked=True)
            rows = session.scalars(chosen).all()
            for row in rows:
                asked = session.get_one(RequestRow, row.request)
                try:
                    news = _news(session, row, asked)
                except ValueError:  # a row that no version of this program wrote must not keep others waiting
                    news = None
                for notice in () if news is None else audience(news):
                    _add(session, notice, row)
                session.delete(row)
            return len(rows)

    def drop(self) -> None:
        """Let go of all that happened and was not told yet: there is nobody to tell."""
        if self._is_any(select(OutboxRow.id)):
            with self._database.writing() as session:
                session.execute(delete(OutboxRow))

    def gather(
        self,
        now: datetime,
        settled: timedelta,
        between: timedelta,
        compose: Callable[[str, str, Sequence[Waiting]], str | None],
    ) -> int:
        """Make messages of notices. How many were made.

        What may be gathered waits until it is `settled`, and until the last such message to its recipient was made the time
        `between` ago. `compose` is given the message's id, its recipient and what it tells of, the oldest first; it gives
        the message, or None where there is nothing left to tell.
        """
        if not self._is_any(select(NoticeRow.id)):
            return 0
        with self._database.writing() as session:
            made = 0
            oldest = func.min(NoticeRow.at)
            kinds = select(NoticeRow.recipient, NoticeRow.gathered).group_by(NoticeRow.recipient, NoticeRow.gathered)
            due = kinds.having((oldest <= now - settled) | ~NoticeRow.gathered).order_by(oldest).limit(_AT_ONCE)
            for recipient, gathered in session.execute(due).all():
                if not gathered or not _told_lately(session, recipient, now, between):
                    made += _gathered(session, recipient, now, compose, gathered=gathered)
            return made

    def take(self, now: datetime, again_at: Callable[[int], datetime], channel: str) -> Delivery | None:
        """The message that waits longest, None where none is due. `again_at` says when it is tried again, by the try's number.

        A recipient's channel is what stands before its first colon.
        """
        of_channel = DeliveryRow.recipient.startswith(f"{channel}:", autoescape=True)
        if not self._is_any(select(DeliveryRow.id).where(DeliveryRow.next_at <= now, of_channel)):
            return None
        with self._database.writing() as session:
            due = select(DeliveryRow).where(DeliveryRow.next_at <= now, of_channel)
            row = session.scalar(due.order_by(DeliveryRow.next_at).limit(1).with_for_update(skip_locked=True))
            if row is None:
                return None
            row.attempts += 1
            row.next_at = again_at(row.attempts)
            return Delivery(row.id, row.recipient, row.body, row.made_at, row.attempts)

    def put(self, messages: Collection[tuple[str, str, str]], now: datetime) -> None:
        """Put messages about no request on their way: an id, a recipient and a body each. An id that is there is not put again."""
        with self._database.writing() as session:
            for id_, recipient, body in messages:
                if session.get(DeliveryRow, id_) is None:
                    session.add(_delivery(id_, recipient, body, now, gathered=False))

    def sent(self, delivery: Delivery) -> None:
        """It was taken at the other end. What it said is let go of."""
        self._end(delivery.id, sent=True)

    def give_up(self, delivery: Delivery) -> None:
        """It is not tried again. What it said is let go of."""
        self._end(delivery.id, sent=False)

    def waiting(self) -> int:
        """How many messages are not sent yet, those that are not even made among them."""
        with self._database.reading() as session:
            counts = (
                select(func.count()).select_from(DeliveryRow).where(DeliveryRow.next_at.is_not(None)),
                select(func.count()).select_from(NoticeRow),
            )
            return sum(session.scalar(one) or 0 for one in counts)

    def forget(self, now: datetime) -> int:
        """Take away what is over, and what nobody could be told of for days. How many of the latter there were."""
        over = DeliveryRow.next_at.is_(None)
        with self._database.writing() as session:
            session.execute(delete(DeliveryRow).where(over, DeliveryRow.made_at < now - _SENT_KEPT))
            session.execute(delete(ReplyRow).where(ReplyRow.at < now - _REPLIES_KEPT))
            before = now - _WAITS_FOR
            lost = (
                delete(DeliveryRow).where(~over, DeliveryRow.made_at < before).returning(DeliveryRow.id),
                delete(OutboxRow).where(OutboxRow.at < before).returning(OutboxRow.id),
            )
            return sum(len(session.scalars(one).all()) for one in lost)

    def reply(  # one message, all of its parts
        self, request: int, by: str, text: str, message: str, at: datetime, policy: Policy | None = None
    ) -> bool:
        """Put what somebody said by mail on a request's timeline; False where this very message is there already.

        `by` is an account, or empty for who asked: what they say answers the question that they were asked, where there is
        one. `message` tells one message from others. Raises TooManyReplies, LookupError.
        """
        key = hashlib.sha256(f"{request} {by} {message}".encode()).hexdigest()
        with self._database.writing() as session:
            row = session.get(RequestRow, request, with_for_update=True)
            if row is None:
                raise LookupError(f"there is no request {request}")
            if session.get(ReplyRow, key) is not None:
                return False
            lately = select(func.count()).where(ReplyRow.request == request, ReplyRow.at > at - _HOUR)
            if (session.scalar(lately) or 0) >= _MOST_REPLIES:
                raise TooManyReplies(f"more than {_MOST_REPLIES} replies to one request within an hour")
            session.add(ReplyRow(key=key, request=request, at=at))
            asker = (not by or bool(request_of(row).receipt_of(by))) and is_an_answer(text)
            if asker and row.state == State.QUESTION.value:
                answer_question(session, row, policy, Step(at, Happening.ANSWERED, by, text, request))
            else:
                record(session, Step(at, Happening.SAID_BY_MAIL, by, text, request))
            return True

    def address_of(self, request: int) -> MailAddress | None:
        """The address that was given on the form of this request."""
        with self._database.reading() as session:
            return _address(session.scalar(select(RequestRow.mail).where(RequestRow.id == request)))

    def _is_any(self, chosen: Select[Any]) -> bool:
        """Whether there is such a row: asked for often, and without keeping those from writing who wait for a page."""
        with self._database.reading() as session:
            return session.scalar(chosen.limit(1)) is not None

    def _end(self, delivery: str, *, sent: bool) -> None:
        with self._database.writing() as session:
            row = session.get(DeliveryRow, delivery)
            if row is not None:
                row.next_at, row.sent, row.body = None, sent, ""


def _news(session: Session, row: OutboxRow, asked: RequestRow) -> News:
    joins = select(JoinRow.account).where(
        JoinRow.request == asked.id, JoinRow.left_at.is_(None), JoinRow.account != "", JoinRow.at <= row.at
    )
    joined = tuple(dict.fromkeys(session.scalars(joins.order_by(JoinRow.id))))
    return News(request_of(asked), row.what, State(row.state), row.account, row.at, _address(asked.mail), joined)


def _address(text: str | None) -> MailAddress | None:
    try:
        return None if text is None else MailAddress.parse(text)
    except MailAddressError:
        return None


def _add(session: Session, notice: Notice, row: OutboxRow) -> None:
    there = select(NoticeRow.id).where(
        NoticeRow.recipient == notice.recipient, NoticeRow.request == row.request, NoticeRow.kind == notice.kind
    )
    if session.scalar(there) is None:  # said twice, it is told once
        session.add(
            NoticeRow(
                recipient=notice.recipient,
                request=row.request,
                kind=notice.kind,
                gathered=notice.gathered,
                at=row.at,
            )
        )
        session.flush()


def _told_lately(session: Session, recipient: str, now: datetime, between: timedelta) -> bool:
    told = select(DeliveryRow.id).where(
        DeliveryRow.recipient == recipient,
        DeliveryRow.gathered,
        DeliveryRow.made_at > now - between,
        DeliveryRow.made_at <= now,  # a clock that was set back keeps nobody waiting
    )
    return session.scalar(told.limit(1)) is not None


def _gathered(
    session: Session,
    recipient: str,
    now: datetime,
    compose: Callable[[str, str, Sequence[Waiting]], str | None],
    *,
    gathered: bool,
) -> int:
    """One message of all that waits together; where nothing is gathered, one for each request."""
    chosen = select(NoticeRow).where(NoticeRow.recipient == recipient, NoticeRow.gathered == gathered)
    rows = session.scalars(chosen.order_by(NoticeRow.id).with_for_update(skip_locked=True)).all()
    letters = [list(rows)] if gathered else [[row] for row in rows]
    made = 0
    for letter in filter(None, letters):
        told = [one for row in letter if (one := _waiting(session, row)) is not None]
        id_ = secrets.token_hex(12)
        body = compose(id_, recipient, told) if told else None
        if body is not None:
            session.add(_delivery(id_, recipient, body, now, gathered=gathered))
            made += 1
        for row in letter:
            session.delete(row)
    return made


def _waiting(session: Session, row: NoticeRow) -> Waiting | None:
    try:
        return Waiting(row.kind, request_of(session.get_one(RequestRow, row.request)), row.at)
    except ValueError:  # as above
        return None


def _delivery(id_: str, recipient: str, body: str, now: datetime, *, gathered: bool) -> DeliveryRow:
    return DeliveryRow(
        id=id_,
        recipient=recipient,
        gathered=gathered,
        body=body,
        made_at=now,
        attempts=0,
        next_at=now,
        sent=False,
    )
