"""The store's grants: given, ended, and followed by those who decide."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from saywhy.decide.engine import Engine
from saywhy.exceptions.as_kept import PERMIT, permit_as_kept
from saywhy.exceptions.granted_hosts import may_be_about
from saywhy.exceptions.joining import with_joined
from saywhy.exceptions.moving import move
from saywhy.exceptions.opening import answers
from saywhy.exceptions.request import Happening, Proposal, Step
from saywhy.exceptions.rows import UnreadableRow, grant_of, grants_with, request_of, row_of_grant, write_proposal
from saywhy.exceptions.state import UNDECIDED, Event
from saywhy.exceptions.stored import Stored, UnknownRequest
from saywhy.exceptions.tables import CounterRow, GrantRow, RequestRow
from saywhy.exceptions.trail import record
from saywhy.policy.grant import Grant

_GRANTS: Final = "grants"
ANSWERED_ALREADY: Final = "Somebody else asked for the same, and the answer was yes. It was opened for you as well."


class PermitOver(Exception):  # noqa: N818 — reads as what it says
    """A permit is over already, so it cannot be ended early."""


class Permits(Stored):
    """Grants in force, and their ends."""

    def revoke(self, grant_id: str, by: str, at: datetime, note: str = "") -> None:
        """End a grant now that is still in force. Raises UnknownRequest, PermitOver."""
        with self._database.writing() as session:
            row = session.scalar(select(GrantRow).where(GrantRow.id == grant_id).with_for_update())
            if row is None:
                raise UnknownRequest("no such grant")
            if row.revoked_at is not None or row.ended_at is not None or row.ends <= at:
                raise PermitOver
            row.revoked_at, row.revoked_by = at, by
            record(session, Step(at, Happening.REVOKED, by, note, row.request))
            grants_changed(session)

    def note_endings(self, now: datetime, known: Collection[str] = ()) -> int:
        """Write down which grants are over, so that a clock that is set back revives none. Gives how many are new.

        `known` are those that somebody saw end, whatever the clock says by now.
        """
        seen = {one.partition("-")[0] for one in known}  # what a device has that joined is of the same permit
        ended = GrantRow.ends <= now if not seen else or_(GrantRow.ends <= now, GrantRow.id.in_(seen))
        over = GrantRow.ended_at.is_(None) & GrantRow.revoked_at.is_(None) & ended
        with self._database.reading() as session:
            if session.scalar(select(GrantRow.id).where(over).limit(1)) is None:
                return 0  # nothing to write, and no lock to wait for
        with self._database.writing() as session:
            new = session.execute(update(GrantRow).where(over).values(ended_at=now).returning(GrantRow.id)).all()
            if new:
                grants_changed(session)
            return len(new)

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
            living = living.where(may_be_about(host))
        with self._database.reading() as session:
            read = [grant for row, rule in session.execute(living) for grant in self._all_of(row, rule)]
            return with_joined(session, read)

    def endings(self, requests: Collection[int]) -> Mapping[int, tuple[datetime, datetime | None]]:
        """When the permits of these requests end, and when they were ended early."""
        chosen = select(GrantRow.request, GrantRow.ends, GrantRow.revoked_at).where(GrantRow.request.in_(requests))
        with self._database.reading() as session:
            return {request: (ends, revoked_at) for request, ends, revoked_at in session.execute(chosen)}

    def change_number(self) -> int:
        """A number that every change to a grant raises: one row by its key, cheap enough to ask twice a second."""
        with self._database.reading() as session:
            return session.scalar(select(CounterRow.value).where(CounterRow.name == _GRANTS)) or 0

    def _all_of(self, row: GrantRow, rule: str) -> tuple[Grant, ...]:
        grant = self.readable_grant(row, rule)
        return () if grant is None else (grant, *grants_with(grant, row, self._report))

    def readable_grant(self, row: GrantRow, rule: str) -> Grant | None:
        """The grant of a row, or none: one that cannot be read is reported, never widened."""
        try:
            return grant_of(row, rule)
        except UnreadableRow as fault:
            self._report(f"grant {row.id} cannot be read and is not in force: {fault}")
            return None


def give(  # a grant, all of its parts
    session: Session, engine: Engine, row: RequestRow, proposal: Proposal, at: datetime, by: Sequence[str]
) -> None:
    """Make the grant of a request, and close the requests that it answers as well. `by`: who agreed, the first of them first."""
    write_proposal(row, proposal)
    session.flush()  # the answers first: the grant's triggers look for them
    approved_by = ", ".join(by)
    made = row_of_grant(secrets.token_hex(8), row.id, proposal, at, by)
    session.add(made)
    session.flush()
    record(session, Step(at, Happening.GIVEN, approved_by, request=row.id, personal={PERMIT: permit_as_kept(made)}))
    grants_changed(session)
    # Who waits for the same has their answer with this one.
    waiting = select(RequestRow).where(
        RequestRow.state.in_([state.value for state in UNDECIDED]),
        RequestRow.host == row.host,
        RequestRow.id != row.id,
    )
    grant = grant_of(made, row.rule)
    for other in session.scalars(waiting.order_by(RequestRow.id).with_for_update()):
        if answers(engine, request_of(other), grant, at):
            move(other, Event.LAPSE, at)
            record(session, Step(at, Happening.LAPSED, approved_by, ANSWERED_ALREADY, request=other.id))


def grants_changed(session: Session) -> None:
    """Raise the number that workers follow."""
    session.execute(update(CounterRow).where(CounterRow.name == _GRANTS).values(value=CounterRow.value + 1))
