"""What is done to requests and grants in the store. Every change reads the state and writes what follows in one transaction.

Who answers is looked up there as well, with the roles that they hold at that moment, and so are those who answered before.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from saywhy.decide.engine import Engine
from saywhy.exceptions import school_hours, verdicts
from saywhy.exceptions.database import Database
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.opening import answers
from saywhy.exceptions.request import Account, Entry, ExceptionRequest, Happening, Proposal, Review, Verdict
from saywhy.exceptions.rows import grant_of, request_of, row_of_grant, write_proposal
from saywhy.exceptions.state import UNDECIDED, Event, NotPossible, State, next_state
from saywhy.exceptions.steps import (
    UnknownRequest,
    by_its_receipt,
    grants_changed,
    keep,
    locked,
    move,
    reviews_of,
    tell,
)
from saywhy.exceptions.tables import AccountRoleRow, AccountRow, GrantRow, RequestRow
from saywhy.exceptions.verdicts import NoApproval
from saywhy.exceptions.weighing import NotEntitled, told_why

ANSWERED_ALREADY: Final = "Somebody else asked for the same, and the answer was yes. It was opened for you as well."


class PermitOver(Exception):  # noqa: N818 — reads as what it says
    """A permit is over already, so it cannot be ended early."""


class ProposalChanged(Exception):  # noqa: N818 — reads as what it says
    """Something else is proposed now than what this person saw."""


class Deciding:
    """The part of the store in which requests are answered. Every method raises StoreUnavailable.

    Those that answer raise UnknownRequest, NotPossible, CannotBeAsked, NotEntitled, Incomplete, and change nothing then,
    but for a first yes that does not count any more: that is noted, and the request is open again.
    """

    _database: Database

    def approve(  # one answer, all of its parts
        self, request_id: int, engine: Engine, by: Account, chosen: Chosen, note: str, at: datetime
    ) -> ExceptionRequest:
        """A first yes, which is a grant where nobody else has to agree."""
        with self._database.writing() as session:
            row = locked(session, request_id)
            self._propose(session, engine, row, (_now(session, by), chosen, note, at), Event.APPROVE)
            return request_of(row)

    def change(  # one answer, all of its parts
        self, request_id: int, engine: Engine, by: Account, chosen: Chosen, note: str, at: datetime
    ) -> ExceptionRequest:
        """Propose something else for what waits. Whoever had agreed is asked anew; who changes it is the first to agree."""
        with self._database.writing() as session:
            row = locked(session, request_id)
            row.round += 1
            self._propose(session, engine, row, (_now(session, by), chosen, note, at), Event.CHANGE)
            return request_of(row)

    def _propose(
        self,
        session: Session,
        engine: Engine,
        row: RequestRow,
        said: tuple[Account, Chosen, str, datetime],
        event: Event,
    ) -> None:
        by, chosen, note, at = said
        next_state(State(row.state), event, needs_sign_off=True)  # rather than what the form lacks, that it is too late
        review, proposal, needs_sign_off = verdicts.approve(engine, request_of(row), by, chosen, note, at)
        state = move(row, event, at, needs_sign_off=needs_sign_off)
        write_proposal(row, proposal)
        keep(session, row, review, Happening.CHANGED if event is Event.CHANGE else Happening.APPROVED)
        if state is State.GRANTED:
            _grant(session, engine, row, proposal, at, (by.name,))

    def sign_off(  # one answer, all of its parts
        self, request_id: int, engine: Engine, by: Account, note: str, at: datetime, seen: int | None = None
    ) -> ExceptionRequest:
        """Another person's yes; the last of those who have to agree makes the grant.

        `seen` is the round whose proposal they read. Raises ProposalChanged where it is another by now.
        """
        with self._database.writing() as session:
            row = locked(session, request_id)
            request = request_of(row)
            if request.state is not State.AWAITING_SIGN_OFF:
                raise NotPossible(request.state, Event.SIGN_OFF)
            if seen is not None and seen != row.round:
                raise ProposalChanged
            yes = tuple(one for one in reviews_of(session, request_id) if _counts(session, one))
            voided: NoApproval | None = None
            try:
                review, proposal, more = verdicts.sign_off(engine, request, yes, _now(session, by), note, at)
            except NoApproval as reason:
                voided = reason
                _void(session, row, at, str(reason))
            else:
                state = move(row, Event.SIGN_OFF, at, needs_sign_off=more)
                keep(session, row, review, Happening.SIGNED_OFF)
                if state is State.GRANTED:
                    agreed = [one for one in yes if one.round == row.round and one.verdict is not Verdict.REFUSE]
                    _grant(session, engine, row, proposal, at, [one.by for one in (*agreed, review)])
            answered = request_of(row)
        if voided is not None:
            raise voided
        return answered

    def refuse(  # one answer, all of its parts
        self, request_id: int, engine: Engine, by: Account, reason: str, at: datetime, instead: str = ""
    ) -> ExceptionRequest:
        """A no, with its reason; `instead` is what there is in place of what was asked for, or empty: nothing."""
        with self._database.writing() as session:
            row = locked(session, request_id)
            review = verdicts.refuse(engine, request_of(row), _now(session, by), reason, at, instead)
            move(row, Event.REFUSE, at)
            keep(session, row, review, Happening.REFUSED)
            return request_of(row)

    def ask_back(self, request_id: int, engine: Engine, by: Account, question: str, at: datetime) -> ExceptionRequest:
        """Ask the person who asked something. Meanwhile the clock stands."""
        with self._database.writing() as session:
            row = locked(session, request_id)
            asked = verdicts.ask_back(engine, request_of(row), _now(session, by), question, at)
            move(row, Event.ASK_BACK, at)
            row.asked_back_at = at
            tell(session, row, Entry(at, Happening.ASKED_BACK, by.name, asked))
            return request_of(row)

    def lapse(self, request_id: int, engine: Engine, by: Account, reason: str, at: datetime) -> ExceptionRequest:
        """Close a request that the policy no longer lets anybody decide."""
        with self._database.writing() as session:
            row = locked(session, request_id)
            why = verdicts.may_lapse(engine, request_of(row), reason, _now(session, by))
            move(row, Event.LAPSE, at)
            tell(session, row, Entry(at, Happening.LAPSED, by.name, why))
            return request_of(row)

    # Those who asked

    def withdraw(self, receipt: str, at: datetime) -> ExceptionRequest:
        """The person who asked takes it back. Raises UnknownRequest, NotPossible."""
        with self._database.writing() as session:
            row = by_its_receipt(session, receipt)
            move(row, Event.WITHDRAW, at)
            tell(session, row, Entry(at, Happening.WITHDRAWN))
            return request_of(row)

    def answer(self, receipt: str, engine: Engine, text: str, at: datetime) -> ExceptionRequest:
        """The person who asked answers the question. Raises UnknownRequest, NotPossible."""
        with self._database.writing() as session:
            row = by_its_receipt(session, receipt)
            move(row, Event.ANSWER, at)
            if row.asked_back_at is not None:
                held = school_hours.passed(engine.policy, row.asked_back_at, at)
                row.held += round(held.total_seconds())
            row.asked_back_at = None
            tell(session, row, Entry(at, Happening.ANSWERED, "", text))
            return request_of(row)

    def appeal(self, receipt: str, reason: str, at: datetime) -> ExceptionRequest:
        """The person who asked wants somebody else to look at it, once. Raises UnknownRequest, NotPossible, Incomplete."""
        with self._database.writing() as session:
            row = by_its_receipt(session, receipt)
            why = told_why(reason, "appeal", "Write why it should be looked at again")
            move(row, Event.APPEAL, at)
            row.refused_by = reviews_of(session, row.id)[-1].by
            row.appealed_at, row.round, row.held = at, row.round + 1, 0
            _forget_proposal(row)
            tell(session, row, Entry(at, Happening.APPEALED, "", why))
            return request_of(row)

    # Grants

    def revoke(self, grant_id: str, by: str, at: datetime, note: str = "") -> None:
        """End a grant now that is still in force. Raises UnknownRequest, PermitOver."""
        with self._database.writing() as session:
            row = session.scalar(select(GrantRow).where(GrantRow.id == grant_id).with_for_update())
            if row is None:
                raise UnknownRequest("no such grant")
            if row.revoked_at is not None or row.ended_at is not None or row.ends <= at:
                raise PermitOver
            row.revoked_at, row.revoked_by = at, by
            tell(session, locked(session, row.request), Entry(at, Happening.REVOKED, by, note))
            grants_changed(session)

    def note_endings(self, now: datetime) -> int:
        """Write down which grants are over, so that a clock that is set back revives none. Gives how many are new."""
        over = GrantRow.ended_at.is_(None) & GrantRow.revoked_at.is_(None) & (GrantRow.ends <= now)
        with self._database.reading() as session:
            if session.scalar(select(GrantRow.id).where(over).limit(1)) is None:
                return 0  # nothing to write, and no lock to wait for
        with self._database.writing() as session:
            ended = session.execute(update(GrantRow).where(over).values(ended_at=now).returning(GrantRow.id)).all()
            if ended:
                grants_changed(session)
            return len(ended)

    def note_uses(self, grants: Collection[str], day: date) -> None:
        """Write down that these grants opened something on a day of the school's."""
        with self._database.writing() as session:
            session.execute(
                update(GrantRow)
                .where(GrantRow.id.in_(grants), GrantRow.used_on.is_(None) | (GrantRow.used_on < day))
                .values(used_on=day)
            )


def _now(session: Session, by: Account) -> Account:
    """This person with the roles that they hold now. Raises NotEntitled where the account is gone."""
    roles = _roles(session, by.name)
    if roles is None:
        raise NotEntitled("This account is no longer there.")
    return replace(by, roles=roles)


def _roles(session: Session, name: str) -> frozenset[str] | None:
    # held until the transaction ends, so that nobody loses a role between being asked for and being counted
    if session.scalar(select(AccountRow.name).where(AccountRow.name == name).with_for_update(read=True)) is None:
        return None
    rows = session.scalars(select(AccountRoleRow.role).where(AccountRoleRow.account == name))
    return frozenset(rows)


def _counts(session: Session, review: Review) -> bool:
    """Whether who answered is still there and still holds the role in which they did."""
    return review.role in (_roles(session, review.by) or ())


def _void(session: Session, row: RequestRow, at: datetime, reason: str) -> None:
    move(row, Event.VOID, at)
    row.round += 1
    _forget_proposal(row)
    tell(session, row, Entry(at, Happening.VOIDED, "", reason))


def _forget_proposal(row: RequestRow) -> None:
    row.who_kind = row.who_value = row.what_kind = row.what_value = None
    row.ends, row.weighed, row.needs_two = None, None, False


def _grant(
    session: Session, engine: Engine, row: RequestRow, proposal: Proposal, at: datetime, by: Sequence[str]
) -> None:
    write_proposal(row, proposal)
    session.flush()  # the answers first: the grant's triggers look for them
    made = row_of_grant(secrets.token_hex(8), row.id, proposal, at, by)
    session.add(made)
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
            tell(session, other, Entry(at, Happening.LAPSED, by[-1], ANSWERED_ALREADY))
