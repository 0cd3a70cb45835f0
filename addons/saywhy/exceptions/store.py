"""The store of requests and grants. Every change reads the state and writes what follows in one transaction."""

import hashlib
import logging
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from saywhy.decide.engine import Engine
from saywhy.exceptions import weighing
from saywhy.exceptions.accounts import Accounts
from saywhy.exceptions.database import Database
from saywhy.exceptions.deciding import Deciding
from saywhy.exceptions.readable import readable_code
from saywhy.exceptions.request import (
    Dossier,
    Entry,
    ExceptionRequest,
    Happening,
    Review,
    Submission,
)
from saywhy.exceptions.rows import (
    UnreadableRow,
    entry_of,
    grant_of,
    request_of,
    review_of,
    row_of_submission,
)
from saywhy.exceptions.state import State
from saywhy.exceptions.steps import GRANTS, reviews_of, tell
from saywhy.exceptions.tables import CounterRow, EntryRow, GrantRow, RequestRow, ReviewRow
from saywhy.policy.address import suffixes
from saywhy.policy.grant import Grant

_FINAL = (State.GRANTED, State.REFUSED)
_log = logging.getLogger(__name__)


class Store(Deciding):
    """Requests, reviews, timelines and grants behind one SQLAlchemy URL. Safe to use from several threads.

    Every method raises StoreUnavailable when the store cannot be used. `report` is told of each grant that cannot be
    read, and so is not in force.
    """

    def __init__(self, url: str, report: Callable[[str], None] = _log.error) -> None:
        self._database = Database(url)
        self._report = report
        self.accounts = Accounts(self._database)

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
            tell(session, row, Entry(at, Happening.SUBMITTED, made.asked_by))
            return request_of(row)

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
            ended_at = None if grant_row is None else grant_row.ended_at
            return Dossier(request_of(row), reviews_of(session, request_id), timeline, grant, revoked_at, ended_at)

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
            .where(GrantRow.revoked_at.is_(None), GrantRow.ended_at.is_(None), GrantRow.ends > now)
            .order_by(GrantRow.id)
        )
        if host is not None:
            living = living.where(_may_be_about(host))
        with self._database.reading() as session:
            read = [self._readable(row, rule) for row, rule in session.execute(living)]
        return tuple(grant for grant in read if grant is not None)

    def endings(self, requests: Collection[int]) -> Mapping[int, tuple[datetime, datetime | None]]:
        """When the permits of these requests end, and when they were ended early."""
        chosen = select(GrantRow.request, GrantRow.ends, GrantRow.revoked_at).where(GrantRow.request.in_(requests))
        with self._database.reading() as session:
            return {request: (ends, revoked_at) for request, ends, revoked_at in session.execute(chosen)}

    def change_number(self) -> int:
        """A number that every change to a grant raises: one row by its key, cheap enough to ask twice a second."""
        with self._database.reading() as session:
            return session.scalar(select(CounterRow.value).where(CounterRow.name == GRANTS)) or 0

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
