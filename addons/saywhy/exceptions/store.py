"""The store of requests and grants. Every change reads the state and writes what follows in one transaction."""

import hashlib
import logging
import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from saywhy.decide.engine import Engine
from saywhy.exceptions import weighing
from saywhy.exceptions.accounts import Accounts
from saywhy.exceptions.database import Database
from saywhy.exceptions.details import AskedDetails, keep_details
from saywhy.exceptions.drafts import Drafts
from saywhy.exceptions.joining import Joining, others_stay, row_of_receipt, with_joined
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.opening import answers
from saywhy.exceptions.readable import readable_code
from saywhy.exceptions.request import (
    Account,
    Dossier,
    Entry,
    ExceptionRequest,
    Happening,
    Proposal,
    Review,
    Submission,
)
from saywhy.exceptions.rows import (
    UnreadableRow,
    entry_of,
    grant_of,
    request_of,
    review_of,
    row_of_grant,
    row_of_submission,
    write_proposal,
)
from saywhy.exceptions.state import UNDECIDED, Event, State, next_state
from saywhy.exceptions.tables import CounterRow, EntryRow, GrantRow, RequestRow, ReviewRow
from saywhy.policy.address import suffixes
from saywhy.policy.grant import Grant

_GRANTS = "grants"
_FINAL = (State.GRANTED, State.REFUSED)
ANSWERED_ALREADY: Final = "Somebody else asked for the same, and the answer was yes. It was opened for you as well."
_log = logging.getLogger(__name__)


class UnknownRequest(LookupError):  # noqa: N818 — reads as what it says
    """There is no such request, or no such grant."""


class Store:
    """Requests, reviews, timelines and grants behind one SQLAlchemy URL. Safe to use from several threads.

    Every method raises StoreUnavailable when the store cannot be used. `report` is told of each grant that cannot be
    read, and so is not in force.
    """

    def __init__(self, url: str, report: Callable[[str], None] = _log.error) -> None:
        self._database = Database(url)
        self._report = report
        self.accounts = Accounts(self._database)
        self.drafts = Drafts(self._database)
        self.details = AskedDetails(self._database)
        self.joining = Joining(self._database)

    def migrate(self) -> None:
        """Make the tables, or bring them up to date. Several processes may do so at once."""
        self._database.migrate()

    def close(self) -> None:
        """Give every connection back."""
        self._database.close()

    # Asking

    def submit(self, engine: Engine, made: Submission, form: str, at: datetime) -> ExceptionRequest:
        """Keep a request and give it a receipt. The same `form` again gives the request that is already there.

        Raises CannotBeAsked.
        """
        weighing.terms_of(engine, made.refusal)
        key = hashlib.sha256(f"{form} {made.refusal.code}".encode()).hexdigest()
        with self._database.writing() as session:
            there = session.scalar(select(RequestRow).where(RequestRow.form == key))
            if there is not None:
                return request_of(there)
            row = row_of_submission(made, readable_code(), key, at)
            session.add(row)
            session.flush()
            keep_details(session, row.id, made)
            _tell(session, row, Entry(at, Happening.SUBMITTED, made.asked_by))
            return request_of(row)

    def withdraw(self, receipt: str, at: datetime) -> ExceptionRequest:
        """Who asked, or joined, takes it back; it goes on while others ask it. Raises UnknownRequest, NotPossible."""
        with self._database.writing() as session:
            row = row_of_receipt(session, receipt)
            if row is None:
                raise UnknownRequest("no request has this receipt")
            next_state(State(row.state), Event.WITHDRAW, needs_sign_off=False)
            if not others_stay(session, row, receipt, at):
                _move(row, Event.WITHDRAW, at)
                _tell(session, row, Entry(at, Happening.WITHDRAWN))
            return request_of(row)

    # Answering

    def approve(  # one answer, all of its parts
        self, request_id: int, engine: Engine, by: Account, chosen: Chosen, note: str, at: datetime
    ) -> ExceptionRequest:
        """A first yes, which is a grant where the rule needs no second person.

        Raises UnknownRequest, NotPossible, CannotBeAsked, NotEntitled, Incomplete.
        """
        with self._database.writing() as session:
            row = _locked(session, request_id)
            review, proposal, needs_sign_off = weighing.approve(engine, request_of(row), by, chosen, note, at)
            state = _move(row, Event.APPROVE, at, needs_sign_off=needs_sign_off)
            write_proposal(row, proposal)
            _keep(session, row, review, Happening.APPROVED)
            if state is State.GRANTED:
                self._grant(session, engine, row, proposal, at, by.name)
            return request_of(row)

    def sign_off(self, request_id: int, engine: Engine, by: Account, note: str, at: datetime) -> ExceptionRequest:
        """A second person's yes, which makes the grant. Raises as `approve` does."""
        with self._database.writing() as session:
            row = _locked(session, request_id)
            reviews = _reviews(session, request_id)
            request = request_of(row)
            review, proposal = weighing.sign_off(engine, request, reviews, by, note, at)
            _move(row, Event.SIGN_OFF, at)
            _keep(session, row, review, Happening.SIGNED_OFF)
            self._grant(session, engine, row, proposal, at, f"{reviews[-1].by}, {by.name}")
            return request_of(row)

    def refuse(self, request_id: int, engine: Engine, by: Account, reason: str, at: datetime) -> ExceptionRequest:
        """A no, with its reason. Raises UnknownRequest, NotPossible, CannotBeAsked, NotEntitled, Incomplete."""
        with self._database.writing() as session:
            row = _locked(session, request_id)
            review = weighing.refuse(engine, request_of(row), by, reason, at)
            _move(row, Event.REFUSE, at)
            _keep(session, row, review, Happening.REFUSED)
            return request_of(row)

    def lapse(self, request_id: int, engine: Engine, by: Account, reason: str, at: datetime) -> ExceptionRequest:
        """Close a request that the policy no longer lets anybody decide. Raises as `refuse` does."""
        with self._database.writing() as session:
            row = _locked(session, request_id)
            why = weighing.may_lapse(engine, request_of(row), reason)
            _move(row, Event.LAPSE, at)
            _tell(session, row, Entry(at, Happening.LAPSED, by.name, why))
            return request_of(row)

    def revoke(self, grant_id: str, by: str, at: datetime, note: str = "") -> None:
        """End a grant now. Ending it again changes nothing. Raises UnknownRequest."""
        with self._database.writing() as session:
            row = session.scalar(select(GrantRow).where(GrantRow.id == grant_id).with_for_update())
            if row is None:
                raise UnknownRequest("no such grant")
            if row.revoked_at is not None:
                return
            row.revoked_at, row.revoked_by = at, by
            session.add(EntryRow(request=row.request, at=at, what=Happening.REVOKED.value, account=by, note=note))
            _grants_changed(session)

    # Reading

    def request(self, request_id: int) -> ExceptionRequest | None:
        """The request with this id."""
        with self._database.reading() as session:
            row = session.get(RequestRow, request_id)
            return None if row is None else request_of(row)

    def by_receipt(self, receipt: str) -> ExceptionRequest | None:
        """The request with this receipt."""
        with self._database.reading() as session:
            row = session.scalar(select(RequestRow).where(RequestRow.receipt == receipt))
            return None if row is None else request_of(row)

    def requests(
        self, states: Collection[State] = tuple(State), limit: int = 100, *, newest_first: bool = False
    ) -> tuple[ExceptionRequest, ...]:
        """Requests in these states, those that wait longest first, or those answered or asked last first."""
        order = (
            (func.coalesce(RequestRow.answered_at, RequestRow.submitted_at).desc(), RequestRow.id.desc())
            if newest_first
            else (RequestRow.id.asc(),)
        )
        chosen = select(RequestRow).where(RequestRow.state.in_([state.value for state in states]))
        with self._database.reading() as session:
            return tuple(request_of(row) for row in session.scalars(chosen.order_by(*order).limit(limit)))

    def dossier(self, request_id: int) -> Dossier | None:
        """Everything about one request."""
        with self._database.reading() as session:
            row = session.get(RequestRow, request_id)
            if row is None:
                return None
            entries = session.scalars(select(EntryRow).where(EntryRow.request == request_id).order_by(EntryRow.id))
            timeline = tuple(entry_of(one) for one in entries)
            grant_row = session.scalar(select(GrantRow).where(GrantRow.request == request_id))
            grant = None if grant_row is None else self._readable(grant_row, row.rule)
            revoked_at = None if grant_row is None else grant_row.revoked_at
            return Dossier(request_of(row), _reviews(session, request_id), timeline, grant, revoked_at)

    def asked_for(self, hosts: Collection[str]) -> Mapping[str, int]:
        """How many requests there ever were for each of these sites."""
        counted = select(RequestRow.host, func.count()).where(RequestRow.host.in_(hosts)).group_by(RequestRow.host)
        with self._database.reading() as session:
            return dict(session.execute(counted).all())

    def answered_for(self, hosts: Collection[str], limit: int = 200) -> tuple[tuple[ExceptionRequest, Review], ...]:
        """Earlier answers (granted, refused) for these sites with their last review, the newest first."""
        last = select(func.max(ReviewRow.id)).group_by(ReviewRow.request)
        chosen = (
            select(RequestRow, ReviewRow)
            .join(ReviewRow, ReviewRow.request == RequestRow.id)
            .where(ReviewRow.id.in_(last), RequestRow.host.in_(hosts))
            .where(RequestRow.state.in_([state.value for state in _FINAL]))
            .order_by(ReviewRow.id.desc())
            .limit(limit)
        )
        with self._database.reading() as session:
            return tuple((request_of(row), review_of(review)) for row, review in session.execute(chosen))

    def counts_by_state(self) -> Mapping[State, int]:
        """How many requests there are in each state; every state is there."""
        counted = select(RequestRow.state, func.count()).group_by(RequestRow.state)
        with self._database.reading() as session:
            found = dict(session.execute(counted).all())
        return {state: found.get(state.value, 0) for state in State}

    # Grants

    def live_grants(self, now: datetime, host: str | None = None) -> tuple[Grant, ...]:
        """Every grant that is not over; with a host, only those that may be about it.

        One that cannot be read is left out and reported, never widened.
        """
        living = (
            select(GrantRow, RequestRow.rule)
            .join(RequestRow, RequestRow.id == GrantRow.request)
            .where(GrantRow.revoked_at.is_(None), GrantRow.ends > now)
            .order_by(GrantRow.id)
        )
        if host is not None:
            living = living.where(_may_be_about(host))
        with self._database.reading() as session:
            read = [self._readable(row, rule) for row, rule in session.execute(living)]
            return with_joined(session, (grant for grant in read if grant is not None))

    def endings(self, requests: Collection[int]) -> Mapping[int, tuple[datetime, datetime | None]]:
        """When the permits of these requests end, and when they were ended early."""
        chosen = select(GrantRow.request, GrantRow.ends, GrantRow.revoked_at).where(GrantRow.request.in_(requests))
        with self._database.reading() as session:
            return {request: (ends, revoked_at) for request, ends, revoked_at in session.execute(chosen)}

    def change_number(self) -> int:
        """A number that every change to a grant raises: one row by its key, cheap enough to ask twice a second."""
        with self._database.reading() as session:
            return session.scalar(select(CounterRow.value).where(CounterRow.name == _GRANTS)) or 0

    def _grant(
        self, session: Session, engine: Engine, row: RequestRow, proposal: Proposal, at: datetime, approved_by: str
    ) -> None:
        made = row_of_grant(secrets.token_hex(8), row.id, proposal, at, approved_by)
        session.add(made)
        _grants_changed(session)
        # Who waits for the same has their answer with this one.
        waiting = select(RequestRow).where(
            RequestRow.state.in_([state.value for state in UNDECIDED]),
            RequestRow.host == row.host,
            RequestRow.id != row.id,
        )
        grant = grant_of(made, row.rule)
        for other in session.scalars(waiting.order_by(RequestRow.id).with_for_update()):
            if answers(engine, request_of(other), grant, at):
                _move(other, Event.LAPSE, at)
                _tell(session, other, Entry(at, Happening.LAPSED, approved_by, ANSWERED_ALREADY))

    def _readable(self, row: GrantRow, rule: str) -> Grant | None:
        try:
            return grant_of(row, rule)
        except UnreadableRow as fault:
            self._report(f"grant {row.id} cannot be read and is not in force: {fault}")
            return None


def _may_be_about(host: str) -> ColumnElement[bool]:
    names = tuple(suffixes(host))
    pages = (GrantRow.what_value.startswith(f"https://{name}/", autoescape=True) for name in names)
    return or_(
        GrantRow.what_kind == "app",
        and_(GrantRow.what_kind == "site", GrantRow.what_value.in_(names)),
        and_(GrantRow.what_kind == "page", or_(*pages)),
    )


def _locked(session: Session, request_id: int) -> RequestRow:
    row = session.scalar(select(RequestRow).where(RequestRow.id == request_id).with_for_update())
    if row is None:
        raise UnknownRequest(f"there is no request {request_id}")
    return row


def _move(row: RequestRow, event: Event, at: datetime, *, needs_sign_off: bool = False) -> State:
    state = next_state(State(row.state), event, needs_sign_off=needs_sign_off)
    row.state = state.value
    row.answered_at = None if state is State.AWAITING_SIGN_OFF else at
    return state


def _tell(session: Session, row: RequestRow, entry: Entry) -> None:
    session.add(EntryRow(request=row.id, at=entry.at, what=entry.what.value, account=entry.by, note=entry.note))


def _keep(session: Session, row: RequestRow, review: Review, what: Happening) -> None:
    session.add(
        ReviewRow(
            request=row.id,
            account=review.by,
            role=review.role,
            verdict=review.verdict.value,
            reason=review.reason,
            at=review.at,
        )
    )
    _tell(session, row, Entry(review.at, what, review.by, review.reason))


def _reviews(session: Session, request_id: int) -> tuple[Review, ...]:
    rows = session.scalars(select(ReviewRow).where(ReviewRow.request == request_id).order_by(ReviewRow.id))
    return tuple(review_of(row) for row in rows)


def _grants_changed(session: Session) -> None:
    session.execute(update(CounterRow).where(CounterRow.name == _GRANTS).values(value=CounterRow.value + 1))
