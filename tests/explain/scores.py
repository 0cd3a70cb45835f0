"""Reading scores by their published formulas. They mislead on short texts, so they are for a level's texts together.

textstat 0.7.3, which works offline, imports a module that setuptools has no more; newer ones download a dictionary.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

WORDS: Final = Path(__file__).parent / "reading"
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z'\u2019-]*")
_ENDINGS: Final = ("s", "es", "d", "ed", "ing", "er", "est", "ly", "'s", "r", "y", "en")


@cache
def words_in(name: str) -> frozenset[str]:
    """The words of a file beside this one, in lower case."""
    lines = (WORDS / f"{name}.txt").read_text("utf-8").splitlines()
    return frozenset(line.strip().lower() for line in lines if line.strip() and not line.startswith("#"))


def words_of(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return [found[0].lower().replace("\u2019", "'") for found in _WORD.finditer(text)]


def spache(text: str, sentences: int) -> float:
    """The grade by the revised Spache formula (1974): 0.121 x words a sentence + 0.082 x unfamiliar words in 100 + 0.659.

    An unfamiliar word counts once, however often it comes.
    """
    words = words_of(text)
    unfamiliar = {word for word in words if not _familiar(word)}
    return 0.121 * len(words) / sentences + 0.082 * 100 * len(unfamiliar) / len(words) + 0.659


def flesch_kincaid(text: str, sentences: int) -> float:
    """The grade by Kincaid et al. (1975): 0.39 x words a sentence + 11.8 x syllables a word - 15.59."""
    words = words_of(text)
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def syllables(word: str) -> int:
    """Groups of vowels, less an e at the end that nobody says: near enough for a score."""
    bare = re.sub(r"[^a-z]", "", word)
    groups = len(re.findall(r"[aeiouy]+", bare))
    silent = (bare.endswith("e") and not bare.endswith(("le", "ee", "ye"))) or re.search(
        r"[^aeiouytd]ed$", bare
    ) is not None
    return max(1, groups - (1 if silent and groups > 1 else 0))


def _familiar(word: str) -> bool:
    known = words_in("spache")
    stems = {word} | {word.removesuffix(end) for end in _ENDINGS}
    stems |= {f"{stem}e" for stem in stems} | {stem[:-1] + "y" for stem in stems if stem.endswith("i")}
    stems |= {stem[:-1] for stem in stems if len(stem) > 2 and stem[-1] == stem[-2]}
    return not stems.isdisjoint(known)
