"""The clock, told: that half the time for an answer is over, and that all of it is. Neither answers anything."""

from datetime import datetime
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from saywhy.decide.engine import Engine
from saywhy.exceptions.due import Lateness, due
from saywhy.exceptions.request import Happening, Step
from saywhy.exceptions.rows import request_of
from saywhy.exceptions.state import UNDECIDED, State
from saywhy.exceptions.stored import Stored
from saywhy.exceptions.tables import RequestRow
from saywhy.exceptions.trail import record
from saywhy.exceptions.trail_tables import LineRow
from saywhy.exceptions.weighing import CannotBeAsked, terms_of
from saywhy.policy.address import AddressError

_TOLD: Final = {Lateness.HALF: Happening.HALF_TIME, Lateness.OVERDUE: Happening.OVERDUE}
_AT_ONCE: Final = 500  # requests looked at by one statement


class Escalating(Stored):
    """What the clock says of requests that wait."""

    def note_lateness(self, engine: Engine, now: datetime) -> int:
        """Keep, once for each request and each appeal, that its time is half over, or over. How many are overdue now."""
        overdue, after = 0, 0
        while True:
            with self._database.reading() as session:
                chosen = select(RequestRow).where(RequestRow.state.in_(UNDECIDED), RequestRow.id > after)
                rows = session.scalars(chosen.order_by(RequestRow.id).limit(_AT_ONCE)).all()
                late = [(row.id, what) for row in rows if (what := _lateness(engine, row, now)) is not None]
                new = [(id_, what) for id_, what in late if not _is_told(session, id_, what)]
            overdue += sum(what is Happening.OVERDUE for _, what in late)
            for id_, what in new:
                self._keep(engine, id_, what, now)
            if len(rows) < _AT_ONCE:
                return overdue
            after = rows[-1].id

    def _keep(self, engine: Engine, request_id: int, what: Happening, now: datetime) -> None:
        with self._database.writing() as session:
            row = session.scalar(select(RequestRow).where(RequestRow.id == request_id).with_for_update())
            still = row is not None and row.state in UNDECIDED and _lateness(engine, row, now) is what
            if still and not _is_told(session, request_id, what):
                record(session, Step(now, what, request=request_id))


def _lateness(engine: Engine, row: RequestRow, now: datetime) -> Happening | None:
    asked = request_of(row)
    try:
        ask = terms_of(engine, asked.refusal).ask
    except (CannotBeAsked, AddressError):
        return None
    return _TOLD.get(due(engine.policy, ask, asked, now).lateness)


def late_entries(lateness: Lateness) -> Select[str, str]:
    """Page and state of each request that waits and of which was kept that its time is half over at least, or over.

    One whose question is not answered yet is none: its clock stands.
    """
    waiting, told, appeal = aliased(RequestRow), aliased(LineRow), aliased(LineRow)
    appealed = select(func.max(appeal.number)).where(appeal.request == waiting.id).correlate(waiting)
    appealed = appealed.where(appeal.what == Happening.APPEALED.value)
    kinds = {Happening.OVERDUE.value, _TOLD[lateness].value}
    said = select(told.number).where(told.request == waiting.id, told.what.in_(sorted(kinds))).correlate(waiting)
    said = said.where(told.number > func.coalesce(appealed.scalar_subquery(), 0))
    states = sorted(one.value for one in UNDECIDED if one is not State.QUESTION)
    return select(waiting.page, waiting.state).where(waiting.state.in_(states), said.exists())


def _is_told(session: Session, request_id: int, what: Happening) -> bool:
    """Whether it was kept already, since the request was asked or appealed."""
    of_it = LineRow.request == request_id
    appealed = select(func.max(LineRow.number)).where(of_it, LineRow.what == Happening.APPEALED.value).scalar_subquery()
    told = select(LineRow.number).where(of_it, LineRow.what == what.value, LineRow.number > func.coalesce(appealed, 0))
    return session.scalar(told.limit(1)) is not None
