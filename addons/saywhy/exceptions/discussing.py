"""What those who read a request say to each other about it: what speaks for it and against it, and who has to see it.

Both are steps of the audit trail: they are never changed, and go when the request goes. Whoever asked does not read them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from saywhy.exceptions.discussion_tables import ReferralRow
from saywhy.exceptions.moving import locked
from saywhy.exceptions.request import Happening, Step
from saywhy.exceptions.sentences import is_a_sentence
from saywhy.exceptions.state import UNDECIDED, State
from saywhy.exceptions.stored import Stored
from saywhy.exceptions.trail import lines, record, step_of
from saywhy.exceptions.trail_tables import LineRow
from saywhy.exceptions.weighing import Incomplete, NotEntitled
from saywhy.policy.policy import Policy

MOST_POINTS: Final = 100  # of one request; a page with more is read by nobody
_SIDE: Final = "side"
_ROLE: Final = "role"
_SAFEGUARDING: Final = "safeguarding"


class Side(StrEnum):
    """What a point speaks for."""

    FOR = "for"
    AGAINST = "against"


@dataclass(frozen=True, slots=True)
class Point:
    """Something that speaks for a yes or against it, by an account. `text` is empty where its time is over."""

    side: Side
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Referral:
    """A request handed to a role (an id), by an account, with a note."""

    role: str
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Discussion:
    """What was said about one request, the oldest first. `steps` are all of it, as a timeline has them."""

    points: tuple[Point, ...] = ()
    referrals: tuple[Referral, ...] = ()
    steps: tuple[Step, ...] = ()

    def on(self, side: Side) -> tuple[Point, ...]:
        """The points that speak for this side."""
        return tuple(one for one in self.points if one.side == side)


def safeguarding_role(policy: Policy) -> str:
    """The role that requests are referred to: `safeguarding`, also with more behind a dash; empty where there is none."""
    return next((role for role in policy.roles if role.partition("-")[0] == _SAFEGUARDING), "")


def wrong_with_point(text: str) -> str | None:
    """What a point lacks, as a message; None where it can be weighed."""
    return None if is_a_sentence(text) else "Write at least one whole sentence, so that others can weigh it"


class Discussing(Stored):
    """Points and referrals in the store."""

    def add_point(self, request_id: int, side: Side, text: str, by: str, at: datetime) -> None:
        """Add a point. The same one by the same person counts once. Raises UnknownRequest, Incomplete."""
        if (wrong := wrong_with_point(text)) is not None:
            raise Incomplete({"point": wrong})
        with self._database.writing() as session:
            locked(session, request_id)
            there = _discussion(session, request_id).points
            if any((one.side, one.text, one.by) == (side, text, by) for one in there):
                return
            if len(there) >= MOST_POINTS:
                raise Incomplete({"point": f"There are {MOST_POINTS} points already: decide by those"})
            record(session, Step(at, Happening.ARGUED, by, text, request_id, facts={_SIDE: side.value}))

    def refer(self, request_id: int, role: str, note: str, by: str, at: datetime) -> bool:
        """Hand a request that waits to a role; False where it has been handed to it before, and nothing changes.

        Raises UnknownRequest, Incomplete, NotEntitled where it is answered.
        """
        if not is_a_sentence(note):
            raise Incomplete({"concern": "Write at least one whole sentence about what worries you"})
        with self._database.writing() as session:
            row = locked(session, request_id)
            if State(row.state) not in UNDECIDED:
                raise NotEntitled("This request has been answered in the meantime.")
            if session.get(ReferralRow, (request_id, role)) is not None:
                return False
            session.add(ReferralRow(request=request_id, role=role, at=at))
            record(session, Step(at, Happening.REFERRED, by, note, request_id, facts={_ROLE: role}))
            return True

    def discussion(self, request_id: int) -> Discussion:
        """All that was said about a request."""
        with self._database.reading() as session:
            return _discussion(session, request_id)

    def referred_to(self, roles: Collection[str]) -> frozenset[int]:
        """The requests that were handed to one of these roles, by their ids."""
        with self._database.reading() as session:
            return frozenset(session.scalars(select(ReferralRow.request).where(ReferralRow.role.in_(roles))))

    def roles_referred(self, request_id: int) -> frozenset[str]:
        """The roles that a request was handed to: these read it as well."""
        with self._database.reading() as session:
            return frozenset(session.scalars(select(ReferralRow.role).where(ReferralRow.request == request_id)))


def _discussion(session: Session, request_id: int) -> Discussion:
    kinds = [Happening.ARGUED.value, Happening.REFERRED.value]
    steps = tuple(step_of(one) for one in lines(session, LineRow.request == request_id, LineRow.what.in_(kinds)))
    points = (Point(Side(one.facts[_SIDE]), one.note, one.by, one.at) for one in steps if one.what is Happening.ARGUED)
    handed = (
        Referral(str(one.facts[_ROLE]), one.note, one.by, one.at) for one in steps if one.what is Happening.REFERRED
    )
    return Discussion(tuple(points), tuple(handed), steps)
