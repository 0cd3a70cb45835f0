"""Which of the school's words a reader is told: those written for them, or the nearest that they can take in."""

from functools import lru_cache
from typing import Final

from saywhy.explain.explanation import Explanation
from saywhy.explain.reading import CARING, LIMITS, YOUNG, avoided, limit_for, too_hard
from saywhy.policy.catalogue import Alternative
from saywhy.policy.reader import Reader
from saywhy.policy.rule import Rule, Why

# Whose words are taken where the school wrote none for a level: the next simpler ones first.
_NEAREST: Final = {Reader.EARLY: (Reader.EARLY, Reader.PRIMARY), Reader.EASY_READ: (Reader.EASY_READ, Reader.PRIMARY)}
# For these the common words, which are written for grown-ups, stand in only where they are as short and as plain.
_SPARED: Final = frozenset({Reader.EARLY, Reader.PRIMARY, Reader.EASY_READ})
_MOST: Final = 4096  # texts that are remembered: a large school's rules, by level


def told_in(rule: Rule, language: str, own: str) -> tuple[Why, str]:
    """The school's reason as it wrote it in a language, else in its own; and the language that this is."""
    why = rule.why or Why("")
    told = why.in_language(language)
    return told, own if told is why else language


def reason_for(why: Why, reader: Reader, *, locked: bool) -> str:
    """The school's reason as this reader is told it; empty where none of its words are for them."""
    return _told(why.risk, own_words(why, reader), reader, locked)


def own_words(why: Why, reader: Reader) -> str | None:
    """What the school wrote for a level, or for the nearest simpler one; None where it wrote neither."""
    return next((why.readers[one] for one in _NEAREST.get(reader, (reader,)) if one in why.readers), None)


def caring_words(rule: Rule, plain: Explanation, title: str) -> tuple[str, ...]:
    """The school's own words for a page that cares, as sentences; empty where they name what a reader is spared.

    What says the same as the page's title is left out. Where the school wrote none in the page's language, our own are better
    understood.
    """
    why, language = told_in(rule, plain.language, plain.languages[0])
    if rule.why is None or language != plain.language:
        return ()
    text = own_words(why, plain.reader) or why.risk
    return () if avoided(text, CARING) else _but_for(title, text)


@lru_cache(maxsize=_MOST)
def trusted_for(place: Alternative, reader: Reader) -> str:
    """Why a place is trusted, as this reader is told it; empty where none of the words fit them."""
    own = next((text for one in _NEAREST.get(reader, (reader,)) if (text := place.readers.get(one))), None)
    if own is not None and (reader is not Reader.EARLY or not too_hard(own, LIMITS[reader])):
        return own
    fits = reader not in _SPARED or (reader is not Reader.EARLY and not too_hard(place.trusted, LIMITS[reader]))
    return place.trusted if fits else ""


@lru_cache(maxsize=_MOST)
def _told(common: str, own: str | None, reader: Reader, locked: bool) -> str:  # noqa: FBT001  # one key of a cache
    limit = limit_for(reader, locked=locked, caring=False)
    if (
        own is not None
    ):  # the youngest are spared what is too long, too; a longer text for others is the school's choice
        return "" if reader is Reader.EARLY and too_hard(own, limit) else own
    if reader not in _SPARED:
        return common
    return "" if too_hard(common, limit) or avoided(common, YOUNG) else common


def _but_for(title: str, text: str) -> tuple[str, ...]:
    first, _, rest = text.partition(". ")
    same = first.strip(" .").casefold() == title.strip(" .").casefold()
    return ((rest,) if rest else ()) if same else (text,)
