"""Figures of requests and permits for those who look at rules again: counts and lists, no texts of anybody."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Exists, and_, exists, func, or_, select

from saywhy.exceptions.database import Database
from saywhy.exceptions.request import Happening, Verdict, number_of
from saywhy.exceptions.state import UNDECIDED, State
from saywhy.exceptions.tables import GrantRow, RequestRow, ReviewRow
from saywhy.exceptions.trail import NOTE
from saywhy.exceptions.trail_tables import LineRow, LineTextRow

TIERS: Final[Mapping[bool | None, str]] = {False: "one", True: "two", None: "other"}  # by what the list goes by
_MOST: Final = 200  # of a list
_MOST_TIMES: Final = 1_000


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """Of one rule and some time: how often it was asked about, opened and refused, and how often a no became a yes."""

    asked: int = 0
    opened: int = 0
    refused: int = 0
    overturned: int = 0


@dataclass(frozen=True, slots=True)
class Overturned:
    """A no that became a yes for the same site and people: the numbers of both requests."""

    host: str
    rule: str
    refused: str
    granted: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Permit:
    """A permit in force: its own id, its request's number, the site and the rule that it was asked from."""

    id: str
    number: str
    host: str
    rule: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits."""

    number: str
    host: str
    rule: str
    since: datetime


class Figures:
    """Every method raises StoreUnavailable when the store cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_rules(self, since: datetime) -> Mapping[str, RuleFigures]:
        """The figures of each rule that was asked about since then."""
        counted = (
            select(RequestRow.rule, RequestRow.state, func.count())
            .where(RequestRow.submitted_at >= since)
            .group_by(RequestRow.rule, RequestRow.state)
        )
        by_state: dict[str, Counter[str]] = defaultdict(Counter)
        with self._database.reading() as session:
            for rule, state, times in session.execute(counted):
                by_state[rule][state] += times
        turned = Counter(one.rule for one in self.overturned(since))
        return {
            rule: RuleFigures(found.total(), found[State.GRANTED.value], found[State.REFUSED.value], turned[rule])
            for rule, found in by_state.items()
        }

    def overturned(self, since: datetime) -> tuple[Overturned, ...]:
        """Each no that became a yes since then for the same site, rule and people, the newest first."""
        final = (State.REFUSED.value, State.GRANTED.value)
        chosen = (
            select(
                RequestRow.id,
                RequestRow.host,
                RequestRow.rule,
                RequestRow.groups,
                RequestRow.state,
                RequestRow.answered_at,
            )
            .where(RequestRow.state.in_(final), RequestRow.answered_at >= since)
            .order_by(RequestRow.answered_at, RequestRow.id)
        )
        refused: dict[tuple[str, str, tuple[str, ...]], int] = {}
        found: list[Overturned] = []
        with self._database.reading() as session:
            for id_, host, rule, groups, state, at in session.execute(chosen):
                key = host, rule, tuple(groups)
                if state == State.REFUSED.value:
                    refused[key] = id_
                elif key in refused and at is not None:
                    found.append(Overturned(host, rule, number_of(refused.pop(key)), number_of(id_), at))
        return tuple(reversed(found))

    def overdue(self, before: datetime) -> tuple[Waiting, ...]:
        """Requests that wait since before then, the oldest first."""
        chosen = (
            select(RequestRow)
            .where(RequestRow.state.in_([one.value for one in UNDECIDED]), RequestRow.submitted_at < before)
            .order_by(RequestRow.id)
            .limit(_MOST)
        )
        with self._database.reading() as session:
            return tuple(
                Waiting(number_of(row.id), row.host, row.rule, row.submitted_at) for row in session.scalars(chosen)
            )

    def permits(self, now: datetime) -> tuple[Permit, ...]:
        """Every permit in force, those that end first first."""
        chosen = (
            select(GrantRow, RequestRow)
            .join(RequestRow, RequestRow.id == GrantRow.request)
            .where(GrantRow.revoked_at.is_(None), GrantRow.ends > now)
            .order_by(GrantRow.ends, GrantRow.id)
        )
        with self._database.reading() as session:
            return tuple(
                Permit(grant.id, number_of(row.id), row.host, row.rule, grant.starts, grant.ends)
                for grant, row in session.execute(chosen)
            )

    def oldest(self) -> datetime | None:
        """Since when the oldest request that is not answered waits; None where none does."""
        chosen = select(func.min(RequestRow.submitted_at)).where(RequestRow.state.in_([one.value for one in UNDECIDED]))
        with self._database.reading() as session:
            return session.scalar(chosen)

    def waiting_by_tier(self) -> Mapping[str, int]:
        """How many requests are not answered, by how many people have to agree: "one", "two" (or more), "other" (not sorted yet)."""
        chosen = (
            select(RequestRow.two, func.count())
            .where(RequestRow.state.in_([one.value for one in UNDECIDED]))
            .group_by(RequestRow.two)
        )
        with self._database.reading() as session:
            return {TIERS[two]: count for two, count in session.execute(chosen)}

    def times_to_answer(self, since: datetime) -> tuple[timedelta, ...]:
        """How long those requests waited that were granted or refused since then, the latest of them first."""
        chosen = (
            select(RequestRow.submitted_at, RequestRow.answered_at)
            .where(
                RequestRow.state.in_((State.GRANTED.value, State.REFUSED.value)),
                RequestRow.answered_at >= since,
            )
            .order_by(RequestRow.answered_at.desc())
            .limit(_MOST_TIMES)
        )
        with self._database.reading() as session:
            return tuple(answered - asked for asked, answered in session.execute(chosen) if answered is not None)

    def ended_without_reason(self) -> tuple[str, ...]:
        """The numbers of requests that were refused or closed, or whose permit was ended, and nobody wrote why.

        Nothing here makes one: it is looked for so that it can be seen.
        """
        told = exists().where(
            ReviewRow.request == RequestRow.id, ReviewRow.verdict == Verdict.REFUSE.value, ReviewRow.reason != ""
        )
        closed = _noted(Happening.LAPSED)
        revoked = exists().where(GrantRow.request == RequestRow.id, GrantRow.revoked_at.is_not(None))
        ended = _noted(Happening.REVOKED)
        silent = or_(
            and_(RequestRow.state == State.REFUSED.value, ~told),
            and_(RequestRow.state == State.LAPSED.value, ~closed),
            and_(revoked, ~ended),
        )
        chosen = select(RequestRow.id).where(silent).order_by(RequestRow.id).limit(_MOST)
        with self._database.reading() as session:
            return tuple(number_of(one) for one in session.scalars(chosen))


def _noted(what: Happening) -> Exists:
    """Whether the trail has a step of this kind for the request that says why."""
    return exists().where(
        LineRow.request == RequestRow.id,
        LineRow.what == what.value,
        LineTextRow.line == LineRow.number,
        LineTextRow.field == NOTE,
        LineTextRow.value != "",
    )


def ending_within(permits: tuple[Permit, ...], now: datetime, days: int) -> tuple[Permit, ...]:
    """Those of these permits that end within so many days."""
    return tuple(one for one in permits if one.ends <= now + timedelta(days=days))


def unused_since(
    permits: tuple[Permit, ...], used: Mapping[str, datetime], now: datetime, days: int
) -> tuple[Permit, ...]:
    """Those that began so many days ago or more, and that nobody used since. `used` has the last use by a permit's id."""
    first = now - timedelta(days=days)
    return tuple(one for one in permits if one.starts <= first and (one.id not in used or used[one.id] < first))
