"""How much a reader can take in: sentences and words at most, by reading level, and words that a page does without.

The limits are on sentences and words, since reading formulas mislead on texts this short.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Final

from saywhy.explain.builtin import builtin_pages
from saywhy.policy.reader import Reader

type Limit = tuple[int, int]  # sentences, words in each

# What a whole page says: its heading, what happened, the school's reason, reassurance and what to do.
PAGE: Final[dict[Reader, Limit]] = {
    Reader.EARLY: (4, 6),
    Reader.PRIMARY: (6, 10),
    Reader.SECONDARY: (6, 15),
    Reader.ADULT: (6, 20),
    Reader.EASY_READ: (6, 8),
}
CARE: Final[Limit] = (7, 10)
_CARING: Final = 4  # sentences of these, since the title and whom to call in danger are the others
# The school's reason, and why a place is trusted: a page's own sentences need the rest.
LIMITS: Final[dict[Reader, Limit]] = {
    reader: (1 if reader is Reader.EARLY else 2, words) for reader, (_, words) in PAGE.items()
}
EVERYBODY: Final = "avoid"
YOUNG: Final = "avoid-young"
CARING: Final = "avoid-care"
_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])[\"')\]\u2019\u201d]*\s+")


def limit_for(reader: Reader, *, locked: bool, caring: bool) -> Limit:
    """The limit of a reason. The page of a locked rule needs one sentence more to say that nobody can open it."""
    if caring:
        return _CARING, CARE[1]
    sentences, words = LIMITS[reader]
    return (1 if locked and reader is not Reader.ADULT else sentences, words)


@lru_cache(maxsize=8_192)  # a page is counted each time it is made, and pages are made of the same texts
def words_in_sentences(text: str) -> tuple[int, ...]:
    """How many words each sentence has."""
    return tuple(
        count
        for sentence in _SENTENCE_END.split(text.strip())
        if (count := sum(any(one.isalnum() for one in word) for word in sentence.split()))
    )


def sentences_in(texts: Iterable[str]) -> int:
    """How many sentences some texts have together."""
    return sum(len(words_in_sentences(text)) for text in texts)


def too_hard(text: str, limit: Limit) -> str:
    """What of a text is beyond a limit, in words; empty where nothing is."""
    sentences, words = limit
    counted = words_in_sentences(text)
    said: list[str] = []
    if len(counted) > sentences:
        said.append(f"{len(counted)} sentences where {sentences} {'is' if sentences == 1 else 'are'} the most")
    longest = max(counted, default=0)
    if longest > words:
        said.append(f"a sentence of {longest} words where {words} are the most")
    return " and ".join(said)


def avoided(text: str, words: str = EVERYBODY) -> list[str]:
    """The words in a text that a page does without, each once. `words` names the list: EVERYBODY, YOUNG or CARING."""
    return list(dict.fromkeys(found[0].lower() for found in _avoided(words).finditer(text)))


def read_words() -> None:
    """Read the lists of words, so that no page has to wait for them. Raises OSError where one is not there."""
    for name in (EVERYBODY, YOUNG, CARING):
        _avoided(name)


@cache
def _avoided(name: str) -> re.Pattern[str]:
    lines = (builtin_pages() / "reading" / f"{name}.txt").read_text("utf-8").splitlines()
    words = [
        re.escape(line.rstrip("*")) + (r"[\w-]*" if line.endswith("*") else "")
        for line in lines
        if line[:1] not in ("", "#")
    ]
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)
