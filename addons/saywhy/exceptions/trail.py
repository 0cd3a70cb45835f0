"""The audit trail: every step of every request, kept in the transaction of the change that it tells of."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from saywhy.exceptions.request import Happening, Step
from saywhy.exceptions.tables import EntryRow


def record(session: Session, step: Step) -> None:
    """Keep a step. The one way in: whatever happens in the store is told here, in the same transaction."""
    session.add(EntryRow(request=step.request, at=step.at, what=step.what.value, account=step.by, note=step.note))


def timeline_of(session: Session, request_id: int) -> tuple[Step, ...]:
    """The steps of a request, the oldest first."""
    rows = session.scalars(select(EntryRow).where(EntryRow.request == request_id).order_by(EntryRow.id))
    return tuple(Step(row.at, Happening(row.what), row.account, row.note, row.request) for row in rows)
