"""The tables, as SQLAlchemy sees them. `migrations/` makes them; a test holds both to be the same."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    String,
    Text,
    TypeDecorator,
    false,
    text,
)
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from saywhy.exceptions.page_key import page_key
from saywhy.exceptions.request import Verdict
from saywhy.exceptions.state import State

if TYPE_CHECKING:
    from saywhy.exceptions.asking_tables import JoinRow
    from saywhy.exceptions.discussion_tables import ReferralRow
    from saywhy.exceptions.followup_tables import FurtherRow

type Columns = dict[type[Any] | str, Any]


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; SQLite has no time zones of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 — SQLAlchemy calls it so
        """Only aware moments go in."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment in the store carries a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 — SQLAlchemy calls it so
        """Only aware moments come out."""
        return value if value is None or value.tzinfo is not None else value.replace(tzinfo=UTC)


def _one_of(column: str, values: type[State | Verdict]) -> CheckConstraint:
    names = ", ".join(f"'{one.value}'" for one in values)
    return CheckConstraint(f"{column} IN ({names})", name=f"{column}_known")


def _page(context: DefaultExecutionContext) -> str:
    given = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return page_key(given["host"], given["url"], given["rule"])


class Base(DeclarativeBase):
    """What all tables share."""

    type_annotation_map: ClassVar[Columns] = {datetime: Moment, str: Text}


class RequestRow(Base):
    """A request and the facts of its refusal. `form` is unique to one filled-in form, so that a form counts once."""

    __tablename__ = "exception_requests"
    __table_args__ = (
        _one_of("state", State),
        Index("ix_exception_requests_state", "state", "id"),
        Index("ix_exception_requests_host", "host", "id"),
        Index("ix_exception_requests_page", "state", "page", "id"),
        Index("ix_exception_requests_sorted", "state", "sorted_by"),
        Index("ix_exception_requests_answered", "answered_at", "id"),
        {"sqlite_autoincrement": True},  # a number is never given twice
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt: Mapped[str] = mapped_column(String(40), unique=True)
    form: Mapped[str] = mapped_column(String(64), unique=True)
    wants: Mapped[str]
    because: Mapped[str]
    work: Mapped[str]
    until: Mapped[date]
    asked_by: Mapped[str]
    submitted_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(20))
    code: Mapped[str]
    host: Mapped[str] = mapped_column(String(253))
    url: Mapped[str | None]
    scheme: Mapped[str]
    rule: Mapped[str]
    reason: Mapped[str]
    groups: Mapped[list[str]] = mapped_column(JSON)
    place: Mapped[str | None]
    device: Mapped[str | None]
    reader: Mapped[str]
    refused_at: Mapped[datetime]
    revision: Mapped[str]
    # What a first person would give; set while a second one has to agree.
    who_kind: Mapped[str | None]
    who_value: Mapped[str | None]
    what_kind: Mapped[str | None]
    what_value: Mapped[str | None]
    ends: Mapped[datetime | None]
    weighed: Mapped[list[str] | None] = mapped_column(JSON)
    needs_two: Mapped[bool] = mapped_column(default=False, server_default=false())
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    held: Mapped[int] = mapped_column(default=0, server_default="0")  # seconds of school
    asked_back_at: Mapped[datetime | None]
    appealed_at: Mapped[datetime | None]
    refused_by: Mapped[str | None]
    mail: Mapped[str | None]  # where whoever asked wants to be told
    # What the list goes by: see saywhy.exceptions.listing.
    page: Mapped[str] = mapped_column(String(64), default=_page)
    sorted_by: Mapped[str | None] = mapped_column(String(80))
    two: Mapped[bool | None]
    further: Mapped[list["FurtherRow"]] = relationship(order_by="FurtherRow.id", lazy="selectin")
    referrals: Mapped[list["ReferralRow"]] = relationship(order_by="ReferralRow.at", lazy="selectin", viewonly=True)
    joins: Mapped[list["JoinRow"]] = relationship(order_by="JoinRow.id", lazy="selectin", viewonly=True)


class RequestRoleRow(Base):
    """A role that a request concerns, as it was worked out last."""

    __tablename__ = "request_roles"

    request: Mapped[int] = mapped_column(ForeignKey("exception_requests.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(64), primary_key=True)


class ReviewRow(Base):
    """One person's answer; never changed."""

    __tablename__ = "reviews"
    __table_args__ = (
        _one_of("verdict", Verdict),
        Index(  # nobody says yes twice to the same
            "ux_reviews_yes",
            "request",
            "round",
            "account",
            unique=True,
            sqlite_where=text("verdict <> 'refuse'"),
            postgresql_where=text("verdict <> 'refuse'"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request: Mapped[int] = mapped_column(ForeignKey("exception_requests.id"), index=True)
    account: Mapped[str]
    role: Mapped[str]
    verdict: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str]
    at: Mapped[datetime]
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    device: Mapped[str] = mapped_column(default="", server_default="")
    instead: Mapped[str] = mapped_column(default="", server_default="")


class GrantRow(Base):
    """A grant. One request has one at the most: the last guard against two people approving at once.

    Triggers (step 4 of the migrations) hold who gave it: nobody who asked, nobody twice, and two where it is wide or
    `needs_two`; and that no change gives it more time. `ended_at` is written once its time is over, and never unwritten.
    """

    __tablename__ = "grants"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    request: Mapped[int] = mapped_column(ForeignKey("exception_requests.id"), unique=True)
    who_kind: Mapped[str]
    who_value: Mapped[str]
    what_kind: Mapped[str]
    what_value: Mapped[str]
    starts: Mapped[datetime]
    ends: Mapped[datetime] = mapped_column(index=True)
    approved_by: Mapped[str]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    weighed: Mapped[list[str] | None] = mapped_column(JSON)  # none: from before terms were kept
    first_approver: Mapped[str | None]
    second_approver: Mapped[str | None]
    needs_two: Mapped[bool] = mapped_column(default=False, server_default=false())
    ended_at: Mapped[datetime | None]
    further: Mapped[list["FurtherRow"]] = relationship(
        primaryjoin="GrantRow.request == foreign(FurtherRow.request)",
        order_by="FurtherRow.id",
        lazy="selectin",
        viewonly=True,
    )


class CautionDayRow(Base):
    """What a device opened in one day by one rule with caution, and what it might have: in seconds."""

    __tablename__ = "caution_days"
    __table_args__ = (CheckConstraint("opened >= 0 AND (allowed IS NULL OR opened <= allowed)", name="within_quota"),)

    device: Mapped[str] = mapped_column(String(45), primary_key=True)
    rule: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    opened: Mapped[int]
    allowed: Mapped[int | None]  # none: there is no quota


class GoRow(Base):
    """What a device opened for itself. `form` is unique to one form; `counted` seconds stand in its day."""

    __tablename__ = "goes"
    __table_args__ = (
        CheckConstraint("ends > starts AND counted >= 0", name="go_has_length"),
        Index("ix_goes_ends", "ends"),
        Index("ix_goes_device", "device", "day"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    device: Mapped[str] = mapped_column(String(45))
    rule: Mapped[str] = mapped_column(String(64))
    day: Mapped[date]
    what_kind: Mapped[str]
    what_value: Mapped[str]
    reason: Mapped[str]
    form: Mapped[str] = mapped_column(String(64), unique=True)
    starts: Mapped[datetime]
    ends: Mapped[datetime]
    counted: Mapped[int]
    over_at: Mapped[datetime | None]  # set once it is over: nothing revives it


class CounterRow(Base):
    """Numbers that say that something changed."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int]


class AccountRow(Base):
    """Somebody who may sign in. The password is kept as an argon2id hash."""

    __tablename__ = "accounts"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    password: Mapped[str]
    mail: Mapped[str | None]


class AccountRoleRow(Base):
    """A role that somebody holds."""

    __tablename__ = "account_roles"

    account: Mapped[str] = mapped_column(ForeignKey("accounts.name", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(64), primary_key=True)


class SignInRow(Base):
    """A session of somebody signed in, by the SHA-256 of its token."""

    __tablename__ = "sign_ins"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.name", ondelete="CASCADE"), index=True)
    ends: Mapped[datetime]
    used_at: Mapped[datetime]
