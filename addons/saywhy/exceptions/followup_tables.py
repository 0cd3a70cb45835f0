"""The tables of what comes after a question: what opens with a page, reports of wrong categories, meetings."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from saywhy.exceptions.tables import Base


class FurtherRow(Base):
    """What a request's permit opens besides its first page or site. `weighed` is set when it is given."""

    __tablename__ = "further_targets"
    __table_args__ = (
        UniqueConstraint("request", "what_kind", "what_value", name="further_once"),
        CheckConstraint("what_kind IN ('page', 'site')", name="what_kind_known"),
        CheckConstraint("because IN ('needed', 'page')", name="because_known"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request: Mapped[int] = mapped_column(ForeignKey("exception_requests.id"), index=True)
    what_kind: Mapped[str] = mapped_column(String(10))
    what_value: Mapped[str]
    because: Mapped[str] = mapped_column(String(10))
    account: Mapped[str]
    at: Mapped[datetime]
    weighed: Mapped[list[str] | None] = mapped_column(JSON)


class CategoryReportRow(Base):
    """Somebody says that a site is not what a page calls it. `reporter` is a hash: one device counts once a category."""

    __tablename__ = "category_reports"
    __table_args__ = (
        UniqueConstraint("host", "category", "reporter", name="reported_once"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(String(253), index=True)
    category: Mapped[str] = mapped_column(String(100))
    suggested: Mapped[str] = mapped_column(String(100))
    reporter: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class CategoryAnswerRow(Base):
    """What became of the reports about a site and a category until then; never changed."""

    __tablename__ = "category_answers"
    __table_args__ = (
        CheckConstraint("answer IN ('written', 'closed')", name="answer_known"),
        CheckConstraint("reason <> ''", name="answer_has_a_reason"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(String(253), index=True)
    category: Mapped[str] = mapped_column(String(100))
    answer: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str]
    account: Mapped[str]
    at: Mapped[datetime]


class MeetingRow(Base):
    """A meeting at which rules and permits were looked at; never changed."""

    __tablename__ = "meetings"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    form: Mapped[str] = mapped_column(String(64), unique=True)
    held_on: Mapped[date]
    present: Mapped[list[str]] = mapped_column(JSON)
    minutes: Mapped[str]
    account: Mapped[str]
    at: Mapped[datetime]


class MeetingItemRow(Base):
    """One thing that a meeting decided on; never changed."""

    __tablename__ = "meeting_items"
    __table_args__ = (
        CheckConstraint("kind IN ('rule', 'permit', 'request')", name="kind_known"),
        CheckConstraint("decision IN ('keep', 'change', 'drop')", name="decision_known"),
        CheckConstraint("reason <> ''", name="item_has_a_reason"),
        CheckConstraint("decision <> 'keep' OR until IS NOT NULL", name="kept_until_a_day"),
        UniqueConstraint("meeting", "kind", "about", name="decided_once_a_meeting"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting: Mapped[int] = mapped_column(ForeignKey("meetings.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    about: Mapped[str] = mapped_column(String(253), index=True)
    decision: Mapped[str] = mapped_column(String(10))
    until: Mapped[date | None]
    reason: Mapped[str]
