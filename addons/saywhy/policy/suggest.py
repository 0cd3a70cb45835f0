"""Words for problems: what was found, and what was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_LONGEST_SHOWN: Final = 60
_MOST_LISTED: Final = 12


def quoted(text: str) -> str:
    """The text in single quotes, cut where it is long, control characters made visible."""
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…")


def listed(words: Iterable[str]) -> str:
    """The words in a row, the first dozen of them."""
    every = list(words)
    return ", ".join(every[:_MOST_LISTED]) + (", …" if len(every) > _MOST_LISTED else "")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A remedy: the known word that is nearest, or else all that are known; empty when none are."""
    every = list(dict.fromkeys(known))
    if not every:
        return ""
    if len(word) <= _LONGEST_SHOWN:
        folded = {one.casefold(): one for one in reversed(every)}
        close = get_close_matches(word.casefold(), folded, n=1)
        if close:
            return f"did you mean {quoted(folded[close[0]])}?"
    return f"write one of: {listed(every)}" if len(every) > 1 else f"write {every[0]}"


def either(words: Iterable[str], *, most: int = 12) -> str:
    """The words as a list that ends in "or"."""
    every = list(words)
    if len(every) > most:
        return f"{', '.join(every[:most])} or {len(every) - most} more"
    return " or ".join(filter(None, (", ".join(every[:-1]), *every[-1:])))


def all_of(words: Iterable[str], *, most: int = 5) -> str:
    """The words as a list that ends in "and"."""
    every = list(words)
    if len(every) > most:
        return f"{', '.join(every[:most])} and {len(every) - most:,} more"
    return " and ".join(filter(None, (", ".join(every[:-1]), *every[-1:])))
