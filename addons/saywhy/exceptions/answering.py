"""The store, for those who answer: yes, another yes, no, a question back, and closing what nobody can decide any more.

Who answers is looked up in the same transaction, with the roles that they hold at that moment, and so are those who answered
before.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from saywhy.decide.engine import Engine
from saywhy.exceptions import verdicts
from saywhy.exceptions.moving import forget_proposal, keep_review, locked, move, reviews_of
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.permits import give
from saywhy.exceptions.request import Account, ExceptionRequest, Happening, Review, Step, Verdict
from saywhy.exceptions.rows import request_of, write_proposal
from saywhy.exceptions.state import Event, NotPossible, State, next_state
from saywhy.exceptions.stored import Stored
from saywhy.exceptions.tables import AccountRoleRow, AccountRow, RequestRow
from saywhy.exceptions.trail import record
from saywhy.exceptions.verdicts import NoApproval
from saywhy.exceptions.weighing import NotEntitled


class ProposalChanged(Exception):  # noqa: N818 — reads as what it says
    """Something else is proposed now than what this person saw."""


class Answering(Stored):
    """Answers, each in the transaction in which the state was read.

    Every method raises UnknownRequest, NotPossible, CannotBeAsked, NotEntitled, Incomplete, and changes nothing then, but
    for a first yes that does not count any more: that is noted, and the request is open again.
    """

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
            row.round, row.sorted_by = row.round + 1, None  # whom it concerns is worked out anew
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
        keep_review(session, row, review, Happening.CHANGED if event is Event.CHANGE else Happening.APPROVED)
        if state is State.GRANTED:
            give(session, engine, row, proposal, at, (by.name,))

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
                keep_review(session, row, review, Happening.SIGNED_OFF)
                if state is State.GRANTED:
                    agreed = [one for one in yes if one.round == row.round and one.verdict is not Verdict.REFUSE]
                    give(session, engine, row, proposal, at, [one.by for one in (*agreed, review)])
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
            keep_review(session, row, review, Happening.REFUSED)
            return request_of(row)

    def ask_back(self, request_id: int, engine: Engine, by: Account, question: str, at: datetime) -> ExceptionRequest:
        """Ask the person who asked something. Meanwhile the clock stands."""
        with self._database.writing() as session:
            row = locked(session, request_id)
            asked = verdicts.ask_back(engine, request_of(row), _now(session, by), question, at)
            move(row, Event.ASK_BACK, at)
            row.asked_back_at = at
            record(session, Step(at, Happening.ASKED_BACK, by.name, asked, row.id))
            return request_of(row)

    def lapse(self, request_id: int, engine: Engine, by: Account, reason: str, at: datetime) -> ExceptionRequest:
        """Close a request that the policy no longer lets anybody decide."""
        with self._database.writing() as session:
            row = locked(session, request_id)
            why = verdicts.may_lapse(engine, request_of(row), reason, _now(session, by))
            move(row, Event.LAPSE, at)
            record(session, Step(at, Happening.LAPSED, by.name, why, row.id))
            return request_of(row)


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
    forget_proposal(row)
    record(session, Step(at, Happening.VOIDED, "", reason, row.id))
