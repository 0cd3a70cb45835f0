"""What people search for, told by the words in a search engine's URL: phrases are compiled once, a query is read once.

A phrase is a row of words. All phrases stand in one tree of words, so that a query costs by its own length, however many
phrases there are. Words are compared folded: case, accents, marks and the like do not count, nor do letters spelt one by one
("k i l l"), digits for letters ("su1c1de"), letters said thrice ("suiciiide") or words written as one ("killmyself").
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from urllib.parse import unquote_plus

from saywhy.policy.catalogue import Belonging, Source
from saywhy.policy.searches import Phrase, Searches

SEARCHED: Final = "words searched for"  # what stands for them wherever a decision is told: they are not told themselves
_LONGEST: Final = 2_048  # characters of a search; engines take fewer
_MOST_WORDS: Final = 64
_SPELT: Final = 3  # letters by themselves, in a row, that are one word
_SHORTEST_JOINED: Final = 6  # letters of words written as one; shorter ones stand in the middle of others
_UNKNOWN: Final = Source("searches", 1)
_END: Final = ""
_LETTERS: Final = str.maketrans("013457@$!", "oieastasi")
_OTHER_LETTERS: Final = str.maketrans("013457@$!", "oleastasl")


class _Marks(dict[int, str]):
    """What stands for each sign: itself where it is part of a word, a space where it parts two."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        self[code] = kept = sign if sign.isalnum() else " "
        return kept


# apostrophes of every kind are dropped: "don't" is "dont"
_MARKS: Final = _Marks(
    {**dict.fromkeys((0x27, 0x60, 0xB4, 0x2018, 0x2019, 0x2BC), ""), **{ord(one): one for one in "@$!"}}
)


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search counts for one category: the phrases in it, and the strongest that reduces."""

    category: str
    score: int
    phrases: tuple[Phrase, ...]
    reduced_by: Phrase | None = None


class Searching:
    """Phrases and places, compiled. `categories` are those that are looked for. Immutable."""

    __slots__ = ("_in_parameters", "_in_paths", "_tree", "belongings", "categories", "hosts", "threshold")

    def __init__(self, searches: Searches) -> None:
        self.categories = searches.look_for
        self.threshold = searches.threshold
        self.belongings = {
            one: Belonging("category", one, SEARCHED, searches.source or _UNKNOWN) for one in sorted(searches.look_for)
        }
        self._tree: dict[str, Any] = {}
        for phrase in searches.phrases if searches.look_for else ():
            if phrase.category is None or phrase.category in searches.look_for:
                self._file(phrase)
        self._in_parameters: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}
        self._in_paths: set[tuple[str, tuple[str, ...]]] = set()
        for place in (one for found in searches.places.values() for one in found):
            for domain in place.domains:
                key = (domain, place.folders)
                if place.parameter:
                    self._in_parameters[key] = (*self._in_parameters.get(key, ()), place.parameter)
                else:
                    self._in_paths.add(key)
        hosts = {domain for domain, _ in (*self._in_parameters, *self._in_paths)}
        self.hosts: frozenset[str] = frozenset(hosts) if searches.look_for else frozenset()

    def found(self, names: Sequence[str], path: str, query: str) -> tuple[Belonging, ...]:
        """The categories that a search belongs to; `names` are its host's, `path` is as `path_to_compare` gives it."""
        if not (text := self._words(names, path, query)) or not (phrases := self._phrases(text)):
            return ()
        return tuple(self.belongings[one.category] for one in _scores(phrases) if one.score >= self.threshold)

    def told(self, names: Sequence[str], path: str, query: str) -> tuple[Searched, ...]:
        """What a search counts for each category that it counts anything for, for whoever looks after the phrases."""
        text = self._words(names, path, query)
        return tuple(_scores(self._phrases(text))) if text else ()

    def _words(self, names: Sequence[str], path: str, query: str) -> str:
        """The words of a search as they were typed; empty where it is none."""
        if self.hosts.isdisjoint(names):
            return ""
        folders = tuple(filter(None, path.split("/")))
        for name in names:
            if name not in self.hosts:
                continue
            if query and (wanted := self._in_parameters.get((name, folders))):
                return " ".join(_values(query, wanted))[:_LONGEST]
            if folders and (name, folders[:-1]) in self._in_paths:
                return folders[-1][:_LONGEST]
        return ""

    def _phrases(self, text: str) -> tuple[Phrase, ...]:
        """The phrases in a text, each once, in their order there."""
        plain = words_of(text)
        if ("".join(plain).isalpha() or all(map(_is_plain, plain))) and not _says_thrice(text):
            return self._as_written(plain)
        found: dict[Phrase, None] = {}
        words = [_readings(word) for word in plain]
        for start in range(len(words)):
            nodes = [self._tree]
            for readings in words[start:]:
                nodes = [node[one] for node in nodes for one in readings if one in node]
                for node in nodes:
                    if _END in node:
                        found.update(dict.fromkeys(node[_END]))
                if not nodes:
                    break
        return tuple(found)

    def _as_written(self, words: Sequence[str]) -> tuple[Phrase, ...]:
        """The phrases in a row of words that can be read in one way, as nearly all can: the quick way."""
        tree = self._tree
        found: dict[Phrase, None] = {}
        for start in [at for at, word in enumerate(words) if word in tree]:
            node = tree
            for word in words[start:]:
                if word not in node:
                    break
                node = node[word]
                if _END in node:
                    found.update(dict.fromkeys(node[_END]))
        return tuple(found)

    def _file(self, phrase: Phrase) -> None:
        words = words_of(phrase.text)
        joined = "".join(words)
        for row in (words, [joined]) if len(words) > 1 and len(joined) >= _SHORTEST_JOINED else (words,):
            node = self._tree
            for word in row:
                node = node.setdefault(word, {})
            if row:
                node[_END] = (*node.get(_END, ()), phrase)


def _scores(found: Sequence[Phrase]) -> Iterator[Searched]:
    """What phrases count for each category that they count anything for."""
    for category in sorted({one.category for one in found if one.category is not None and one.weight > 0}):
        counted = tuple(one for one in found if one.category == category and one.weight > 0)
        reducing = [one for one in found if one.weight < 0 and one.category in (None, category)]
        reduced_by = min(reducing, key=lambda one: one.weight, default=None)
        score = sum(one.weight for one in counted) + (0 if reduced_by is None else reduced_by.weight)
        yield Searched(category, score, counted, reduced_by)


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared."""
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text[:_LONGEST])
        text = "".join(one for one in parts if unicodedata.category(one) not in ("Mn", "Cf"))
    words = text.casefold().translate(_MARKS).split()[:_MOST_WORDS]
    if len([one for one in words if len(one) == 1]) < _SPELT:
        return words
    whole: list[str] = []
    for single, some in groupby(words, key=lambda one: len(one) == 1):
        row = [*some]
        whole += ["".join(row)] if single and len(row) >= _SPELT else row
    return whole


def _is_plain(word: str) -> bool:
    """Whether no digit or sign in a word stands for a letter."""
    return word.isalpha() or word.isdigit()


def _says_thrice(text: str) -> bool:
    """Whether a sign stands three times in a row."""
    return any(3 * sign in text for sign in set(text))


def _readings(word: str) -> tuple[str, ...]:
    """A word as it stands, and as it is meant where digits stand for letters or letters stand thrice."""
    if _is_plain(word):
        return (word, _once(word)) if _says_thrice(word) else (word,)
    plain = word.strip("!")
    readings = (plain, plain.translate(_LETTERS), plain.translate(_OTHER_LETTERS))
    return tuple(dict.fromkeys((*readings, *map(_once, readings))))


def _once(word: str) -> str:
    """The word with each letter that is said three times or more in a row said once."""
    rows = ([*same] for _, same in groupby(word))
    return "".join(row[0] if len(row) > 2 else "".join(row) for row in rows)


def _values(query: str, wanted: Iterable[str]) -> Iterator[str]:
    """The values of these parameters in a query, decoded as forms are."""
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name in wanted or ("%" in name and unquote_plus(name) in wanted):
            value = value[: 3 * _LONGEST]
            yield unquote_plus(value) if "%" in value else value.replace("+", " ")
