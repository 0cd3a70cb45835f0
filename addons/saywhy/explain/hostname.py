"""A host as people read it."""

import unicodedata
from typing import Final

import ada_url

from saywhy.policy.address import bracketed

_UNSHOWN: Final = frozenset(
    {"Cf", "Cc", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
)  # what could reorder or hide the text around it
_MARKS: Final = frozenset({"Mn", "Me"})
_MOST_MARKS: Final = 2  # on one letter; more of them run over the lines around
# Scripts that are written together (UTS 39, section 5.2, "highly restrictive"), by how Unicode's names of letters begin
_TOGETHER: Final = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)
_KANA: Final = frozenset({"KATAKANA-HIRAGANA", "IDEOGRAPHIC"})  # a sign of length or repetition, not of a script alone


def shown_host(host: str) -> str:
    """A canonical host for reading: "münchen.example (xn--mnchen-3ya.example)" where its name is not all ASCII.

    Both forms are shown since letters of other alphabets can look like Latin ones; the ASCII form cannot pretend. It
    stands alone where a label mixes alphabets (a Cyrillic letter in "paypal"), or has signs that would hide or reorder text.
    """
    if "xn--" not in host or not host.isascii():
        return bracketed(host)
    named: str = ada_url.idna_to_unicode(host)
    if named == host or not all(map(_can_be_read, named.split("."))):
        return host
    return f"{named} ({host})"


def _can_be_read(label: str) -> bool:
    """Whether a label is of one script, and shows what it is."""
    scripts: set[str] = set()
    marks = 0
    for sign in label:
        category = unicodedata.category(sign)
        if category in _UNSHOWN:
            return False
        marks = marks + 1 if category in _MARKS else 0
        if marks > _MOST_MARKS:
            return False
        if category[0] == "L":
            scripts.add(unicodedata.name(sign, "?").split(" ", 1)[0])
    scripts -= _KANA
    return len(scripts) <= 1 or any(scripts <= together for together in _TOGETHER)
