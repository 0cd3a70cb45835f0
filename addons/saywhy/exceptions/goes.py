"""What people opened for themselves where a rule has caution: each go, and what was opened of a day's quota.

The law: what a device opens in one day by one rule is never more than its quota, whoever asks in the same instant. A row
for each day is locked while it is counted, and the table itself refuses more than was allowed.
"""

import hashlib
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Select, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from saywhy.exceptions.database import Database
from saywhy.exceptions.going_on import GoingOn
from saywhy.exceptions.rows import UnreadableRow, target_as_text, target_from_text
from saywhy.exceptions.tables import CautionDayRow, CounterRow, GoRow
from saywhy.policy.address import suffixes
from saywhy.policy.caution import SHORTEST, go_terms
from saywhy.policy.grant import Grant, GrantScope, GrantTarget

_SECOND: Final = timedelta(seconds=1)


class QuotaUsedUp(Exception):  # noqa: N818 — reads as what it says
    """Nothing is left of this day's quota."""


@dataclass(frozen=True, slots=True)
class Go:
    """What a device has, or had, open. `over_at`: it is over for good, at its end or because somebody was done."""

    id: str
    device: str
    rule: str
    what: GrantTarget
    reason: str
    starts: datetime
    ends: datetime
    over_at: datetime | None = None

    def live(self, now: datetime) -> bool:
        """Whether it is open."""
        return self.over_at is None and self.starts <= now < self.ends

    @property
    def done_early(self) -> bool:
        """Whether somebody ended it before its time."""
        return self.over_at is not None and self.over_at < self.ends


class Goes:
    """Goes in the store. Every method raises StoreUnavailable when the store cannot be used.

    Days are those of the school's time zone. `report` is told of each go that cannot be read, and so is not in force.
    """

    def __init__(self, database: Database, report: Callable[[str], None]) -> None:
        self._database = database
        self._report = report

    def open(self, found: GoingOn, reason: str, form: str, now: datetime, zone: ZoneInfo) -> Go:
        """Open it for as long as the rule says, or as is left today. Raises QuotaUsedUp.

        The same form again, or another one while it is open, gives the go that is there.
        """
        key = hashlib.sha256(f"{form} {found.device}".encode()).hexdigest()
        quota = found.caution.quota
        kind, value = target_as_text(found.what)
        with self._database.writing() as session:
            day = _locked_day(session, found.device, found.rule.id, now.astimezone(zone).date())
            same = GoRow.form == key
            open_now = (
                (GoRow.device == found.device)
                & (GoRow.rule == found.rule.id)
                & (GoRow.what_kind == kind)
                & (GoRow.what_value == value)
                & GoRow.over_at.is_(None)
                & (GoRow.starts <= now)
                & (GoRow.ends > now)
            )
            there = session.scalar(select(GoRow).where(same | open_now).order_by(same.desc()).limit(1))
            if there is not None:
                return _go_of(there)
            span = found.caution.open_for
            if quota is not None:
                span = min(span, quota - timedelta(seconds=day.opened))
                if span < SHORTEST:
                    raise QuotaUsedUp
            day.allowed = None if quota is None else quota // _SECOND
            day.opened += span // _SECOND
            row = GoRow(
                id=secrets.token_hex(8),
                device=found.device,
                rule=found.rule.id,
                day=day.day,
                what_kind=kind,
                what_value=value,
                reason=reason,
                form=key,
                starts=now,
                ends=now + span,
                counted=span // _SECOND,
            )
            session.add(row)
            _changed(session)
            session.flush()
            return _go_of(row)

    def done(self, id_: str, device: str, now: datetime) -> Go | None:
        """The device that opened it ends it, and has the rest of its time back. None: it has no such go.

        Ending what is over changes nothing.
        """
        with self._database.writing() as session:
            seen = session.get(GoRow, id_)
            if seen is None or seen.device != device:
                return None
            day = _locked_day(session, device, seen.rule, seen.day)
            session.refresh(seen)
            if seen.over_at is None and now < seen.ends:
                used = min(max(0, ceil((now - seen.starts) / _SECOND)), seen.counted)
                day.opened -= seen.counted - used
                seen.counted, seen.over_at = used, now
                _changed(session)
            return _go_of(seen)

    def close(self, ids: Collection[str]) -> None:
        """These have come to their end: they are over for good, and no clock that is set back revives them."""
        with self._database.writing() as session:
            ended = update(GoRow).where(GoRow.id.in_(ids), GoRow.over_at.is_(None))
            session.execute(ended.values(over_at=GoRow.ends).execution_options(synchronize_session=False))

    def expire(self, today: date, keep: timedelta) -> None:
        """Delete goes and counts of days that began longer ago than they are kept."""
        before = today - keep
        with self._database.writing() as session:
            session.execute(delete(GoRow).where(GoRow.day < before))
            session.execute(delete(CautionDayRow).where(CautionDayRow.day < before))

    def left(self, found: GoingOn, now: datetime, zone: ZoneInfo) -> timedelta | None:
        """What this device has left today; None where there is no quota."""
        if found.caution.quota is None:
            return None
        day = now.astimezone(zone).date()
        opened = select(CautionDayRow.opened).where(
            CautionDayRow.device == found.device, CautionDayRow.rule == found.rule.id, CautionDayRow.day == day
        )
        with self._database.reading() as session:
            seconds = session.scalar(opened) or 0
        return max(timedelta(), found.caution.quota - timedelta(seconds=seconds))

    def last(self, found: GoingOn, now: datetime, zone: ZoneInfo) -> Go | None:
        """The go of this device for this rule and this site or app that began last, today or that is still open."""
        kind, value = target_as_text(found.what)
        chosen = (
            select(GoRow)
            .where(GoRow.device == found.device, GoRow.rule == found.rule.id)
            .where(GoRow.what_kind == kind, GoRow.what_value == value)
            .where((GoRow.day == now.astimezone(zone).date()) | (GoRow.over_at.is_(None) & (GoRow.ends > now)))
            .order_by(GoRow.starts.desc())
            .limit(1)
        )
        with self._database.reading() as session:
            row = session.scalar(chosen)
            return None if row is None else _go_of(row)

    def open_at(self, device: str, now: datetime) -> tuple[Go, ...]:
        """What a device has open, that which ends first first."""
        with self._database.reading() as session:
            return tuple(_go_of(row) for row in session.scalars(_living(now).where(GoRow.device == device)))

    def live(self, now: datetime, host: str | None = None) -> tuple[Grant, ...]:
        """Every go that is not over, as a grant; with a host, only those that may be about it."""
        living = _living(now)
        if host is not None:
            site = (GoRow.what_kind == "site") & GoRow.what_value.in_(suffixes(host))
            living = living.where(site | (GoRow.what_kind == "app"))
        with self._database.reading() as session:
            return tuple(self._grants(session.scalars(living)))

    def _grants(self, rows: Iterable[GoRow]) -> Iterator[Grant]:
        for row in rows:
            try:
                go = _go_of(row)
                who, weighed = GrantScope(device=go.device), frozenset({go_terms(go.rule)})
                yield Grant(go.id, who, go.what, go.starts, go.ends, weighed=weighed, went_on=True)
            except ValueError as fault:
                self._report(f"go {row.id} cannot be read and is not in force: {fault}")


def _living(now: datetime) -> Select[GoRow]:
    return select(GoRow).where(GoRow.over_at.is_(None), GoRow.ends > now).order_by(GoRow.ends, GoRow.id)


def _locked_day(session: Session, device: str, rule: str, day: date) -> CautionDayRow:
    """The row of a day, made where there is none, and held until the transaction ends."""
    chosen = select(CautionDayRow).where(
        CautionDayRow.device == device, CautionDayRow.rule == rule, CautionDayRow.day == day
    )
    held = chosen.with_for_update().execution_options(populate_existing=True)
    row = session.scalar(held)
    if row is None:
        try:
            with session.begin_nested():
                session.add(CautionDayRow(device=device, rule=rule, day=day, opened=0))
        except IntegrityError:  # another one was first
            pass
        row = session.scalars(held).one()
    return row


def _go_of(row: GoRow) -> Go:
    """A go as it stands in its row. Raises UnreadableRow."""
    what = target_from_text(row.what_kind, row.what_value)
    if what.page is not None:
        raise UnreadableRow("a go opens a site or an app")
    return Go(row.id, row.device, row.rule, what, row.reason, row.starts, row.ends, row.over_at)


def _changed(session: Session) -> None:
    session.execute(update(CounterRow).where(CounterRow.name == "grants").values(value=CounterRow.value + 1))
