"""Many URL patterns at one host, found without trying each of them.

Each pattern is filed under the rarest thing that a path must have to be covered by it: the whole of its literal text
(up to a slash), what it begins with, a segment, three letters in a row, or a parameter. A path brings few such things,
so few patterns are tried, however many there are; those that are tried decide for themselves.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from typing import Any, Final

from saywhy.policy.pattern import UrlPattern, parameters_of

type Mark = tuple[str, Hashable]

_STEM: Final = "stem"
_START: Final = "start"
_SEGMENT: Final = "segment"
_LETTERS: Final = "letters"
_PARAMETER: Final = "parameter"
_KINDS: Final = (_STEM, _PARAMETER, _START, _SEGMENT, _LETTERS)


def marks_of(pattern: UrlPattern) -> Iterator[Mark]:
    """What a path and query must have to be covered by the pattern, the cheapest to look up first."""
    pieces = pattern.pieces
    if len(pieces) == 1:
        yield _STEM, pieces[0]
    yield from ((_PARAMETER, parameter) for parameter in pattern.parameters)
    if len(pieces) > 1:
        yield _START, pieces[0]
        for number, piece in enumerate(pieces):
            parts = piece.split("/")
            last = len(parts) if number == len(pieces) - 1 else -1  # only a slash or the end follows the last piece
            yield from ((_SEGMENT, part) for part in parts[1:last] if part)
        for piece in pieces:
            yield from ((_LETTERS, piece[at : at + 3]) for at in range(len(piece) - 2))


class PathIndex[T]:
    """Values by the patterns of one host (its subdomains included). Immutable once built."""

    __slots__ = (
        "_anywhere",
        "_entries",
        "_has_stars",
        "_letters",
        "_longest",
        "_parameters",
        "_segments",
        "_starts",
        "_stems",
        "_widths",
    )

    def __init__(self, entries: Iterable[tuple[UrlPattern, T]]) -> None:
        self._entries = tuple(entries)
        marks = [tuple(dict.fromkeys(marks_of(pattern))) for pattern, _ in self._entries]
        common = Counter(mark for some in marks for mark in some)
        filed: dict[str, dict[Any, list[int]]] = {kind: {} for kind in _KINDS}
        for number, some in enumerate(marks):
            kind, what = min(some, key=common.__getitem__)
            filed[kind].setdefault(what, []).append(number)
        self._stems, self._parameters, self._starts, self._segments, self._letters = filed.values()
        self._anywhere = self._stems.get("", ())
        self._longest = max(map(len, self._stems), default=-1)
        self._has_stars = bool(self._starts or self._segments or self._letters)
        self._widths = sorted(set(map(len, self._starts)))

    def prepare(self) -> None:
        """Compile every pattern now rather than at the first path that asks for it."""
        for pattern, _ in self._entries:
            pattern.prepare()

    def matching(self, path: str, query: str) -> list[T]:
        """The values of every pattern that covers the path (as `path_to_compare` gives it) and query, in their order."""
        tried: list[int] = []
        if stems := self._stems:
            if path in stems:
                tried += stems[path]
            if self._anywhere:  # the stem of nothing, before the first slash
                tried += self._anywhere
            at = path.find("/", 1)
            while 0 < at <= self._longest:
                if (stem := path[:at]) in stems:
                    tried += stems[stem]
                at = path.find("/", at + 1)
        if query and self._parameters:
            for parameter in self._parameters.keys() & parameters_of(query):
                tried += self._parameters[parameter]
        if self._has_stars:
            self._try_stars(path, tried)
        if not tried:
            return []
        found = map(self._entries.__getitem__, sorted(set(tried)))
        return [value for pattern, value in found if pattern.covers_path(path, query)]

    def _try_stars(self, path: str, tried: list[int]) -> None:
        for width in self._widths:
            tried += self._starts.get(path[:width], ())
        if self._segments:
            for segment in self._segments.keys() & path.split("/"):
                tried += self._segments[segment]
        if self._letters:
            for letters in self._letters.keys() & {path[at : at + 3] for at in range(len(path) - 2)}:
                tried += self._letters[letters]
