"""The clock, told: that half the time for an answer is over, and that all of it is. Neither answers anything."""

from collections.abc import Collection
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
                told = _told_of(session, [id_ for id_, _ in late])
            overdue += sum(what is Happening.OVERDUE for _, what in late)
            for id_, what in late:
                if (id_, what) not in told:
                    self._keep(engine, id_, what, now)
            if len(rows) < _AT_ONCE:
                return overdue
            after = rows[-1].id

    def _keep(self, engine: Engine, request_id: int, what: Happening, now: datetime) -> None:
        with self._database.writing() as session:
            row = session.scalar(select(RequestRow).where(RequestRow.id == request_id).with_for_update())
            still = row is not None and row.state in UNDECIDED and _lateness(engine, row, now) is what
            if still and (request_id, what) not in _told_of(session, [request_id]):
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


def _told_of(session: Session, requests: Collection[int]) -> frozenset[tuple[int, Happening]]:
    """What was kept already of these requests, each since it was asked or appealed."""
    kinds = [one.value for one in (Happening.APPEALED, *_TOLD.values())]
    last = (
        select(LineRow.request, LineRow.what, func.max(LineRow.number))
        .where(LineRow.request.in_(requests), LineRow.what.in_(kinds))
        .group_by(LineRow.request, LineRow.what)
    )
    rows = session.execute(last).all()
    found = {(request, Happening(what)): number for request, what, number in rows if request is not None}
    return frozenset(
        (request, what)
        for (request, what), number in found.items()
        if what is not Happening.APPEALED and number > found.get((request, Happening.APPEALED), 0)
    )
