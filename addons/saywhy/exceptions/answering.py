"""The store, for those who answer: yes, a second yes, no, and closing what nobody can decide any more."""

from datetime import datetime

from saywhy.decide.engine import Engine
from saywhy.exceptions import weighing
from saywhy.exceptions.moving import keep_review, locked, move, reviews_of
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.permits import give
from saywhy.exceptions.request import Account, ExceptionRequest, Happening, Step
from saywhy.exceptions.rows import request_of, write_proposal
from saywhy.exceptions.state import Event, State
from saywhy.exceptions.stored import Stored
from saywhy.exceptions.trail import record


class Answering(Stored):
    """Answers, each in the transaction in which the state was read."""

    def approve(  # one answer, all of its parts
        self, request_id: int, engine: Engine, by: Account, chosen: Chosen, note: str, at: datetime
    ) -> ExceptionRequest:
        """A first yes, which is a grant where the rule needs no second person.

        Raises UnknownRequest, NotPossible, CannotBeAsked, NotEntitled, Incomplete.
        """
        with self._database.writing() as session:
            row = locked(session, request_id)
            review, proposal, needs_sign_off = weighing.approve(engine, request_of(row), by, chosen, note, at)
            state = move(row, Event.APPROVE, at, needs_sign_off=needs_sign_off)
            write_proposal(row, proposal)
            keep_review(session, row, review, Happening.APPROVED)
            if state is State.GRANTED:
                give(session, engine, row, proposal, at, by.name)
            return request_of(row)

    def sign_off(self, request_id: int, engine: Engine, by: Account, note: str, at: datetime) -> ExceptionRequest:
        """A second person's yes, which makes the grant. Raises as `approve` does."""
        with self._database.writing() as session:
            row = locked(session, request_id)
            reviews = reviews_of(session, request_id)
            request = request_of(row)
            review, proposal = weighing.sign_off(engine, request, reviews, by, note, at)
            move(row, Event.SIGN_OFF, at)
            keep_review(session, row, review, Happening.SIGNED_OFF)
            give(session, engine, row, proposal, at, f"{reviews[-1].by}, {by.name}")
            return request_of(row)

    def refuse(self, request_id: int, engine: Engine, by: Account, reason: str, at: datetime) -> ExceptionRequest:
        """A no, with its reason. Raises UnknownRequest, NotPossible, CannotBeAsked, NotEntitled, Incomplete."""
        with self._database.writing() as session:
            row = locked(session, request_id)
            review = weighing.refuse(engine, request_of(row), by, reason, at)
            move(row, Event.REFUSE, at)
            keep_review(session, row, review, Happening.REFUSED)
            return request_of(row)

    def lapse(self, request_id: int, engine: Engine, by: Account, reason: str, at: datetime) -> ExceptionRequest:
        """Close a request that the policy no longer lets anybody decide. Raises as `refuse` does."""
        with self._database.writing() as session:
            row = locked(session, request_id)
            why = weighing.may_lapse(engine, request_of(row), reason)
            move(row, Event.LAPSE, at)
            record(session, Step(at, Happening.LAPSED, by.name, why, request=row.id))
            return request_of(row)
