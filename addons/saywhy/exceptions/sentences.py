"""Whether a text says something: a reason that a person can understand, an answer that staff can weigh."""

import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Final

_WORDS: Final = 3  # different ones: "Not this week", but not "no no no"
_LETTERS: Final = 8
_SHORTEST_ANSWER: Final = 2  # letters or digits: "PE", "7B"

NEEDS_A_SENTENCE: Final = "Write at least one whole sentence, so that the person can understand why"


def is_a_sentence(text: str) -> bool:
    """Whether a reason has some different words with letters in them."""
    words = list(_words(text))
    return len(set(words)) >= _WORDS and (
        sum(len(word) for word in words) >= _LETTERS or _written_without_spaces(words)
    )


def is_an_answer(text: str) -> bool:
    """Whether an answer holds anything but marks; it may be a single word."""
    return sum(len(word) for word in _words(text)) >= _SHORTEST_ANSWER


def _words(text: str) -> Iterator[str]:
    # Where a script is written without spaces, each sign counts as a word.
    for kind, marks in groupby(text, key=_kind):
        if kind == "wide":
            yield from marks
        elif kind == "letter":
            yield "".join(marks).casefold()


def _kind(mark: str) -> str:
    if not (mark.isalnum() or unicodedata.category(mark).startswith("M")):
        return ""
    return "wide" if unicodedata.east_asian_width(mark) == "W" else "letter"


def _written_without_spaces(words: list[str]) -> bool:
    return any(_kind(word[0]) == "wide" for word in words)
