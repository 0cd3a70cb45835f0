"""Pages that were made, without what is of one refusal alone: its reference, and the link that carries it.

Whether a page differs in nothing else is not believed but tried: the second time it is made once more and compared, and only a page
that comes out the same is remembered. So a school's own templates may do with these texts whatever they like.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from saywhy.explain.answer import Answer
from saywhy.explain.explanation import Kind
from saywhy.policy.reader import Reader
from saywhy.proxy.bounded_cache import BoundedCache

_MOST: Final = 512  # pages, of some ten kilobytes each
type Made = tuple[Answer, Kind, Reader]


@dataclass(frozen=True, slots=True)
class _Page:
    """The body cut at the places of the texts that change; `order` says which stands between two pieces."""

    answer: Answer
    kind: Kind
    reader: Reader
    pieces: tuple[bytes, ...] = ()
    order: tuple[int, ...] = ()
    tried: bool = False
    same: bool = True

    def body(self, texts: Sequence[bytes]) -> bytes:
        """The page with these texts."""
        between = iter(self.order)
        return b"".join(piece if not n else texts[next(between)] + piece for n, piece in enumerate(self.pieces))


class PageMemory:
    """Of one snapshot: what it was worked out from does not change."""

    def __init__(self, most: int = _MOST) -> None:
        self._pages: BoundedCache[Hashable, _Page] = BoundedCache(most)

    def page(self, key: Hashable, texts: Sequence[bytes], make: Callable[[], Made]) -> Made:
        """The page for a key, which holds all that it depends on but these texts, as they stand in it; made where it has to be."""
        known = self._pages.get(key)
        if known is not None and known.tried and known.same:
            self._pages.move_to_end(key)
            return replace(known.answer, body=known.body(texts)), known.kind, known.reader
        made = make()
        answer, kind, reader = made
        if known is None:
            self._pages.keep(key, _Page(answer, kind, reader, *_cut(answer.body, texts)))
        elif not known.tried:
            same = known.body(texts) == answer.body and known.answer.headers == answer.headers
            self._pages.keep(key, replace(known, tried=True, same=same))
        return made


def _cut(body: bytes, texts: Sequence[bytes]) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
    pieces: list[bytes] = []
    order: list[int] = []
    while True:
        found = [(at, number) for number, text in enumerate(texts) if text and (at := body.find(text)) >= 0]
        if not found:
            return (*pieces, body), tuple(order)
        at, number = min(found)
        pieces.append(body[:at])
        order.append(number)
        body = body[at + len(texts[number]) :]
