"""At which hosts an expression about whole URLs is searched for: worked out from the expression alone.

An expression that ties each match to the beginning of the address (`^`) says before the first slash of the path what the
host has to be, and no URL at another host can match. One that does not could be found in the query of any site; where it
spells out a name of a host and the slash behind it (`example[.]org/bad`), that name is what its author means, and it is
searched for there alone. Everything else is at any host.
"""

import re
from functools import lru_cache
from typing import Final

from saywhy.lists.broad import covers_whole_domains
from saywhy.lists.expression_tree import (
    BEGIN,
    EMPTY,
    END,
    NOTHING,
    Choice,
    Node,
    Place,
    Repeat,
    Sequence,
    Sign,
    UnprovenError,
    anchored,
    choice,
    could_be_empty,
    read,
    sequence,
    without,
    written,
)
from saywhy.policy.public_suffixes import public_suffixes

_IN_HOSTS: Final = "abcdefghijklmnopqrstuvwxyz0123456789-_.:[]"
_SCHEMES: Final = ("http://", "https://", "ws://", "wss://")
_SCHEME: Final = re.compile(r"(?:https?|https\?|\(https?\|https?\)):\\?/\\?/", re.IGNORECASE)
_ANYTHING_BEFORE: Final = re.compile(r"\A\^?(?:\.\*\??)+")
_RESERVED: Final = frozenset({"test", "example", "invalid", "localhost", "local", "internal"})  # RFC 2606, 6761, 6762
_LONGEST: Final = 16_384  # characters of what is worked out
_MOST_ENDS: Final = 512
_ANY: Final = Sign(((0x0A, 0x0A),), negated=True)
_DOT: Final = Sign(((0x2E, 0x2E),))
_SLASH: Final = Sign(((0x2F, 0x2F),))
_NO_TEXT: Final = frozenset({""})


@lru_cache(maxsize=4096)
def hosts_of(text: str) -> str | None:
    """An expression (RE2) that is found in every host at which this one is searched for; None: at any host.

    `text` is one that RE2 takes. It is searched for in `host/path?query` and in `scheme://host/path?query`, without
    regard to case.
    """
    try:
        text = _ANYTHING_BEFORE.sub("", text)  # what is searched for is found with it or without
        whole = read(f"^{text}" if _SCHEME.match(text) else text)
        if anchored(whole):
            beginnings = [whole, *(_after(whole, scheme) for scheme in _SCHEMES)]
            found = choice(*(sequence(BEGIN, choice(one, sequence(_cut(one), END))) for one in beginnings))
            hosts = written(_in_a_host(found))
            broad = len(hosts) > _LONGEST or covers_whole_domains(hosts)
        else:
            before = _cut(_as_meant(whole))
            hosts = written(_in_a_host(sequence(before, END)))
            broad = len(hosts) > _LONGEST or not _spells_out_a_host(whole)
    except (UnprovenError, RecursionError):
        return None
    return None if broad else hosts


def _after(node: Node, text: str) -> Node:
    """What has to follow this text at the beginning, for a match that goes beyond it."""
    for number, mark in enumerate(text):
        if could_be_empty(node):
            raise UnprovenError  # the text itself is a match
        node = _derived(node, mark)
        if number == 0:
            node = _inside(node)
        if len(written(node)) > _LONGEST:
            raise UnprovenError
    return node


def _derived(node: Node, mark: str) -> Node:
    """What has to follow the mark (Brzozowski, Derivatives of Regular Expressions, 1964)."""
    match node:
        case Sign():
            return EMPTY if node.has(mark) else NOTHING
        case Sequence((first, *others)):
            rest = sequence(*others)
            ways = [sequence(_derived(first, mark), rest)]
            return choice(*ways, _derived(rest, mark)) if could_be_empty(first) else ways[0]
        case Choice(ways):
            return choice(*(_derived(way, mark) for way in ways))
        case Repeat(what, least, most) if most != 0:
            fewer = 0 if could_be_empty(what) else max(least - 1, 0)
            return sequence(_derived(what, mark), Repeat(what, fewer, None if most is None else most - 1))
    return NOTHING


def _inside(node: Node) -> Node:
    """The same where the beginning is over: `^` matches no more."""
    return without(node, lambda one: one == BEGIN)


def _in_a_host(node: Node) -> Node:
    """The same without what no host has in it, like a slash."""
    return without(node, lambda one: isinstance(one, Sign) and not any(map(one.has, _IN_HOSTS)))


def _cut(node: Node) -> Node:
    """What can stand before the first slash of a match."""
    match node:
        case Sign():
            return EMPTY if node.has("/") else NOTHING
        case Sequence((first, *others)):
            return choice(_cut(first), sequence(first, _cut(sequence(*others))))
        case Choice(ways):
            return choice(*map(_cut, ways))
        case Repeat(what, _, most) if most != 0:
            return sequence(Repeat(what, 0, None if most is None else most - 1), _cut(what))
    return NOTHING


def _spells_out_a_host(node: Node) -> bool:
    """Whether each match has a slash, and before its first one the end of a name that could be registered."""
    node = _as_meant(node)
    if without(node, lambda one: isinstance(one, Sign) and one.has("/")) != NOTHING:
        return False
    ends, _ = _ends(_cut(node))
    return bool(ends) and all(map(_is_registrable, ends))


def _as_meant(node: Node) -> Node:
    """The same with `(/|$)` as `/`, for behind a host both mean its end, without a port, and with a sign for any as a dot."""
    match node:
        case Sign() if node == _ANY:
            return _DOT
        case Sequence(parts):
            return sequence(*map(_as_meant, parts))
        case Choice(ways):
            return choice(*(_as_meant(way) for way in ways if way != END or _SLASH not in ways))
        case Repeat(what, 0, 1) if without(what, lambda one: isinstance(one, Sign) and one.has(":")) == NOTHING:
            return EMPTY
        case Repeat(what, least, most) if what != _ANY:
            return Repeat(_as_meant(what), least, most)
    return node


def _ends(node: Node) -> tuple[frozenset[str], bool]:  # noqa: PLR0911 — one return for each form
    """Texts of which each match ends with one, and whether they are the matches, whole."""
    match node:
        case Sign(((first, last),), False) if first == last:
            return frozenset({chr(first).lower()}), True
        case Place():
            return _NO_TEXT, True
        case Sequence(parts):
            ends, whole = _NO_TEXT, True
            for part in reversed(parts):
                before, whole = _ends(part)
                if len(before) * len(ends) > _MOST_ENDS:
                    return ends, False
                ends = frozenset(one + end for one in before for end in ends)
                if not whole:
                    break
            return ends, whole
        case Choice(ways):
            each = [_ends(way) for way in ways]
            return frozenset().union(*(ends for ends, _ in each)), all(whole for _, whole in each)
        case Repeat(what, 0, 1):
            ends, whole = _ends(what)
            return ends | _NO_TEXT, whole
    return _NO_TEXT, False


def _is_registrable(end: str) -> bool:
    """Whether a text ends like `example.org`: at least a label before a public suffix that is known as one."""
    labels = end.split(".")
    if not all(labels[1:]) or not all(mark in _IN_HOSTS for mark in end):
        return False
    tops = public_suffixes().names | _RESERVED
    return any(".".join(labels[at:]) in tops and labels[at - 1] for at in range(1, len(labels)))
