"""The form for minutes, checked on this side of the wire; what was typed is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from saywhy.exceptions.meetings import MOST_ITEMS, About, Decided, Item
from saywhy.exceptions.offer import parse_day
from saywhy.exceptions.sentences import NEEDS_A_SENTENCE, is_a_sentence
from saywhy.portal.forms import LONG, fresh_form, written

LONGEST: Final = 5_000  # characters of minutes
_MOST_PRESENT: Final = 30
_FORM: Final = range(16, 65)  # characters of a form's key


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to decide on, as it was typed; `key` is its number on the form."""

    key: str
    kind: str
    about: str
    decision: str
    until: str
    reason: str


@dataclass(frozen=True, slots=True)
class Minutes:
    """Minutes as they were typed, what they mean, and a message for each field that needs one."""

    form: str
    held_on: str
    present: str
    text: str
    rows: tuple[Row, ...]
    day: date | None
    there: tuple[str, ...]
    items: tuple[Item, ...]
    errors: Mapping[str, str] = field(default_factory=dict)


def read_minutes(given: Mapping[str, str], today: date) -> Minutes:
    """Read the form: who was there a line each, and for each row a decision, or none."""
    errors: dict[str, str] = {}
    form = given.get("form", "")
    held_on, text = written(given.get("held_on", ""))[:40], written(given.get("minutes", ""))
    present = written(given.get("present", ""))
    there = tuple(dict.fromkeys(line.strip() for line in present.splitlines() if line.strip()))
    day = parse_day(held_on)
    if day is None:
        errors["held_on"] = f"Write the day of the meeting as a date, like {today:%d/%m/%Y}"
    elif day > today:
        errors["held_on"] = "The meeting has to be today or earlier"
    if not there:
        errors["present"] = "Write who was there, one per line"
    elif len(there) > _MOST_PRESENT or any(len(one) > 100 for one in there):
        errors["present"] = f"Write {_MOST_PRESENT} lines of 100 characters at the most"
    if not text:
        errors["minutes"] = "Write what was said, in a few sentences"
    elif len(text) > LONGEST:
        errors["minutes"] = f"Use {LONGEST} characters or fewer; you have used {len(text)}"
    rows = tuple(row for number in range(MOST_ITEMS) if (row := _row(given, str(number))) is not None)
    items = [item for row in rows if (item := _item(row, today, errors)) is not None]
    return Minutes(
        form if len(form) in _FORM else fresh_form(), held_on, present, text, rows, day, there, tuple(items), errors
    )


def _row(given: Mapping[str, str], key: str) -> Row | None:
    kind, colon, about = given.get(f"about-{key}", "").partition(":")
    if not colon or kind not in set(About) or not about.strip() or len(about) > 253:
        return None
    values = (written(given.get(f"{name}-{key}", "")) for name in ("decision", "until", "reason"))
    return Row(key, kind, about.strip(), *values)


def _item(row: Row, today: date, errors: dict[str, str]) -> Item | None:
    if row.decision not in set(Decided):
        errors[f"decision-{row.key}"] = f"Choose what was decided about {row.about}"
        return None
    until = parse_day(row.until) if row.decision == Decided.KEEP else None
    if row.decision == Decided.KEEP and (until is None or until <= today):
        errors[f"until-{row.key}"] = f"Write until when {row.about} is kept: a day to come"
    if not is_a_sentence(row.reason):
        errors[f"reason-{row.key}"] = NEEDS_A_SENTENCE if row.reason else f"Write why, for {row.about}"
    elif len(row.reason) > LONG:
        errors[f"reason-{row.key}"] = f"Use {LONG} characters or fewer; you have used {len(row.reason)}"
    if {f"until-{row.key}", f"reason-{row.key}"} & errors.keys():
        return None
    return Item(About(row.kind), row.about, Decided(row.decision), row.reason, until)
