"""The tables of the audit trail. Triggers (migration 3) let it only grow."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from saywhy.exceptions.tables import Base


class LineRow(Base):
    """One line of the trail, never changed and never deleted: `chain.Line`.

    `request` is no foreign key, since the line outlives the request.
    """

    __tablename__ = "trail"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(40))
    request: Mapped[int | None] = mapped_column(index=True)
    facts: Mapped[str]
    sealed: Mapped[str]
    previous: Mapped[str] = mapped_column(String(64), unique=True)  # two lines never follow the same one
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class LineTextRow(Base):
    """What a line says of people, apart from it, so that it can go; the line has its salted digest."""

    __tablename__ = "trail_texts"

    line: Mapped[int] = mapped_column(ForeignKey("trail.number"), primary_key=True)
    field: Mapped[str] = mapped_column(String(40), primary_key=True)
    salt: Mapped[str] = mapped_column(String(32))
    value: Mapped[str]
