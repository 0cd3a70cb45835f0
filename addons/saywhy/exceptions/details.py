"""What goes with a request besides its three answers: purpose, for whom, what is new, and a need that one role reads."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from saywhy.exceptions.asking_tables import DetailsRow, NeedRow
from saywhy.exceptions.database import Database
from saywhy.exceptions.request import Submission
from saywhy.exceptions.state import State
from saywhy.exceptions.tables import RequestRow
from saywhy.policy.policy import Policy

# Roles whose work it is: ids of the policy, also with more behind a dash. The first that there is.
_READ_NEEDS: Final = ("sen", "senco", "send", "safeguarding")


@dataclass(frozen=True, slots=True)
class Details:
    """`purpose` is an id, or empty where it was written; `who` and `span` are keys of what was offered, or empty.

    `news` says what is new since an earlier answer; `left_at` that the person who asked left it to those who joined.
    """

    purpose: str = ""
    who: str = ""
    span: str = ""
    news: str = ""
    browser: str = ""
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """What only one role (an id) reads."""

    role: str
    text: str


def need_reader(policy: Policy) -> str:
    """The role that reads needs; empty where there is none, and then nobody is asked for one."""
    for name in _READ_NEEDS:
        for role in policy.roles:
            if role.partition("-")[0] == name:
                return role
    return ""


def keep_details(session: Session, request: int, made: Submission) -> None:
    """Write them down beside the request, in its transaction."""
    session.add(
        DetailsRow(
            request=request, purpose=made.purpose, who=made.who, span=made.span, news=made.news, browser=made.browser
        )
    )
    if made.need:
        session.add(NeedRow(request=request, role=made.need_for, need=made.need))


class AskedDetails:
    """Details in the store. Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, request: int) -> Details:
        """What goes with a request; empty where it was asked before there were details."""
        with self._database.reading() as session:
            row = session.get(DetailsRow, request)
            if row is None:
                return Details()
            return Details(row.purpose, row.who, row.span, row.news, row.browser, row.left_at)

    def need(self, request: int) -> Need | None:
        """The need that goes with it. Whoever shows it asks first whether its reader holds the role."""
        with self._database.reading() as session:
            row = session.get(NeedRow, request)
            return None if row is None else Need(row.role, row.need)

    def answered(self, rule: str, limit: int = 100) -> tuple[tuple[datetime, datetime], ...]:
        """When the latest requests under a rule were asked, and when they were answered."""
        chosen = (
            select(RequestRow.submitted_at, RequestRow.answered_at)
            .where(RequestRow.rule == rule, RequestRow.state.in_((State.GRANTED.value, State.REFUSED.value)))
            .where(RequestRow.answered_at.is_not(None))
            .order_by(RequestRow.answered_at.desc())
            .limit(limit)
        )
        with self._database.reading() as session:
            rows = session.execute(chosen).all()
        return tuple((submitted, answered) for submitted, answered in rows if answered is not None)
