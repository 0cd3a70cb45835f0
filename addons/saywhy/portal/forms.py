"""What people write into forms, checked on this side of the wire."""

import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from saywhy.exceptions.offer import parse_day
from saywhy.exceptions.sentences import is_an_answer
from saywhy.policy.period import day_in_words

LONG: Final = 500  # characters of an answer in sentences
SHORT: Final = 200  # characters of an answer in a line
_FORM_KEY: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_UNSEEN: Final = frozenset("\u200b\u200e\u200f\u2060\ufeff") | {
    chr(code) for span in (range(0x202A, 0x202F), range(0x2066, 0x206A)) for code in span
}


@dataclass(frozen=True, slots=True)
class Answers:
    """The ask form: as it was written, the day that was meant, and a message for each field that needs one."""

    wants: str = ""
    because: str = ""
    work: str = ""
    until: str = ""
    form: str = ""
    day: date | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


def fresh_form() -> str:
    """What makes one form that is filled in unlike every other, so that sending it twice counts once."""
    return secrets.token_urlsafe(16)


def kept_form(key: str) -> str:
    """The mark of a form as it came; a fresh one for what was never made here."""
    return key if _FORM_KEY.fullmatch(key) else fresh_form()


def written(text: str) -> str:
    """A text as people wrote it: without control characters or marks that turn the text around it."""
    joined = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (mark for mark in joined if mark in "\n\t" or (unicodedata.category(mark) != "Cc" and mark not in _UNSEEN))
    return "".join(kept).strip()


def read_answers(given: Mapping[str, str], today: date, last: date) -> Answers:
    """Read the ask form. `today` is the school's, `last` the last day that the rule offers."""
    wants, because, work = (written(given.get(name, "")) for name in ("wants", "because", "work"))
    until = written(given.get("until", ""))[:40]
    errors: dict[str, str] = {}
    _check(errors, "wants", wants, "Write what you want to do", LONG)
    _check(errors, "because", because, "Write why you need it", LONG)
    _check(errors, "work", work, "Write which lesson or piece of work it is for", SHORT)
    day = parse_day(until)
    if not until:
        errors["until"] = "Choose the last day you need it"
    elif day is None:
        errors["until"] = f"Write the last day as a date, like {today:%d/%m/%Y}"
    elif day < today:
        errors["until"] = "The last day has to be today or later"
    elif day > last:
        errors["until"] = f"The last day can be {day_in_words(last)} at the latest"
    return Answers(
        wants=wants,
        because=because,
        work=work,
        until=until if day is None else day.isoformat(),
        form=kept_form(given.get("form", "")),
        day=day,
        errors=errors,
    )


def _check(errors: dict[str, str], name: str, text: str, missing: str, longest: int) -> None:
    if not text:
        errors[name] = missing
    elif not is_an_answer(text):
        errors[name] = f"{missing}, in words"
    elif len(text) > longest:
        errors[name] = f"Use {longest} characters or fewer; you have used {len(text)}"


def note_of(given: Mapping[str, str], name: str) -> tuple[str, str | None]:
    """What a member of staff wrote, and a message when it is too long."""
    text = written(given.get(name, ""))
    return text, None if len(text) <= LONG else f"Use {LONG} characters or fewer; you have used {len(text)}"
