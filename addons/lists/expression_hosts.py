"""At which hosts an expression about whole URLs can match: worked out from the expression alone.

Where nothing in it ties a match to the beginning of the address, it could be found in the path of any site. Otherwise
what it says before the first slash of the path is an expression about the host, and no URL at another host can match.
What cannot be proved counts as "at any host".
"""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

import re2

from addons.lists.broad import covers_whole_domains

_IN_HOSTS: Final = "abcdefghijklmnopqrstuvwxyz0123456789-_.:[]"
_SCHEMES: Final = ("http://", "https://", "ws://", "wss://")
_LONGEST: Final = 16_384  # characters of what is worked out
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


class _UnprovenError(Exception):
    """Something whose meaning is not followed here."""


@dataclass(frozen=True, slots=True)
class _Sign:
    """One character: of these ranges, or of none of them."""

    ranges: tuple[tuple[int, int], ...]
    negated: bool = False

    def has(self, mark: str) -> bool:
        return self.negated != any(
            first <= ord(one) <= last for one in _FOLDED.get(mark, mark + mark.upper()) for first, last in self.ranges
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """Something about where a match stands, as RE2 writes it: `^` and `$` and what is about words."""

    text: str


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: "tuple[_Node, ...]" = ()


@dataclass(frozen=True, slots=True)
class _Choice:
    """One of several; of none: what matches nothing at all."""

    ways: "tuple[_Node, ...]" = ()


@dataclass(frozen=True, slots=True)
class _Repeat:
    what: "_Node"
    least: int
    most: int | None


type _Node = _Sign | _Place | _Sequence | _Choice | _Repeat

_BEGIN: Final = _Place("^")
_END: Final = _Place("$")
_EMPTY: Final = _Sequence()
_NOTHING: Final = _Choice()


@lru_cache(maxsize=4096)
def hosts_of(text: str) -> str | None:
    """An expression (RE2) that is found in every host at which a URL could match this one; None: at any host.

    `text` is one that RE2 takes. It is searched for in `host/path?query` and in `scheme://host/path?query`, without
    regard to case.
    """
    try:
        whole = _read(text)
        if not _anchored(whole):
            return None
        beginnings = [whole, *(_after(whole, scheme) for scheme in _SCHEMES)]
        found = [_sequence(_BEGIN, _choice(one, _sequence(_cut(one), _END))) for one in beginnings]
        hosts = _written(_in_a_host(_choice(*found)))
    except (_UnprovenError, RecursionError):
        return None
    return hosts if len(hosts) <= _LONGEST and not covers_whole_domains(hosts) else None


def _read(text: str) -> _Node:
    if _TWO_READINGS.search(text):
        raise _UnprovenError
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _of(parser.parse(text))
    except (re.error, OverflowError):
        raise _UnprovenError from None


def _of(parsed: Any) -> _Node:
    return _sequence(*(_one(operation, about) for operation, about in parsed))


def _one(operation: Any, about: Any) -> _Node:  # noqa: PLR0911 — one return for each form
    match operation:
        case sre.LITERAL:
            return _Sign(((about, about),))
        case sre.NOT_LITERAL:
            return _Sign(((about, about),), negated=True)
        case sre.ANY:
            return _Sign(((0x0A, 0x0A),), negated=True)
        case sre.IN:
            return _set(about)
        case sre.BRANCH:
            return _choice(*(_of(way) for way in about[1]))
        case sre.SUBPATTERN:
            return _of(about[3])
        case sre.MAX_REPEAT | sre.MIN_REPEAT:
            least, most, what = about
            return _Repeat(_of(what), least, None if most == sre.MAXREPEAT else most)
        case sre.AT:
            return _at(about)
    raise _UnprovenError


def _set(items: list[tuple[Any, Any]]) -> _Node:
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
            return _Sign(_CLASSES[about][1], negated=True)
        else:
            raise _UnprovenError
    return _Sign(tuple(ranges), negated)


def _at(about: Any) -> _Place:
    if about is sre.AT_BEGINNING or about is sre.AT_BEGINNING_STRING:
        return _BEGIN
    if about is sre.AT_END:
        return _END
    if about is sre.AT_BOUNDARY or about is sre.AT_NON_BOUNDARY:
        return _Place(r"\b" if about is sre.AT_BOUNDARY else r"\B")
    raise _UnprovenError


def _sequence(*nodes: _Node) -> _Node:
    parts: list[_Node] = []
    for node in nodes:
        if node == _NOTHING:
            return _NOTHING
        parts += node.parts if isinstance(node, _Sequence) else (node,)
    return parts[0] if len(parts) == 1 else _Sequence(tuple(parts))


def _choice(*nodes: _Node) -> _Node:
    ways: dict[_Node, None] = {}
    for node in nodes:
        ways.update(dict.fromkeys(node.ways if isinstance(node, _Choice) else (node,)))
    return next(iter(ways)) if len(ways) == 1 else _Choice(tuple(ways))


def _anchored(node: _Node) -> bool:
    """Whether every match has to stand at the beginning."""
    match node:
        case _Place():
            return node == _BEGIN
        case _Sequence(parts):
            return any(map(_anchored, parts))
        case _Choice(ways):
            return all(map(_anchored, ways))
        case _Repeat(what, least, _):
            return least > 0 and _anchored(what)
    return False


def _could_be_empty(node: _Node) -> bool:
    match node:
        case _Place():
            return True  # perhaps
        case _Sequence(parts):
            return all(map(_could_be_empty, parts))
        case _Choice(ways):
            return any(map(_could_be_empty, ways))
        case _Repeat(what, least, _):
            return least == 0 or _could_be_empty(what)
    return False


def _after(node: _Node, text: str) -> _Node:
    """What has to follow this text at the beginning, for a match that goes beyond it."""
    for number, mark in enumerate(text):
        if _could_be_empty(node):
            raise _UnprovenError  # the text itself is a match
        node = _derived(node, mark)
        if number == 0:
            node = _inside(node)
        if len(_written(node)) > _LONGEST:
            raise _UnprovenError
    return node


def _derived(node: _Node, mark: str) -> _Node:
    """What has to follow the mark (Brzozowski, Derivatives of Regular Expressions, 1964)."""
    match node:
        case _Sign():
            return _EMPTY if node.has(mark) else _NOTHING
        case _Sequence((first, *others)):
            rest = _sequence(*others)
            ways = [_sequence(_derived(first, mark), rest)]
            return _choice(*ways, _derived(rest, mark)) if _could_be_empty(first) else ways[0]
        case _Choice(ways):
            return _choice(*(_derived(way, mark) for way in ways))
        case _Repeat(what, least, most) if most != 0:
            fewer = 0 if _could_be_empty(what) else max(least - 1, 0)
            return _sequence(_derived(what, mark), _Repeat(what, fewer, None if most is None else most - 1))
    return _NOTHING


def _inside(node: _Node) -> _Node:
    """The same where the beginning is over: `^` matches no more."""
    return _without(node, lambda one: one == _BEGIN)


def _in_a_host(node: _Node) -> _Node:
    """The same without what no host has in it, like a slash."""
    return _without(node, lambda one: isinstance(one, _Sign) and not any(map(one.has, _IN_HOSTS)))


def _without(node: _Node, gone: Callable[[_Node], bool]) -> _Node:
    """The same where some signs and places can match no more."""
    match node:
        case _Sequence(parts):
            return _sequence(*(_without(part, gone) for part in parts))
        case _Choice(ways):
            return _choice(*(_without(way, gone) for way in ways))
        case _Repeat(what, least, most):
            within = _without(what, gone)
            if within == _NOTHING:
                return _NOTHING if least else _EMPTY
            return _Repeat(within, least, most)
    return _NOTHING if gone(node) else node


def _cut(node: _Node) -> _Node:
    """What can stand before the first slash of a match."""
    match node:
        case _Sign():
            return _EMPTY if node.has("/") else _NOTHING
        case _Sequence((first, *others)):
            return _choice(_cut(first), _sequence(first, _cut(_sequence(*others))))
        case _Choice(ways):
            return _choice(*map(_cut, ways))
        case _Repeat(what, _, most) if most != 0:
            return _sequence(_Repeat(what, 0, None if most is None else most - 1), _cut(what))
    return _NOTHING


def _written(node: _Node) -> str:
    """The node as RE2 reads it."""
    match node:
        case _Place(text):
            return text
        case _Sign(ranges, negated):
            if not negated and len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
                return str(re2.escape(chr(ranges[0][0])))
            signs = "".join(f"\\x{{{first:x}}}-\\x{{{last:x}}}" for first, last in ranges)
            return f"[{'^' if negated else ''}{signs}]"
        case _Sequence(parts):
            return "".join(map(_written, parts))
        case _Choice(ways):
            return f"(?:{'|'.join(map(_written, ways))})" if ways else r"[^\x{0}-\x{10ffff}]"
        case _Repeat(what, least, most):
            times = "*" if (least, most) == (0, None) else f"{{{least},{'' if most is None else most}}}"
            return f"(?:{_written(what)}){times}"
