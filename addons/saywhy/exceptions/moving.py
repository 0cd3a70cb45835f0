"""A request's row within a transaction: found, held, moved along its life."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from saywhy.exceptions.request import Happening, Review, Step
from saywhy.exceptions.rows import review_of
from saywhy.exceptions.state import UNDECIDED, Event, State, next_state
from saywhy.exceptions.stored import UnknownRequest
from saywhy.exceptions.tables import RequestRow, ReviewRow
from saywhy.exceptions.trail import record


def locked(session: Session, request_id: int) -> RequestRow:
    """The row of a request, which nobody else changes until the transaction ends. Raises UnknownRequest."""
    row = session.scalar(select(RequestRow).where(RequestRow.id == request_id).with_for_update())
    if row is None:
        raise UnknownRequest(f"there is no request {request_id}")
    return row


def move(row: RequestRow, event: Event, at: datetime, *, needs_sign_off: bool = False) -> State:
    """Give the row the state after the event. Raises NotPossible."""
    appealed = row.appealed_at is not None
    state = next_state(State(row.state), event, needs_sign_off=needs_sign_off, appealed=appealed)
    row.state = state.value
    row.answered_at = None if state in UNDECIDED else at
    return state


def forget_proposal(row: RequestRow) -> None:
    """Take back what a first person would have given: it is weighed anew."""
    row.who_kind = row.who_value = row.what_kind = row.what_value = None
    row.ends, row.weighed, row.needs_two = None, None, False
    for one in row.further:
        one.weighed = None


def keep_review(session: Session, row: RequestRow, review: Review, what: Happening) -> None:
    """Keep somebody's answer, and the step that it is."""
    session.add(
        ReviewRow(
            request=row.id,
            account=review.by,
            role=review.role,
            verdict=review.verdict.value,
            reason=review.reason,
            at=review.at,
            round=review.round,
            device=review.device,
            instead=review.instead,
        )
    )
    record(session, Step(review.at, what, review.by, review.reason, row.id))


def reviews_of(session: Session, request_id: int) -> tuple[Review, ...]:
    """The answers to a request, the oldest first."""
    rows = session.scalars(select(ReviewRow).where(ReviewRow.request == request_id).order_by(ReviewRow.id))
    return tuple(review_of(row) for row in rows)
