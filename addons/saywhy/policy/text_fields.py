"""Texts of a policy: sentences for people, in which any sign may stand, and names, which only mean something as they are."""

import re
from collections.abc import Mapping
from typing import Any, Final

from saywhy.policy.codes import Code
from saywhy.policy.part import mistake, wrong_kind
from saywhy.policy.pasted_signs import pasted_sign, said_of, unseen_sign
from saywhy.policy.reading.yaml12 import CutText
from saywhy.policy.suggest import did_you_mean, quoted

_ID: Final = re.compile(r"\w[\w.-]{0,63}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ENDS: Final = " \t\r\n"


def read_sentence(value: Any, wanted: str = "text") -> str:
    """A text for people. Raises a mistake where nobody could read it, or where a # cut it off."""
    if not isinstance(value, str):
        raise wrong_kind(wanted)
    text = value.strip()
    if not text:
        raise mistake("nothing between the quotes", "write a text", code=Code.NOTHING_WRITTEN)
    if _CONTROL.search(text):
        raise mistake(f"{quoted(text)} holds a control character", "leave it out", code=Code.INVISIBLE_CHARACTER)
    if isinstance(value, CutText):
        what = f"this text ends before its #, and {quoted(value.rest)} is a comment that nobody reads"
        raise mistake(what, "put the whole text in quotes; a comment has a space after its #", code=Code.CUT_TEXT)
    return text


def read_name(value: Any, wanted: str, instead: str = "") -> str:
    """A text that means something only as it is: a name, an id, a time. Raises what is wrong with it."""
    if not isinstance(value, str):
        raise wrong_kind(wanted, instead)
    text = value.strip(_ENDS)
    if not text:
        raise mistake("nothing between the quotes", instead or f"write {wanted}", code=Code.NOTHING_WRITTEN)
    sign = pasted_sign(text)
    if sign is not None:
        raise mistake(*said_of(text, sign), code=sign.code)
    return text


def read_word[T](value: Any, words: Mapping[str, T], wanted: str, what: str, instead: str = "") -> T:
    """What one of some words means. Raises a mistake that says which is the nearest; `what` is "offer", "level"."""
    text = read_name(value, wanted, instead or f"write one of: {', '.join(words)}")
    if text not in words:
        raise mistake(f"unknown {what} {quoted(text)}", did_you_mean(text, words), code=Code.UNKNOWN_WORD)
    return words[text]


def read_label(value: Any, wanted: str = "text") -> str:
    """A text for people that is compared with others as well, as the name of a place: nothing unseen may be in it."""
    text = read_sentence(value, wanted)
    sign = unseen_sign(text)
    if sign is not None:
        raise mistake(*said_of(text, sign), code=sign.code)
    return text


def read_id(value: Any) -> str:
    """An id: letters, digits, hyphens, dots and underscores."""
    text = read_name(value, "a short name")
    if text != value or _ID.fullmatch(text) is None:
        instead = "write letters, digits and hyphens, without spaces: year-7"
        raise mistake(f"{quoted(value)} cannot be an id", instead, code=Code.BAD_NAME)
    return text
