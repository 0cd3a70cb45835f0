"""One step of a request inside of a transaction: find it, move it, keep what was said."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from saywhy.exceptions.request import Entry, Happening, Review
from saywhy.exceptions.rows import review_of
from saywhy.exceptions.state import Event, State, next_state
from saywhy.exceptions.tables import CounterRow, EntryRow, RequestRow, ReviewRow

GRANTS = "grants"


class UnknownRequest(LookupError):  # noqa: N818 — reads as what it says
    """There is no such request, or no such grant."""


def locked(session: Session, request_id: int) -> RequestRow:
    """The row of a request, which nobody else changes until this transaction ends. Raises UnknownRequest."""
    row = session.scalar(select(RequestRow).where(RequestRow.id == request_id).with_for_update())
    if row is None:
        raise UnknownRequest(f"there is no request {request_id}")
    return row


def by_its_receipt(session: Session, receipt: str) -> RequestRow:
    """As `locked`, for whoever holds the receipt. Raises UnknownRequest."""
    row = session.scalar(select(RequestRow).where(RequestRow.receipt == receipt).with_for_update())
    if row is None:
        raise UnknownRequest("no request has this receipt")
    return row


def move(row: RequestRow, event: Event, at: datetime, *, needs_sign_off: bool = False) -> State:
    """Move a request along the table. Raises NotPossible."""
    appealed = row.appealed_at is not None
    state = next_state(State(row.state), event, needs_sign_off=needs_sign_off, appealed=appealed)
    row.state = state.value
    row.answered_at = at if state in (State.GRANTED, State.REFUSED, State.WITHDRAWN, State.LAPSED) else None
    return state


def tell(session: Session, row: RequestRow, entry: Entry) -> None:
    """Write a line of the timeline."""
    session.add(EntryRow(request=row.id, at=entry.at, what=entry.what.value, account=entry.by, note=entry.note))


def keep(session: Session, row: RequestRow, review: Review, what: Happening) -> None:
    """Keep somebody's answer, and its line of the timeline."""
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
    tell(session, row, Entry(review.at, what, review.by, review.reason))


def reviews_of(session: Session, request_id: int) -> tuple[Review, ...]:
    """Everything that was answered, in order."""
    rows = session.scalars(select(ReviewRow).where(ReviewRow.request == request_id).order_by(ReviewRow.id))
    return tuple(review_of(row) for row in rows)


def grants_changed(session: Session) -> None:
    """Raise the number that tells the workers to read the grants anew."""
    session.execute(update(CounterRow).where(CounterRow.name == GRANTS).values(value=CounterRow.value + 1))
