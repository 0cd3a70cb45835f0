"""How much a reader can take in: sentences and words at most, by reading level, and words that a page does without.

A page may have 4 sentences (early), 6 (the others) or 7 (a page that cares); its own sentences need the rest. The limits
are on sentences and words, since reading formulas mislead on texts this short.
"""

import re
from typing import Final

from saywhy.policy.reader import Reader

type Limit = tuple[int, int]  # sentences, words in each

LIMITS: Final[dict[Reader, Limit]] = {
    Reader.EARLY: (1, 6),
    Reader.PRIMARY: (2, 10),
    Reader.SECONDARY: (2, 15),
    Reader.ADULT: (2, 20),
    Reader.EASY_READ: (2, 8),
}
CARE: Final[Limit] = (7, 10)
# Words that blame, frighten or speak of the machine: what the best pages of others avoid.
_AVOIDED: Final = re.compile(
    r"\b(forbidden|forbid|banned|ban|violat\w*|oops|sorry|unauthori[sz]ed|prohibited|denied|illegal|inappropriate"
    r"|punish\w*|caught|offen[cs]es?|suspicious|error|whoops|naughty|abuse)\b",
    re.IGNORECASE,
)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])[\"')\]\u2019\u201d]*\s+")


def limit_for(reader: Reader, *, locked: bool, caring: bool) -> Limit:
    """The limit of a reason. The page of a locked rule needs one sentence more to say that nobody can open it."""
    if caring:
        return CARE
    sentences, words = LIMITS[reader]
    return (1 if locked and reader is not Reader.ADULT else sentences, words)


def words_in_sentences(text: str) -> list[int]:
    """How many words each sentence has."""
    return [
        count
        for sentence in _SENTENCE_END.split(text.strip())
        if (count := sum(any(one.isalnum() for one in word) for word in sentence.split()))
    ]


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


def avoided(text: str) -> list[str]:
    """The words in a text that a page does without, each once."""
    return list(dict.fromkeys(found[0].lower() for found in _AVOIDED.finditer(text)))
