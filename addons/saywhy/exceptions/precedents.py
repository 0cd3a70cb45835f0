"""The store, for those who look back: what was answered before, for a site and lately for any."""

from sqlalchemy import ColumnElement, func, or_, select, true

from saywhy.exceptions.request import ExceptionRequest, Review
from saywhy.exceptions.rows import request_of, review_of
from saywhy.exceptions.state import State
from saywhy.exceptions.stored import Stored
from saywhy.exceptions.tables import RequestRow, ReviewRow
from saywhy.policy.address import suffixes

_ANSWERED = (State.GRANTED.value, State.REFUSED.value)
type Answered = tuple[tuple[ExceptionRequest, Review], ...]


class Precedents(Stored):
    """Answers that were given before, each with its last review, the newest first."""

    def answered_near(self, host: str, limit: int = 100) -> Answered:
        """For a site, what lies below it, and the names above it."""
        above = RequestRow.host.in_(suffixes(host))
        return self._answered(or_(above, RequestRow.host.endswith(f".{host}", autoescape=True)), limit)

    def answered_lately(self, limit: int = 1_000) -> Answered:
        """For any site."""
        return self._answered(true(), limit)

    def _answered(self, where: ColumnElement[bool], limit: int) -> Answered:
        last = select(func.max(ReviewRow.id)).group_by(ReviewRow.request)
        chosen = (
            select(RequestRow, ReviewRow)
            .join(ReviewRow, ReviewRow.request == RequestRow.id)
            .where(ReviewRow.id.in_(last), RequestRow.state.in_(_ANSWERED), where)
            .order_by(ReviewRow.id.desc())
            .limit(limit)
        )
        with self._database.reading() as session:
            return tuple((request_of(row), review_of(review)) for row, review in session.execute(chosen))
