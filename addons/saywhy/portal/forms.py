"""What people write into forms, checked on this side of the wire."""

import re
import secrets
import unicodedata
from collections.abc import Mapping
from typing import Final

from saywhy.portal.language import too_long

LONG: Final = 500  # characters of an answer in sentences
SHORT: Final = 200  # characters of an answer in a line
_FORM_KEY: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_ENDS_A_LINE: Final = frozenset({"Zl", "Zp"})
_UNSEEN: Final = frozenset({"Cc", "Cf"})  # what turns the text around it, or hides in it; but for what joins letters
_JOINS: Final = frozenset("\u200c\u200d")  # Persian, Indian scripts, drawn faces


def fresh_form() -> str:
    """What makes one form that is filled in unlike every other, so that sending it twice counts once."""
    return secrets.token_urlsafe(16)


def kept_form(key: str) -> str:
    """The mark of a form as it came; a fresh one for what was never made here."""
    return key if _FORM_KEY.fullmatch(key) else fresh_form()


def written(text: str) -> str:
    """A text as people wrote it: without control characters or marks that turn the text around it."""
    joined = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(map(_kept, joined)).strip()


def _kept(mark: str) -> str:
    if mark in "\n\t" or mark in _JOINS:
        return mark
    category = unicodedata.category(mark)
    return "\n" if category in _ENDS_A_LINE else "" if category in _UNSEEN else mark


def note_of(given: Mapping[str, str], name: str) -> tuple[str, str | None]:
    """What a member of staff wrote, and a message when it is too long."""
    text = written(given.get(name, ""))
    return text, None if len(text) <= LONG else too_long(LONG, text)
