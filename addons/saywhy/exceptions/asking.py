"""The store, for those who ask: a request is kept and taken back, a question answered, a no appealed."""

import hashlib
from datetime import datetime

from sqlalchemy import select

from saywhy.decide.engine import Engine
from saywhy.exceptions import school_hours, weighing
from saywhy.exceptions.as_kept import ASKED, request_as_kept
from saywhy.exceptions.moving import by_its_receipt, forget_proposal, move, reviews_of
from saywhy.exceptions.readable import readable_code
from saywhy.exceptions.request import ExceptionRequest, Happening, Step, Submission
from saywhy.exceptions.rows import request_of, row_of_submission
from saywhy.exceptions.state import Event
from saywhy.exceptions.stored import Stored
from saywhy.exceptions.tables import RequestRow
from saywhy.exceptions.trail import record


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
            kept = {ASKED: request_as_kept(row)}
            record(session, Step(at, Happening.SUBMITTED, made.asked_by, request=row.id, personal=kept))
            return request_of(row)

    def withdraw(self, receipt: str, at: datetime) -> ExceptionRequest:
        """The person who asked takes it back. Raises UnknownRequest, NotPossible."""
        with self._database.writing() as session:
            row = by_its_receipt(session, receipt)
            move(row, Event.WITHDRAW, at)
            record(session, Step(at, Happening.WITHDRAWN, request=row.id))
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
            record(session, Step(at, Happening.ANSWERED, note=text, request=row.id))
            return request_of(row)

    def appeal(self, receipt: str, reason: str, at: datetime) -> ExceptionRequest:
        """The person who asked wants somebody else to look at it, once. Raises UnknownRequest, NotPossible, Incomplete."""
        with self._database.writing() as session:
            row = by_its_receipt(session, receipt)
            why = weighing.told_why(reason, "appeal", "Write why it should be looked at again")
            move(row, Event.APPEAL, at)
            row.refused_by = reviews_of(session, row.id)[-1].by
            row.appealed_at, row.round, row.held = at, row.round + 1, 0
            forget_proposal(row)
            record(session, Step(at, Happening.APPEALED, note=why, request=row.id))
            return request_of(row)
