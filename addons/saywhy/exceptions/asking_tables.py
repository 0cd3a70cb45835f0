"""The tables of asking: what is half written, what goes with a request, who joined it, what was handed to a teacher."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from saywhy.exceptions.tables import Base


class DraftRow(Base):
    """A form that is not sent yet, for a day: whose browser (SHA-256 of its cookie), about what (SHA-256 of the address)."""

    __tablename__ = "drafts"

    browser: Mapped[str] = mapped_column(String(64), primary_key=True)
    about: Mapped[str] = mapped_column(String(64), primary_key=True)
    answers: Mapped[dict[str, str]] = mapped_column(JSON)
    ends: Mapped[datetime] = mapped_column(index=True)


class DetailsRow(Base):
    """What was answered besides. `left_at`: the person who asked needs it no more, but others who joined do."""

    __tablename__ = "request_details"

    request: Mapped[int] = mapped_column(ForeignKey("exception_requests.id"), primary_key=True)
    purpose: Mapped[str]
    who: Mapped[str]
    span: Mapped[str]
    news: Mapped[str]
    browser: Mapped[str] = mapped_column(String(64))
    left_at: Mapped[datetime | None]


class NeedRow(Base):
    """A need for one role's eyes alone; apart from all else, so that nothing else can show it."""

    __tablename__ = "needs"
    __table_args__ = (CheckConstraint("role <> ''", name="need_is_for_a_role"),)

    request: Mapped[int] = mapped_column(ForeignKey("exception_requests.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(64))
    need: Mapped[str]


class JoinRow(Base):
    """Somebody who asks for the same, with a receipt of their own. One browser joins a request once."""

    __tablename__ = "joins"
    __table_args__ = (UniqueConstraint("request", "browser"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    request: Mapped[int] = mapped_column(ForeignKey("exception_requests.id"), index=True)
    receipt: Mapped[str] = mapped_column(String(40), unique=True)
    browser: Mapped[str] = mapped_column(String(64))
    account: Mapped[str] = mapped_column(index=True)
    code: Mapped[str]
    device: Mapped[str | None]
    place: Mapped[str | None]
    at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class HandedOverRow(Base):
    """A reference that a young child hands to a teacher: the number on their page, and what it stands for."""

    __tablename__ = "handed_over"

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    token: Mapped[str]
    ends: Mapped[datetime] = mapped_column(index=True)
