"""Many URL patterns at one host, found without trying each of them.

Each pattern is filed under the rarest thing that a path must have to be covered by it: the whole of its literal text
(up to a slash), what it begins with, a segment, three letters in a row, or a parameter. A path brings few such things,
so few patterns are tried, however many there are; those that are tried decide for themselves.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from typing import Final

from addons.policy.pattern import UrlPattern, parameters_of

type Mark = tuple[str, Hashable]

_STEM: Final = "stem"
_START: Final = "start"
_SEGMENT: Final = "segment"
_LETTERS: Final = "letters"
_PARAMETER: Final = "parameter"


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

    __slots__ = ("_entries", "_filed", "_kinds", "_longest", "_starts")

    def __init__(self, entries: Iterable[tuple[UrlPattern, T]]) -> None:
        self._entries = tuple(entries)
        marks = [tuple(dict.fromkeys(marks_of(pattern))) for pattern, _ in self._entries]
        common = Counter(mark for some in marks for mark in some)
        self._filed: dict[Mark, list[int]] = {}
        for number, some in enumerate(marks):
            self._filed.setdefault(min(some, key=common.__getitem__), []).append(number)
        self._kinds = frozenset(kind for kind, _ in self._filed)
        self._longest = max((len(str(text)) for kind, text in self._filed if kind == _STEM), default=0)
        self._starts = sorted({len(str(text)) for kind, text in self._filed if kind == _START})

    def prepare(self) -> None:
        """Compile every pattern now rather than at the first path that asks for it."""
        for pattern, _ in self._entries:
            pattern.prepare()

    def matching(self, path: str, query: str) -> list[T]:
        """The values of every pattern that covers the path (as `path_to_compare` gives it) and query, in their order."""
        filed = self._filed
        tried = [number for mark in self._marks_in(path, query) if mark in filed for number in filed[mark]]
        if not tried:
            return []
        tried.sort()
        return [value for pattern, value in map(self._entries.__getitem__, tried) if pattern.covers_path(path, query)]

    def _marks_in(self, path: str, query: str) -> Iterator[Mark]:
        kinds = self._kinds
        if _STEM in kinds:
            yield _STEM, path
            at = path.find("/")
            while 0 <= at <= self._longest:
                yield _STEM, path[:at]
                at = path.find("/", at + 1)
        for length in self._starts:
            if length <= len(path):
                yield _START, path[:length]
        if _SEGMENT in kinds:
            yield from ((_SEGMENT, part) for part in set(path.split("/")))
        if _LETTERS in kinds:
            yield from ((_LETTERS, letters) for letters in {path[at : at + 3] for at in range(len(path) - 2)})
        if query and _PARAMETER in kinds:
            yield from ((_PARAMETER, parameter) for parameter in parameters_of(query))
