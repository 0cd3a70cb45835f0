"""A regular expression as a tree, as far as RE2 and Python's own parser read it in the same way."""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

import re2

# What RE2 and Python's parser, which is used here, read in different ways. What one of them refuses needs no mention.
_TWO_READINGS: Final = re.compile(r"\(\?(?!:)|\[\[|\[:|\{,")
_DIGITS: Final = ((0x30, 0x39),)
_WORD: Final = (*_DIGITS, (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_SPACE: Final = ((0x09, 0x0A), (0x0C, 0x0D), (0x20, 0x20))
_CLASSES: Final = {  # as RE2 has them: ASCII alone
    sre.CATEGORY_DIGIT: (False, _DIGITS),
    sre.CATEGORY_NOT_DIGIT: (True, _DIGITS),
    sre.CATEGORY_WORD: (False, _WORD),
    sre.CATEGORY_NOT_WORD: (True, _WORD),
    sre.CATEGORY_SPACE: (False, _SPACE),
    sre.CATEGORY_NOT_SPACE: (True, _SPACE),
}
_FOLDED: Final = {"s": "sS\u017f", "k": "kK\u212a"}  # what RE2 takes for one sign where it has no regard to case


class UnprovenError(Exception):
    """Something whose meaning is not followed here."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One character: of these ranges, or of none of them."""

    ranges: tuple[tuple[int, int], ...]
    negated: bool = False

    def has(self, mark: str) -> bool:
        """Whether it stands for this mark (in small letters), without regard to case."""
        return self.negated != any(
            first <= ord(one) <= last for one in _FOLDED.get(mark, mark + mark.upper()) for first, last in self.ranges
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Something about where a match stands, as RE2 writes it: `^` and `$` and what is about words."""

    text: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after another; of none: what matches the empty text."""

    parts: "tuple[Node, ...]" = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several; of none: what matches nothing at all."""

    ways: "tuple[Node, ...]" = ()


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same several times; `most` None: without end."""

    what: "Node"
    least: int
    most: int | None


type Node = Sign | Place | Sequence | Choice | Repeat

BEGIN: Final = Place("^")
END: Final = Place("$")
EMPTY: Final = Sequence()
NOTHING: Final = Choice()


def read(text: str) -> Node:
    """The tree of an expression that RE2 takes. Raises UnprovenError."""
    if _TWO_READINGS.search(text):
        raise UnprovenError
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _of(parser.parse(text))
    except (re.error, OverflowError):
        raise UnprovenError from None


def _of(parsed: Any) -> Node:
    return sequence(*(_one(operation, about) for operation, about in parsed))


def _one(operation: Any, about: Any) -> Node:  # noqa: PLR0911 — one return for each form
    match operation:
        case sre.LITERAL:
            return Sign(((about, about),))
        case sre.NOT_LITERAL:
            return Sign(((about, about),), negated=True)
        case sre.ANY:
            return Sign(((0x0A, 0x0A),), negated=True)
        case sre.IN:
            return _set(about)
        case sre.BRANCH:
            return choice(*(_of(way) for way in about[1]))
        case sre.SUBPATTERN:
            return _of(about[3])
        case sre.MAX_REPEAT | sre.MIN_REPEAT:
            least, most, what = about
            return Repeat(_of(what), least, None if most == sre.MAXREPEAT else most)
        case sre.AT:
            return _at(about)
    raise UnprovenError


def _set(items: list[tuple[Any, Any]]) -> Node:
    """A set as one sign. One that mixes signs with a class of all others is not followed."""
    negated = items[0][0] is sre.NEGATE
    ranges: list[tuple[int, int]] = []
    for kind, about in items[negated:]:
        if kind is sre.LITERAL:
            ranges.append((about, about))
        elif kind is sre.RANGE:
            ranges.append(about)
        elif kind is sre.CATEGORY and not _CLASSES[about][0]:
            ranges += _CLASSES[about][1]
        elif kind is sre.CATEGORY and len(items) == 1:
            return Sign(_CLASSES[about][1], negated=True)
        else:
            raise UnprovenError
    return Sign(tuple(ranges), negated)


def _at(about: Any) -> Place:
    if about is sre.AT_BEGINNING or about is sre.AT_BEGINNING_STRING:
        return BEGIN
    if about is sre.AT_END:
        return END
    if about is sre.AT_BOUNDARY or about is sre.AT_NON_BOUNDARY:
        return Place(r"\b" if about is sre.AT_BOUNDARY else r"\B")
    raise UnprovenError


def sequence(*nodes: Node) -> Node:
    """One after another, as simple as it can be written."""
    parts: list[Node] = []
    for node in nodes:
        if node == NOTHING:
            return NOTHING
        parts += node.parts if isinstance(node, Sequence) else (node,)
    return parts[0] if len(parts) == 1 else Sequence(tuple(parts))


def choice(*nodes: Node) -> Node:
    """One of several, as simple as it can be written."""
    ways: dict[Node, None] = {}
    for node in nodes:
        ways.update(dict.fromkeys(node.ways if isinstance(node, Choice) else (node,)))
    return next(iter(ways)) if len(ways) == 1 else Choice(tuple(ways))


def anchored(node: Node) -> bool:
    """Whether every match has to stand at the beginning."""
    match node:
        case Place():
            return node == BEGIN
        case Sequence(parts):
            return any(map(anchored, parts))
        case Choice(ways):
            return all(map(anchored, ways))
        case Repeat(what, least, _):
            return least > 0 and anchored(what)
    return False


def could_be_empty(node: Node) -> bool:
    """Whether the empty text may be a match."""
    match node:
        case Place():
            return True  # perhaps
        case Sequence(parts):
            return all(map(could_be_empty, parts))
        case Choice(ways):
            return any(map(could_be_empty, ways))
        case Repeat(what, least, _):
            return least == 0 or could_be_empty(what)
    return False


def without(node: Node, gone: Callable[[Node], bool]) -> Node:
    """The same where some signs and places can match no more."""
    match node:
        case Sequence(parts):
            return sequence(*(without(part, gone) for part in parts))
        case Choice(ways):
            return choice(*(without(way, gone) for way in ways))
        case Repeat(what, least, most):
            within = without(what, gone)
            if within == NOTHING:
                return NOTHING if least else EMPTY
            return Repeat(within, least, most)
    return NOTHING if gone(node) else node


def written(node: Node) -> str:
    """The node as RE2 reads it."""
    match node:
        case Place(text):
            return text
        case Sign(ranges, negated):
            if not negated and len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
                return str(re2.escape(chr(ranges[0][0])))
            signs = "".join(f"\\x{{{first:x}}}-\\x{{{last:x}}}" for first, last in ranges)
            return f"[{'^' if negated else ''}{signs}]"
        case Sequence(parts):
            return "".join(map(written, parts))
        case Choice(ways):
            return f"(?:{'|'.join(map(written, ways))})" if ways else r"[^\x{0}-\x{10ffff}]"
        case Repeat(what, least, most):
            times = "*" if (least, most) == (0, None) else f"{{{least},{'' if most is None else most}}}"
            return f"(?:{written(what)}){times}"
