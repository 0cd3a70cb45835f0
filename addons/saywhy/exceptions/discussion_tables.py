"""The table of what was handed to a role that would not have decided on it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from saywhy.exceptions.tables import Base


class ReferralRow(Base):
    """A request that was handed to a role: once, however often it is said. The note stands in the audit trail."""

    __tablename__ = "referrals"
    __table_args__ = (Index("ix_referrals_role", "role", "request"),)

    request: Mapped[int] = mapped_column(ForeignKey("exception_requests.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime]
