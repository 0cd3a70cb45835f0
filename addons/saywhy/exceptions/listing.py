"""The list of requests for those who answer them: what concerns their roles, searched, filtered, merged and in pages.

Which roles a request concerns follows from the policy, and a database knows none. So it is worked out beforehand
(`sort`), and again when another policy is in force or the request has moved on; what has not been sorted yet is shown
to nobody.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, or_, select, tuple_, update

from saywhy.decide.engine import Engine
from saywhy.exceptions.concerned import answering_roles, needs_two
from saywhy.exceptions.database import Database
from saywhy.exceptions.discussion_tables import ReferralRow
from saywhy.exceptions.due import Lateness
from saywhy.exceptions.escalating import late_entries
from saywhy.exceptions.request import ExceptionRequest
from saywhy.exceptions.rows import request_of
from saywhy.exceptions.state import UNDECIDED, State
from saywhy.exceptions.tables import RequestRoleRow, RequestRow, ReviewRow

PAGE_LENGTH: Final = 50
_SORTED_AT_ONCE: Final = 500
_NUMBER: Final = re.compile(r"r-([0-9]{4,10})", re.IGNORECASE)
_FIRST_NUMBER: Final = 1000
_SEARCHED: Final = (
    RequestRow.host,
    RequestRow.url,
    RequestRow.wants,
    RequestRow.because,
    RequestRow.work,
    RequestRow.rule,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is to show. `roles` are those of whoever reads it, None for one who reads all; `words` all have to occur.

    `role`: only what concerns this one. `two`: only what needs two people (True) or one (False). `before`: only what was
    asked before then. `late`: only what stands with a request whose time is half over at least, or over, as `escalating` has
    kept it. `without`: not the entries that begin with these ids. `alike`: only requests for the same page, in the same state, as the one with this id. `revision` is
    of the policy that what waits has to be sorted by; None: by any.
    """

    states: frozenset[State]
    roles: frozenset[str] | None
    words: tuple[str, ...] = ()
    role: str = ""
    two: bool | None = None
    before: datetime | None = None
    late: Lateness | None = None
    without: tuple[int, ...] = ()
    alike: int | None = None
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Requests for one page in one state: the one that waits longest, and how many there are."""

    first: ExceptionRequest
    asked: int


@dataclass(frozen=True, slots=True)
class Page[T]:
    """A page of a list; `after` begins the next one, where there is one."""

    shown: tuple[T, ...]
    after: int | None


class Listing:
    """Reads the list, and keeps it sorted. Every method raises StoreUnavailable when the store cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sort(self, engine: Engine, most: int = _SORTED_AT_ONCE) -> int:
        """Work out whom requests concern, for as many as that. Gives how many are left, so that nobody takes a list for whole."""
        stale = _stale(engine.revision)
        with self._database.reading() as session:
            rows = session.scalars(select(RequestRow).where(stale).order_by(RequestRow.id).limit(most))
            found = [request_of(row) for row in rows]
        if not found:
            return 0
        sorted_ = {one.id: (one.state, answering_roles(engine, one), needs_two(engine, one)) for one in found}
        with self._database.writing() as session:
            locked = select(RequestRow.id, RequestRow.state).where(RequestRow.id.in_(sorted_), stale).with_for_update()
            same = [id_ for id_, state in session.execute(locked) if state == sorted_[id_][0].value]
            session.execute(delete(RequestRoleRow).where(RequestRoleRow.request.in_(same)))
            roles = [{"request": id_, "role": role} for id_ in same for role in sorted(sorted_[id_][1])]
            if roles:
                session.execute(insert(RequestRoleRow), roles)
            marked = [
                {"id": id_, "sorted_by": _mark(sorted_[id_][0], engine.revision), "two": sorted_[id_][2]}
                for id_ in same
            ]
            if marked:
                session.execute(update(RequestRow), marked)
        return self.unsorted(engine)

    def unsorted(self, engine: Engine) -> int:
        """How many have not been sorted by what is in force."""
        with self._database.reading() as session:
            return session.scalar(select(func.count()).select_from(RequestRow).where(_stale(engine.revision))) or 0

    def roles_of(self, request_id: int) -> frozenset[str]:
        """The roles that a request concerned when it was sorted last, and those it was answered in."""
        kept = select(RequestRoleRow.role).where(RequestRoleRow.request == request_id)
        answered = select(ReviewRow.role).where(ReviewRow.request == request_id)
        with self._database.reading() as session:
            return frozenset(session.scalars(kept.union(answered)))

    def concerning(self, ids: Collection[int], roles: frozenset[str] | None) -> frozenset[int]:
        """Those of these requests that concern one of the roles; None: all."""
        if roles is None:
            return frozenset(ids)
        chosen = select(RequestRow.id).where(RequestRow.id.in_(ids), _concerns(roles))
        with self._database.reading() as session:
            return frozenset(session.scalars(chosen))

    def counts(self, wanted: Wanted) -> tuple[int, int]:
        """How many entries there are, and how many requests in them."""
        grouped = _entries(wanted).subquery()
        with self._database.reading() as session:
            entries, asked = session.execute(select(func.count(), func.sum(grouped.c.asked)).select_from(grouped)).one()
        return entries, int(asked or 0)

    def entries(self, wanted: Wanted, after: int = 0, most: int = PAGE_LENGTH) -> Page[Entry]:
        """What is merged, the one that waits longest first; `after` is where the page before ended."""
        chosen = (
            _entries(wanted).having(func.min(RequestRow.id) > after).order_by(func.min(RequestRow.id)).limit(most + 1)
        )
        with self._database.reading() as session:
            found = session.execute(chosen).all()
            rows = {
                row.id: row
                for row in session.scalars(select(RequestRow).where(RequestRow.id.in_([one.first for one in found])))
            }
            shown = tuple(Entry(request_of(rows[one.first]), one.asked) for one in found[:most])
        return Page(shown, shown[-1].first.id if len(found) > most else None)

    def requests(self, wanted: Wanted, after: int = 0, most: int = PAGE_LENGTH) -> Page[ExceptionRequest]:
        """Each by itself: of those that wait the one that waits longest first, else the one answered last."""
        chosen = select(RequestRow).where(*_conditions(wanted))
        if wanted.states <= UNDECIDED:
            chosen = chosen.where(RequestRow.id > after).order_by(RequestRow.id)
        else:
            if after:
                last = select(RequestRow.answered_at).where(RequestRow.id == after).scalar_subquery()
                chosen = chosen.where(tuple_(RequestRow.answered_at, RequestRow.id) < tuple_(last, after))
            chosen = chosen.order_by(RequestRow.answered_at.desc(), RequestRow.id.desc())
        with self._database.reading() as session:
            found = [request_of(row) for row in session.scalars(chosen.limit(most + 1))]
        return Page(tuple(found[:most]), found[most - 1].id if len(found) > most else None)

    def alike(self, wanted: Wanted, ids: Collection[int]) -> tuple[Entry, ...]:
        """The entries that these requests stand in, each once."""
        found: dict[int, Entry] = {}
        for id_ in ids:
            for entry in self.entries(replace(wanted, alike=id_)).shown:
                found.setdefault(entry.first.id, entry)
        return tuple(found.values())


def _mark(state: State, revision: str) -> str:
    return f"{state.value} {revision}"


def _stale(revision: str) -> ColumnElement[bool]:
    """Not sorted, or sorted by another policy or in another state. What is decided stays as it was sorted last."""
    moved = (
        and_(RequestRow.state == state.value, RequestRow.sorted_by != _mark(state, revision))
        for state in sorted(UNDECIDED)
    )
    return or_(RequestRow.sorted_by.is_(None), *moved)


def _entries(wanted: Wanted) -> Select[int, int]:
    return (
        select(func.min(RequestRow.id).label("first"), func.count().label("asked"))
        .where(*_conditions(wanted))
        .group_by(RequestRow.state, RequestRow.page)
        .having(func.min(RequestRow.id).not_in(wanted.without))
    )


def _conditions(wanted: Wanted) -> Sequence[ColumnElement[bool]]:
    states = sorted(state.value for state in wanted.states)
    found: list[ColumnElement[bool]] = [RequestRow.sorted_by.is_not(None)]
    if wanted.states <= UNDECIDED:  # what has moved on since waits until it is sorted
        by = RequestRow.state + " "
        fresh = (
            RequestRow.sorted_by.startswith(by)
            if wanted.revision is None
            else RequestRow.sorted_by == by + wanted.revision
        )
        found += [RequestRow.state.in_(states), fresh]
    else:  # an expression, so that the index for the order is taken, and not the one for the states
        found.append((RequestRow.state + "").in_(states))
    for roles in (wanted.roles, {wanted.role} if wanted.role else None):
        if roles is not None:
            found.append(_concerns(roles))
    if wanted.two is not None:
        found.append(RequestRow.two.is_(wanted.two))
    if wanted.before is not None:
        found.append(RequestRow.submitted_at < wanted.before)
    if wanted.late is not None:
        found.append(tuple_(RequestRow.page, RequestRow.state).in_(late_entries(wanted.late)))
    if wanted.alike is not None:
        same = select(RequestRow.page, RequestRow.state).where(RequestRow.id == wanted.alike)
        found.append(tuple_(RequestRow.page, RequestRow.state).in_(same))
    found.extend(map(_occurs, wanted.words))
    return found


def _concerns(roles: Collection[str]) -> ColumnElement[bool]:
    """Whether a request is the business of one of these roles: by policy, or since it was handed to them."""
    named = sorted(roles)
    by_policy = select(RequestRoleRow.request).where(RequestRoleRow.role.in_(named))
    handed = select(ReferralRow.request).where(ReferralRow.role.in_(named))
    return or_(RequestRow.id.in_(by_policy), RequestRow.id.in_(handed))


def _occurs(word: str) -> ColumnElement[bool]:
    number = _NUMBER.fullmatch(word)
    if number is not None:
        return RequestRow.id == int(number[1]) - _FIRST_NUMBER
    return or_(*(func.lower(column).contains(word.lower(), autoescape=True) for column in _SEARCHED))
