"""The store's reading side: requests, their dossiers, what was answered before, how many there are."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from saywhy.exceptions.moving import reviews_of
from saywhy.exceptions.permits import Permits
from saywhy.exceptions.request import Dossier, ExceptionRequest, Happening, Review, Step
from saywhy.exceptions.rows import request_of, review_of
from saywhy.exceptions.state import State
from saywhy.exceptions.tables import GrantRow, RequestRow, ReviewRow
from saywhy.exceptions.trail import looked_since, record, timeline_of

_ONE_LOOK: Final = timedelta(minutes=15)
_FINAL = (State.GRANTED, State.REFUSED)


class Reading(Permits):
    """What is read; that somebody looked is kept."""

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
            grant_row = session.scalar(select(GrantRow).where(GrantRow.request == request_id))
            grant = None if grant_row is None else self.readable_grant(grant_row, row.rule)
            revoked_at = None if grant_row is None else grant_row.revoked_at
            return Dossier(
                request_of(row),
                reviews_of(session, request_id),
                timeline_of(session, request_id),
                grant,
                revoked_at,
                None if grant_row is None else grant_row.ended_at,
            )

    def looked(self, request_id: int, by: str, at: datetime) -> None:
        """Keep that somebody looked at what was asked: once in a quarter of an hour, whatever is clicked there."""
        with self._database.reading() as session:
            if session.get(RequestRow, request_id) is None or looked_since(session, request_id, by, at - _ONE_LOOK):
                return
        with self._database.writing() as session:
            record(session, Step(at, Happening.LOOKED, by, request=request_id))

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
