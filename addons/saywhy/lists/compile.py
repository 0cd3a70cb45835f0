"""All lists become one index: keys in a trie, and for each key the number of what it says.

What a key says is a group of marks, and there are few different groups: the lists that hold a name, as an entry or an
exception, covering what is below or not. The groups stand in `words`; the array of values has one number for each key.
Beside them stand the expressions, those about URLs with an expression about their hosts ("" for any host).
"""

import json
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import marisa_trie

from saywhy.lists.entry import Kind
from saywhy.lists.expression_hosts import hosts_of
from saywhy.lists.index_file import VALUE_CODES, publish
from saywhy.lists.names import key_of, parts_of
from saywhy.policy.public_suffixes import public_suffixes

# What a mark says about the name at whose key it stands.
COVERS: Final = 0
BELOW: Final = 1
ONLY: Final = 2  # at the key with a space behind it
PREFIX: Final = 3  # at the key with a path behind it
HAS_PREFIXES: Final = 4  # there are paths behind this key
ONLY_MARK: Final = " "  # no host and no beginning of a path

type Mark = tuple[int, int, int, int]  # list, what it says, 1 for an exception, parameters (0: none)

_PLAIN_SCOPES: Final = {Kind.COVERS.value: COVERS, Kind.BELOW.value: BELOW, Kind.ONLY.value: ONLY}


@dataclass(frozen=True, slots=True)
class ListWords:
    """What the index tells about a list."""

    name: str
    kind: str
    id: str
    updated: str


class Compilation:
    """Gathers entries. Keys that say the same share one number."""

    def __init__(self) -> None:
        self._lists: list[ListWords] = []
        self._groups: dict[tuple[Mark, ...], int] = {}
        self._parameters: dict[frozenset[str], int] = {frozenset(): 0}
        self._expressions: list[tuple[int, str, str, int, str]] = []
        self._keys: dict[str, int] = {}
        self._by_number: list[tuple[Mark, ...]] = []

    def add(self, words: ListWords, rows: Iterable[Iterable[str]]) -> None:
        """Add a list: `rows` are mark, place and text, as `ListStore.rows` gives them."""
        number = len(self._lists)
        self._lists.append(words)
        keys = self._keys
        alone = self._number(((number, COVERS, 0, 0),))
        for mark, _place, text in rows:
            if mark == "c":  # nearly all of them
                key = key_of(text)
                known = keys.setdefault(key, alone)
                if known != alone:
                    self._mark(key, (number, COVERS, 0, 0))
                continue
            self._add(number, mark[-1], text, 1 if mark[0] == "!" else 0)

    def _add(self, number: int, kind: str, text: str, exception: int) -> None:
        if kind == Kind.PREFIX:
            host, path, parameters = parts_of(text)
            # a path at a public suffix is about that host: else every site below it would depend on its paths
            key = key_of(host) + (ONLY_MARK if public_suffixes().has(host) else "")
            self._mark(key, (number, HAS_PREFIXES, exception, 0))
            place = self._parameters.setdefault(parameters, len(self._parameters))
            self._mark(key + path, (number, PREFIX, exception, place))
        elif kind in _PLAIN_SCOPES:
            scope = _PLAIN_SCOPES[kind]
            self._mark(key_of(text) + (ONLY_MARK if scope == ONLY else ""), (number, scope, exception, 0))
        else:
            hosts = (hosts_of(text) or "") if kind == Kind.URL_EXPRESSION else ""
            self._expressions.append((number, kind, text, exception, hosts))

    def _mark(self, key: str, mark: Mark) -> None:
        known = self._keys.get(key)
        marks = () if known is None else self._by_number[known]
        if mark not in marks:
            self._keys[key] = self._number((*marks, mark))

    def _number(self, marks: tuple[Mark, ...]) -> int:
        number = self._groups.setdefault(marks, len(self._by_number))
        if number == len(self._by_number):
            self._by_number.append(marks)
        return number

    def write(self, path: Path) -> int:
        """Publish the index there; how many keys it has. Raises OSError."""
        # groups that only stood on the way to others are left out, so that a value fits into as few bytes as it can
        used = {old: new for new, old in enumerate(sorted(set(self._keys.values())))}
        size = 1 if len(used) <= 2**8 else 2 if len(used) <= 2**16 else 4
        trie = marisa_trie.Trie(self._keys, num_tries=2, cache_size=marisa_trie.HUGE_CACHE)
        values = array(VALUE_CODES[size], bytes(size * len(trie)))
        for key, number in self._keys.items():
            values[trie.key_id(key)] = used[number]
        words = {
            "lists": [[one.name, one.kind, one.id, one.updated] for one in self._lists],
            "groups": [self._by_number[old] for old in used],
            "parameters": [sorted(one) for one in self._parameters],
            "expressions": self._expressions,
        }
        publish(path, trie.tobytes(), values.tobytes(), size, json.dumps(words).encode())
        return len(trie)
