"""The tables of blocks that were met: numbers, and nobody's address."""

from datetime import date

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from saywhy.exceptions.tables import Base


class BlocksMetRow(Base):
    """How often a group met a block on a day (UTC), and how many of its devices; the group "" is everybody.

    `about` says what `name` is: a rule, an app, or a host; a host's blocks stand apart by rule.
    """

    __tablename__ = "blocks_met"
    __table_args__ = (Index("ix_blocks_met_name", "name", "about", "day"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(String(253), primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    group: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[int]
    devices: Mapped[int]


class BlocksReadRow(Base):
    """How far a machine's decision log was counted: bytes of the file of a day."""

    __tablename__ = "blocks_read"

    log: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date]
    bytes: Mapped[int] = mapped_column(BigInteger)
