"""The tables of what is told: see `outbox`."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from saywhy.exceptions.tables import Base


class OutboxRow(Base):
    """Something that happened and is to be told, written with it in one transaction. `state` is the one after it."""

    __tablename__ = "outbox"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    request: Mapped[int] = mapped_column(ForeignKey("exception_requests.id", ondelete="CASCADE"))
    what: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20))
    account: Mapped[str]
    at: Mapped[datetime]


class NoticeRow(Base):
    """What one recipient is to be told of one request. Where it is `gathered` it may wait for more of its kind."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("recipient", "request", "kind"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str]
    request: Mapped[int] = mapped_column(ForeignKey("exception_requests.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    gathered: Mapped[bool]
    at: Mapped[datetime]


class DeliveryRow(Base):
    """A message on its way, whole as it will be sent. `next_at` is none once it was sent or given up."""

    __tablename__ = "deliveries"
    __table_args__ = (CheckConstraint("next_at IS NULL OR NOT sent", name="sent_is_over"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    recipient: Mapped[str] = mapped_column(index=True)
    gathered: Mapped[bool]
    body: Mapped[str]
    made_at: Mapped[datetime]
    attempts: Mapped[int]
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    sent: Mapped[bool]


class ReplyRow(Base):
    """A reply by mail that was taken, by the SHA-256 of what tells it from others: the same one again counts once."""

    __tablename__ = "replies"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    request: Mapped[int] = mapped_column(ForeignKey("exception_requests.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
