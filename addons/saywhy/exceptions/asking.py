"""The store, for those who ask: a request is kept and taken back, a question answered, a no appealed."""

import hashlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from saywhy.decide.engine import Engine
from saywhy.exceptions import school_hours, weighing
from saywhy.exceptions.as_kept import ASKED, request_as_kept
from saywhy.exceptions.details import keep_details
from saywhy.exceptions.joining import has_left, others_stay, row_of_receipt
from saywhy.exceptions.moving import forget_proposal, move, reviews_of
from saywhy.exceptions.readable import readable_code
from saywhy.exceptions.request import ExceptionRequest, Happening, Step, Submission
from saywhy.exceptions.rows import request_of, row_of_submission
from saywhy.exceptions.state import Event, NotPossible, State, next_state
from saywhy.exceptions.stored import Stored, UnknownRequest
from saywhy.exceptions.tables import RequestRow
from saywhy.exceptions.trail import record
from saywhy.policy.policy import Policy


class Asking(Stored):
    """What those say who asked."""

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
            kept = {ASKED: request_as_kept(row)}
            record(session, Step(at, Happening.SUBMITTED, made.asked_by, request=row.id, personal=kept))
            return request_of(row)

    def withdraw(self, receipt: str, at: datetime) -> ExceptionRequest:
        """Who asked, or joined, takes it back; it goes on while others ask it. Raises UnknownRequest, NotPossible."""
        with self._database.writing() as session:
            row = _held(session, receipt)
            next_state(State(row.state), Event.WITHDRAW, needs_sign_off=False)
            if others_stay(session, row, receipt, at):
                record(session, Step(at, Happening.LEFT, request=row.id))
            else:
                move(row, Event.WITHDRAW, at)
                record(session, Step(at, Happening.WITHDRAWN, request=row.id))
            return request_of(row)

    def answer(self, receipt: str, engine: Engine, text: str, at: datetime) -> ExceptionRequest:
        """Who asked, or joined, answers the question. Raises UnknownRequest, NotPossible."""
        with self._database.writing() as session:
            row = _still_asked(session, receipt, Event.ANSWER)
            answer_question(session, row, engine.policy, Step(at, Happening.ANSWERED, note=text, request=row.id))
            return request_of(row)

    def appeal(self, receipt: str, reason: str, at: datetime) -> ExceptionRequest:
        """Who asked, or joined, wants somebody else to look at it, once. Raises UnknownRequest, NotPossible, Incomplete."""
        with self._database.writing() as session:
            row = _still_asked(session, receipt, Event.APPEAL)
            why = weighing.told_why(reason, "appeal", "Write why it should be looked at again")
            move(row, Event.APPEAL, at)
            row.refused_by = reviews_of(session, row.id)[-1].by
            row.appealed_at, row.round, row.held = at, row.round + 1, 0
            forget_proposal(row)
            record(session, Step(at, Happening.APPEALED, note=why, request=row.id))
            return request_of(row)


def answer_question(session: Session, row: RequestRow, policy: Policy | None, step: Step) -> None:
    """Keep the answer to a question: it waits for those who decide again, and their clock goes on. Raises NotPossible.

    Where no policy says what school hours are, their clock did not stand meanwhile.
    """
    move(row, Event.ANSWER, step.at)
    if row.asked_back_at is not None and policy is not None:
        row.held += round(school_hours.passed(policy, row.asked_back_at, step.at).total_seconds())
    row.asked_back_at = None
    record(session, step)


def _held(session: Session, receipt: str) -> RequestRow:
    row = row_of_receipt(session, receipt)
    if row is None:
        raise UnknownRequest("no request has this receipt")
    return row


def _still_asked(session: Session, receipt: str, event: Event) -> RequestRow:
    """As `_held`, by somebody who did not take it back while others went on. Raises NotPossible where they did."""
    row = _held(session, receipt)
    if has_left(session, row, receipt):
        raise NotPossible(State.WITHDRAWN, event)
    return row
