"""The store, for those who ask: a request is kept, and taken back."""

import hashlib
from datetime import datetime

from sqlalchemy import select

from saywhy.decide.engine import Engine
from saywhy.exceptions import weighing
from saywhy.exceptions.as_kept import ASKED, request_as_kept
from saywhy.exceptions.details import keep_details
from saywhy.exceptions.joining import others_stay, row_of_receipt
from saywhy.exceptions.moving import move
from saywhy.exceptions.readable import readable_code
from saywhy.exceptions.request import ExceptionRequest, Happening, Step, Submission
from saywhy.exceptions.rows import request_of, row_of_submission
from saywhy.exceptions.state import Event, State, next_state
from saywhy.exceptions.stored import Stored, UnknownRequest
from saywhy.exceptions.tables import RequestRow
from saywhy.exceptions.trail import record


class Asking(Stored):
    """Requests made and taken back."""

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
            row = row_of_receipt(session, receipt)
            if row is None:
                raise UnknownRequest("no request has this receipt")
            next_state(State(row.state), Event.WITHDRAW, needs_sign_off=False)
            if others_stay(session, row, receipt, at):
                record(session, Step(at, Happening.LEFT, request=row.id))
            else:
                move(row, Event.WITHDRAW, at)
                record(session, Step(at, Happening.WITHDRAWN, request=row.id))
            return request_of(row)
