"""The audit trail: every step, kept in the transaction of the change that it tells of, in one chain of hashes.

Transactions that write follow one another (`Database.writing`), so each finds the line before it. What was kept stays: the
tables' triggers refuse every change, and every deletion but that of texts which the last line says are taken away.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from saywhy.exceptions.chain import BEFORE_THE_FIRST, Line, canonical, digest_of, hash_of
from saywhy.exceptions.request import UNTOLD, Happening, Step
from saywhy.exceptions.tables import RequestRow
from saywhy.exceptions.telling_tables import OutboxRow
from saywhy.exceptions.trail_tables import LineRow, LineTextRow

ACCOUNT: Final = "account"
ABOUT: Final = "about"
NOTE: Final = "note"
STATE: Final = "state"
_LINES: Final = LineRow.__table__
_TEXTS: Final = LineTextRow.__table__
_AT_ONCE: Final = 1000  # lines read by one statement


@dataclass(frozen=True, slots=True)
class Told:
    """A line and what it says of people; `gone` names the fields whose text was taken away."""

    line: Line
    texts: Mapping[str, str] = field(default_factory=dict)
    salts: Mapping[str, str] = field(default_factory=dict)

    @property
    def sealed(self) -> Mapping[str, str]:
        """The digests by field. Raises ValueError where they cannot be read."""
        found = json.loads(self.line.sealed)
        if not isinstance(found, dict):
            raise ValueError("no mapping")  # noqa: TRY004 — of a text that was tampered with
        return found

    @property
    def facts(self) -> Mapping[str, Any]:
        """What stays of it for good. Raises ValueError where it cannot be read."""
        found = json.loads(self.line.facts)
        if not isinstance(found, dict):
            raise ValueError("no mapping")  # noqa: TRY004 — of a text that was tampered with
        return found

    @property
    def gone(self) -> tuple[str, ...]:
        """The fields whose text is not there any more."""
        return tuple(sorted(self.sealed.keys() - self.texts.keys()))


def record(session: Session, step: Step) -> None:
    """Keep a step. The one way in: whatever happens in the store is told here, in the same transaction.

    To be called in `Database.writing`, and after the request's row was moved: the line holds its state as it is now.
    """
    session.flush()
    facts = dict(step.facts)
    if step.request is not None and (row := session.get(RequestRow, step.request)) is not None:
        facts[STATE] = row.state
    texts = {ACCOUNT: step.by, ABOUT: step.about, NOTE: step.note, **step.personal}
    salted = {name: (secrets.token_hex(16), text) for name, text in texts.items() if text}
    sealed = canonical({name: digest_of(name, salt, text) for name, (salt, text) in salted.items()})
    last = session.execute(select(LineRow.number, LineRow.hash).order_by(LineRow.number.desc()).limit(1)).first()
    number, previous = (1, BEFORE_THE_FIRST) if last is None else (last.number + 1, last.hash)
    told = canonical(facts)
    session.execute(
        insert(LineRow).values(
            number=number,
            at=step.at,
            what=step.what.value,
            request=step.request,
            facts=told,
            sealed=sealed,
            previous=previous,
            hash=hash_of(number, step.at, step.what.value, step.request, told, sealed, previous),
        )
    )
    for name, (salt, text) in salted.items():
        session.execute(insert(LineTextRow).values(line=number, field=name, salt=salt, value=text))
    put_out(session, step, facts.get(STATE))


def put_out(session: Session, step: Step, state: str | None) -> None:
    """What happened to a request, and is there for people to know, goes into the outbox as well."""
    if step.request is not None and state is not None and step.what not in UNTOLD:
        session.add(OutboxRow(request=step.request, what=step.what.value, state=state, account=step.by, at=step.at))


def lines(session: Session, *chosen: ColumnElement[bool]) -> Iterator[Told]:
    """The lines for which all this is true (all lines, where nothing is said), the oldest first, each with its texts."""
    wanted = select(*_LINES.c).where(*chosen).order_by(_LINES.c.number).limit(_AT_ONCE)
    after = 0
    while rows := session.execute(wanted.where(_LINES.c.number > after)).all():
        texts: dict[int, dict[str, str]] = {}
        salts: dict[int, dict[str, str]] = {}
        for text in session.execute(select(*_TEXTS.c).where(_TEXTS.c.line.in_([row.number for row in rows]))):
            texts.setdefault(text.line, {})[text.field] = text.value
            salts.setdefault(text.line, {})[text.field] = text.salt
        for row in rows:
            line = Line(row.number, row.at, row.what, row.request, row.facts, row.sealed, row.previous, row.hash)
            yield Told(line, texts.get(line.number, {}), salts.get(line.number, {}))
        after = rows[-1].number


def timeline_of(session: Session, request_id: int) -> tuple[Step, ...]:
    """The steps of a request that its timeline tells, the oldest first."""
    kinds = [one.value for one in Happening if one not in UNTOLD]
    told = lines(session, LineRow.request == request_id, LineRow.what.in_(kinds))
    return tuple(step_of(one) for one in told)


def step_of(told: Told) -> Step:
    """A step as its line tells it; what was taken away is empty. Raises ValueError for one that this program does not know."""
    line, texts = told.line, dict(told.texts)
    return Step(
        line.at,
        Happening(line.what),
        texts.pop(ACCOUNT, ""),
        texts.pop(NOTE, ""),
        line.request,
        texts.pop(ABOUT, ""),
        texts,
        told.facts,
    )


def head_of(session: Session, number: int | None = None) -> tuple[int, str]:
    """Number and hash of the last line, or of the one with this number; (0, zeros) where there is none."""
    chosen = select(LineRow.number, LineRow.hash).order_by(LineRow.number.desc()).limit(1)
    found = session.execute(chosen if number is None else chosen.where(LineRow.number == number)).first()
    return (0, BEFORE_THE_FIRST) if found is None else (found.number, found.hash)


def looked_since(session: Session, request_id: int, by: str, since: datetime) -> bool:
    """Whether somebody's look at this request is a line since then."""
    found = (
        select(LineRow.number)
        .join(LineTextRow, LineTextRow.line == LineRow.number)
        .where(LineRow.request == request_id, LineRow.what == Happening.LOOKED.value, LineRow.at > since)
        .where(LineTextRow.field == ACCOUNT, LineTextRow.value == by)
    )
    return session.scalar(found.limit(1)) is not None
