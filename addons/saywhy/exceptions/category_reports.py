"""Reports that a site is not what a page calls it: counted, never by name, and answered once for all of them."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from saywhy.exceptions.database import Database, StoreUnavailable
from saywhy.exceptions.followup_tables import CategoryAnswerRow, CategoryReportRow
from saywhy.exceptions.request import Account
from saywhy.exceptions.weighing import told_why

MOST: Final = 500  # sites and categories that wait; more are counted no more until some are answered


class CategoryAnswer(StrEnum):
    """What became of reports."""

    WRITTEN = "written"  # a correction was written for the policy
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Reported:
    """A site and a category that people say is wrong: how many devices, since when, and what they suggest, the most first."""

    host: str
    category: str
    times: int
    first: datetime
    last: datetime
    suggested: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """What was said to reports about a site and a category."""

    host: str
    category: str
    answer: CategoryAnswer
    reason: str
    by: str
    at: datetime


class CategoryReports:
    """Reports in the store. Every method raises StoreUnavailable when the store cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def report(self, host: str, category: str, suggested: str, reporter: str, at: datetime) -> bool:
        """Keep a report; `reporter` is a hash of the device. False where that device has said it, or too many wait."""
        same = (
            CategoryReportRow.host == host,
            CategoryReportRow.category == category,
            CategoryReportRow.reporter == reporter,
        )
        try:
            with self._database.writing() as session:
                there = session.scalar(select(CategoryReportRow).where(*same))
                if there is not None:
                    there.suggested, there.at = suggested, at  # they may think again, and say it again after an answer
                    return False
                waiting = {(row.host, row.category) for row in _unanswered(session)}
                if len(waiting) >= MOST and (host, category) not in waiting:
                    return False
                session.add(
                    CategoryReportRow(host=host, category=category, suggested=suggested, reporter=reporter, at=at)
                )
        except StoreUnavailable as fault:
            if isinstance(fault.__cause__, IntegrityError):  # sent twice at once
                return False
            raise
        return True

    def waiting(self) -> tuple[Reported, ...]:
        """What nobody has answered since it was reported, the most reported first."""
        with self._database.reading() as session:
            rows = _unanswered(session)
        found: dict[tuple[str, str], list[CategoryReportRow]] = {}
        for row in rows:
            found.setdefault((row.host, row.category), []).append(row)
        reported = (_reported(host, category, of) for (host, category), of in found.items())
        return tuple(sorted(reported, key=lambda one: (-one.times, one.first, one.host)))

    def about(self, host: str, category: str) -> Reported | None:
        """What waits about a site and a category."""
        return next((one for one in self.waiting() if (one.host, one.category) == (host, category)), None)

    def answer(  # one answer, all of its parts
        self, host: str, category: str, answer: CategoryAnswer, reason: str, by: Account, at: datetime
    ) -> None:
        """Close the reports until now, with a reason. Raises Incomplete."""
        why = told_why(reason)
        with self._database.writing() as session:
            session.add(
                CategoryAnswerRow(host=host, category=category, answer=answer.value, reason=why, account=by.name, at=at)
            )

    def answered(self, limit: int = 20) -> tuple[Answered, ...]:
        """What was answered last."""
        with self._database.reading() as session:
            rows = session.scalars(select(CategoryAnswerRow).order_by(CategoryAnswerRow.id.desc()).limit(limit))
            return tuple(
                Answered(row.host, row.category, CategoryAnswer(row.answer), row.reason, row.account, row.at)
                for row in rows
            )


def _unanswered(session: Session) -> list[CategoryReportRow]:
    """The reports that came after the last answer about their site and category."""
    newest = select(CategoryAnswerRow.host, CategoryAnswerRow.category, func.max(CategoryAnswerRow.at))
    by_site = newest.group_by(CategoryAnswerRow.host, CategoryAnswerRow.category)
    answered = {(host, category): at for host, category, at in session.execute(by_site)}
    rows = session.scalars(select(CategoryReportRow).order_by(CategoryReportRow.id))
    return [row for row in rows if (at := answered.get((row.host, row.category))) is None or row.at > at]


def _reported(host: str, category: str, rows: list[CategoryReportRow]) -> Reported:
    suggested = Counter(row.suggested for row in rows if row.suggested)
    moments = [row.at for row in rows]
    return Reported(host, category, len(rows), min(moments), max(moments), tuple(suggested.most_common()))
