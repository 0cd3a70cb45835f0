"""The audit trail checked: that each line is what it was, where it was, and that requests are as it tells.

Found are: a line that was edited, deleted or moved; texts that were edited, or taken away without a line that says so; a tail
that was cut off, where somebody remembers it (`Remembered`); requests, answers, permits and joins that are not as the trail
tells, and requests that ended without a reason. Who writes all hashes anew, from some line on, is found by what is remembered elsewhere alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from saywhy.exceptions.as_kept import ASKED, PERMIT, permit_as_kept, request_as_kept
from saywhy.exceptions.asking_tables import DetailsRow, JoinRow
from saywhy.exceptions.chain import BEFORE_THE_FIRST, digest_of
from saywhy.exceptions.request import UNTOLD, Happening, Verdict, number_of
from saywhy.exceptions.state import UNDECIDED, State
from saywhy.exceptions.stored import Stored
from saywhy.exceptions.tables import GrantRow, RequestRow, ReviewRow
from saywhy.exceptions.trail import ACCOUNT, NOTE, STATE, Told, head_of, lines
from saywhy.exceptions.trail_tables import LineRow

_DELETIONS: Final = frozenset({Happening.ERASED.value, Happening.EXPIRED.value})
_ENDS_BY_ITSELF: Final = frozenset({Happening.WITHDRAWN.value})  # who asked said so
_BESIDE: Final = frozenset(  # these move no request
    one.value for one in (Happening.REVOKED, Happening.JOINED, Happening.LEFT, Happening.HALF_TIME, Happening.OVERDUE)
)
_ANSWERS: Final = {
    Happening.APPROVED.value: Verdict.APPROVE.value,
    Happening.CHANGED.value: Verdict.APPROVE.value,
    Happening.SIGNED_OFF.value: Verdict.SIGN_OFF.value,
    Happening.REFUSED.value: Verdict.REFUSE.value,
}
_NO_STEPS: Final = frozenset({one.value for one in UNTOLD}) | _DELETIONS | _BESIDE


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it should be: at a line (0 for none), about a request (None for none)."""

    said: str
    line: int = 0
    request: int | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """A line that somebody knows of from elsewhere: its hash and, where it is known, its number; `by` says from where."""

    hash: str
    by: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What came out: how many lines there are, the last one's hash, and every fault in the order of the lines."""

    lines: int
    head: str
    faults: tuple[Fault, ...]


@dataclass(slots=True)
class _Life:
    """What the trail tells of one request. `whole`: from its beginning on, and not taken over from before there was a trail."""

    whole: bool = False
    asked: str | None = None
    permit: str | None = None
    given: bool = False
    ended: bool = False
    joined: int = 0  # those that did not leave
    answers: list[tuple[str, str, str]] = field(default_factory=list)  # verdict, account, reason
    state: str | None = None
    last: Told | None = None  # the step that moved it last
    gone: bool = False


@dataclass(slots=True)
class _Seen:
    """What is known after the lines were read once."""

    place: dict[str, int] = field(default_factory=dict)  # where each hash stands
    lives: dict[int, _Life] = field(default_factory=dict)
    missing: dict[int, list[str]] = field(default_factory=dict)  # texts that are not there, by line
    covered: list[tuple[int, int, int]] = field(default_factory=list)  # first and last line, and the line that says so


class Checking(Stored):
    """The trail, checked against itself and against what it tells of."""

    def trail_head(self, number: int | None = None) -> tuple[int, str]:
        """Number and hash of the last line, or of the one with this number; (0, zeros) where there is none."""
        with self._database.reading() as session:
            return head_of(session, number)

    def check_trail(self, *remembered: Remembered) -> Checked:
        """Read the whole trail once and check it."""
        with self._database.reading() as session:
            seen = _Seen()
            for number, hash_ in session.execute(select(LineRow.number, LineRow.hash)):
                seen.place[hash_] = number
            faults = list(_chain(session, seen))
            faults += _uncovered(seen)
            number, head = head_of(session)
            for one in remembered:
                faults += _forgotten(one, seen, number)
            faults += _lives(session, seen)
        return Checked(len(seen.place), head, tuple(sorted(faults, key=lambda one: (one.line == 0, one.line))))


def _chain(session: Session, seen: _Seen) -> Iterator[Fault]:
    number, previous = 0, BEFORE_THE_FIRST
    for told in lines(session):
        line = told.line
        if line.number != number + 1:
            gap = (
                f"line {number + 1} is" if line.number == number + 2 else f"lines {number + 1} to {line.number - 1} are"
            )
            yield Fault(f"{gap} missing: deleted from the middle", number + 1)
        elif line.previous != previous:
            place = seen.place.get(line.previous)
            moved = f"it followed line {place}, and stands after line {number} now: moved" if place is not None else ""
            yield Fault(
                f"line {line.number} does not follow the line before it: {moved or 'one of the two was changed'}",
                line.number,
            )
        if not line.holds:
            yield Fault(f"line {line.number} was changed: its hash is not that of what stands in it", line.number)
        number, previous = line.number, line.hash
        try:
            yield from _texts(told, seen)
            _follow(told, seen)
        except (ValueError, TypeError, KeyError, AttributeError):
            yield Fault(f"line {line.number} cannot be read", line.number)


def _texts(told: Told, seen: _Seen) -> Iterator[Fault]:
    number, sealed = told.line.number, told.sealed
    for name, text in told.texts.items():
        if name not in sealed:
            yield Fault(f"line {number} says something in {name!r} that was added later", number)
        elif digest_of(name, told.salts[name], text) != sealed[name]:
            yield Fault(f"line {number} was changed: what it says in {name!r} is not what was written", number)
    if told.gone:
        seen.missing[number] = list(told.gone)


def _follow(told: Told, seen: _Seen) -> None:
    line, facts = told.line, told.facts
    if line.what in _DELETIONS:
        seen.covered += [(int(first), int(last), line.number) for first, last in facts.get("lines", ())]
        for request in facts.get("requests", ()):
            seen.lives.setdefault(int(request), _Life()).gone = True
    if line.request is None:
        return
    life = seen.lives.setdefault(line.request, _Life())
    life.whole = life.whole or ASKED in told.sealed
    life.given = life.given or PERMIT in told.sealed
    life.ended = life.ended or line.what == Happening.REVOKED.value
    life.joined += {Happening.JOINED.value: 1, Happening.LEFT.value: -1}.get(line.what, 0)
    if line.what in _ANSWERS:
        life.answers.append((_ANSWERS[line.what], told.texts.get(ACCOUNT, ""), told.texts.get(NOTE, "")))
    life.asked = told.texts.get(ASKED, life.asked)
    life.permit = told.texts.get(PERMIT, life.permit)
    state = facts.get(STATE)
    if line.what not in _NO_STEPS and (state is None or state != life.state):
        life.last = told
    if state is not None:
        life.state = str(state)


def _uncovered(seen: _Seen) -> Iterator[Fault]:
    for number, fields in seen.missing.items():
        if not any(first <= number <= last < by for first, last, by in seen.covered):
            told = ", ".join(fields)
            yield Fault(f"what line {number} said ({told}) was taken away, and no later line says so", number)


def _forgotten(known: Remembered, seen: _Seen, last: int) -> Iterator[Fault]:
    place = seen.place.get(known.hash, 0 if known.hash == BEFORE_THE_FIRST else None)
    if known.number is not None and known.number > last:
        count = known.number - last
        yield Fault(
            f"the end is cut off: {known.by} knows {known.number} lines, and {count} of them {'is' if count == 1 else 'are'} gone",
            last + 1,
        )
    elif place is None or (known.number is not None and place != known.number):
        where = f"line {known.number}" if known.number is not None else "no line"
        said = "is not the line that" if known.number is not None else "has the hash that"
        yield Fault(f"{where} {said} {known.by} knows: the trail was cut off or written anew", known.number or 0)


def _lives(session: Session, seen: _Seen) -> Iterator[Fault]:
    rows = {row.id: row for row in session.scalars(select(RequestRow))}
    permits = {row.request: row for row in session.scalars(select(GrantRow))}
    answers, joined = _answers(session), _joined(session)
    for request, life in sorted(seen.lives.items()):
        row, told = rows.get(request), number_of(request)
        if row is None:
            if not life.gone:
                yield Fault(f"{told} is missing, and no line says that it was deleted", request=request)
        else:
            for said in _wrong_with_request(life, row):
                yield Fault(f"{told} {said}", request=request)
            for said in _wrong_with_permit(life, permits.get(request)):
                yield Fault(f"the permit of {told} {said}", request=request)
            if life.whole and answers.get(request, []) != life.answers:
                yield Fault(f"the answers to {told} are not those that the trail tells", request=request)
            if joined.get(request, 0) > life.joined:
                yield Fault(f"somebody joined {told}, and no line says so", request=request)
        state = life.state or (None if row is None else row.state)
        if state is not None and state not in UNDECIDED and not _has_reason(life, state):
            yield Fault(f"{told} ended without a reason", request=request)
    for request in sorted(rows.keys() - seen.lives.keys()):
        yield Fault(f"{number_of(request)} is there, and no line tells of it", request=request)


def _wrong_with_request(life: _Life, row: RequestRow) -> Iterator[str]:
    if life.asked is not None and life.asked != request_as_kept(row):
        yield "was changed since it was asked"
    if life.state is not None and life.state != row.state:
        yield f"is {row.state}, and the trail says {life.state}"


def _wrong_with_permit(life: _Life, permit: GrantRow | None) -> Iterator[str]:
    if life.permit is not None and (permit is None or permit_as_kept(permit) != life.permit):
        yield "was changed since it was given"
    if permit is None:
        return
    granted = life.state in (None, State.GRANTED.value)
    if not life.given and (life.whole or not granted):
        yield "is there, and no line says that it was given"
    if life.ended and permit.revoked_at is None:
        yield "was ended early, and is there again"
    if life.whole and not life.ended and permit.revoked_at is not None:
        yield "was ended early, and no line says so"


def _answers(session: Session) -> dict[int, list[tuple[str, str, str]]]:
    """The answers as they stand, by request: verdict, account and reason."""
    found: dict[int, list[tuple[str, str, str]]] = {}
    for row in session.scalars(select(ReviewRow).order_by(ReviewRow.id)):
        found.setdefault(row.request, []).append((row.verdict, row.account, row.reason))
    return found


def _joined(session: Session) -> dict[int, int]:
    """How many ask each request besides the one who did first; who asked and left counts as one less."""
    counted = select(JoinRow.request, func.count()).where(JoinRow.left_at.is_(None)).group_by(JoinRow.request)
    found = dict(session.execute(counted).all())
    for request in session.scalars(select(DetailsRow.request).where(DetailsRow.left_at.is_not(None))):
        found[request] = found.get(request, 0) - 1
    return found


def _has_reason(life: _Life, state: str) -> bool:
    if life.last is None:
        return False
    if life.last.line.what in _ENDS_BY_ITSELF:
        return True
    return NOTE in life.last.sealed or (
        state == State.GRANTED.value and ACCOUNT in life.last.sealed
    )  # a yes says itself
