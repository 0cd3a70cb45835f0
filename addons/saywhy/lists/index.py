"""What lists say about an address: one look-up in the mapped index answers for the name and all names above it."""

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import marisa_trie
import re2

from saywhy.lists.compile import BELOW, COVERS, HAS_PREFIXES, ONLY_MARK, PREFIX, ListWords
from saywhy.lists.entry import Kind
from saywhy.lists.index_file import DamagedIndexError, Parts, open_parts
from saywhy.lists.names import key_of, name_of, parameters_of, prefix_entry
from saywhy.policy.address import Url, bracketed, path_to_compare
from saywhy.policy.catalogue import Belonging, Source
from saywhy.policy.reading.build_times import readable

type Belongings = tuple[Belonging, ...]

_EXPRESSION_MEMORY: Final = 256 * 1024 * 1024  # bytes at most, for compiled expressions and what searching remembers
_NOTHING: Final[tuple[Belongings, Belongings]] = ((), ())


class _Expressions:
    """Expressions about one subject (hosts or URLs), searched for all at once."""

    def __init__(self, rows: list[tuple[int, str, bool]]) -> None:
        self._rows = rows
        options = re2.Options()
        options.log_errors = False
        options.case_sensitive = False
        options.max_mem = _EXPRESSION_MEMORY
        self._options = options
        self._set = re2.Set.SearchSet(options)
        try:
            for _, text, _ in rows:
                self._set.Add(text)
            self._set.Add("")  # found in everything: where it is not, the search was given up for want of memory
            self._set.Compile()
        except re2.error:
            raise ValueError(f"the {len(rows)} expressions of all lists are too large together") from None

    def matching(self, subject: str) -> list[tuple[int, str, bool]]:
        """List, text and whether it is an exception, of each that is found."""
        if not self._rows:
            return []
        found = self._set.Match(subject) or ()
        if len(self._rows) not in found:
            return [row for row in self._rows if re2.search(row[1], subject, self._options) is not None]
        return [self._rows[number] for number in found if number < len(self._rows)]


class ListIndex:
    """All lists, compiled: immutable, shared between processes by the kernel. Safe to use from several threads."""

    def __init__(self, parts: Parts) -> None:
        words = json.loads(parts.words)
        self.lists = tuple(ListWords(*one) for one in words["lists"])
        self._parts = parts  # the trie only points into it
        self._trie = marisa_trie.Trie()
        self._trie.map(parts.trie)
        self._values = parts.values
        self._groups = tuple(tuple(tuple(mark) for mark in group) for group in words["groups"])
        # for each group that says no more than "this list, and what is below": the list
        self._plain = tuple(
            group[0][0] if len(group) == 1 and group[0][1:] == (COVERS, 0, 0) else None for group in self._groups
        )
        self._sources = tuple(Source(one.name, 0) for one in self.lists)
        self._parameters = tuple(frozenset(one) for one in words["parameters"])
        rows = words["expressions"]  # those of an index from before have no hosts: they are for any
        self._on_hosts = _Expressions(
            [
                (number, text, bool(exception))
                for number, kind, text, exception, *_ in rows
                if kind == Kind.HOST_EXPRESSION
            ]
        )
        on_urls = [
            (number, text, bool(exception), hosts[0] if hosts else "")
            for number, kind, text, exception, *hosts in rows
            if kind == Kind.URL_EXPRESSION
        ]
        self._on_urls = _Expressions([(number, text, exception) for number, text, exception, _ in on_urls])
        # what begins where the address does may mean its scheme or, as squidGuard has it, its host
        self._on_addresses = _Expressions(
            [(number, text, exception) for number, text, exception, _ in on_urls if "^" in text or "\\A" in text]
        )
        self._filed = {(number, text): hosts for number, text, _, hosts in on_urls}
        self._hosts_of_urls = _Expressions([(*one, False) for one in {(one[0], one[3]) for one in on_urls if one[3]}])
        self._anywhere = frozenset(number for number, _, _, hosts in on_urls if not hosts)
        self._expressive = bool(rows)

    def __len__(self) -> int:
        """How many keys there are: about one for each name and each URL, however many lists hold it."""
        return len(self._values)

    @cached_property
    def labels(self) -> Mapping[tuple[str, str], str]:
        """A readable label for each kind and id that lists are about."""
        return {(one.kind, one.id): readable(one.id) for one in self.lists}

    def samples(self) -> Mapping[str, str]:
        """A host, canonical, for each list that names any: it stands for all that the list names. Reads all values once."""
        wanted = {
            number: [mark[0] for mark in group if mark[1] == COVERS and not mark[2]]
            for number, group in enumerate(self._groups)
        }
        wanted = {number: lists for number, lists in wanted.items() if lists}
        found: dict[str, str] = {}
        for at, number in enumerate(self._values):
            if number in wanted:
                key = self._trie.restore_key(at)
                for one in wanted.pop(number):
                    found.setdefault(self.lists[one].name, name_of(key))
                if not wanted:
                    break
        return found

    def belongings(self, host: str, url: Url | None) -> tuple[Belongings, Belongings]:
        """What a canonical host, or a whole URL, belongs to, and what only a path could tell (where `url` is None)."""
        key = key_of(host)
        hits = list(self._trie.iter_prefixes_with_ids(key + ONLY_MARK))
        if not self._expressive:
            if not hits:
                return _NOTHING
            if len(hits) == 1:  # by far the most common: one list names one of the names
                at, found = hits[0]
                single = self._plain[self._values[found]]
                if single is not None:
                    return (self._belonging(single, _name(host, at)),), ()
        return self._weighed(host, url, key, hits)

    def _weighed(
        self, host: str, url: Url | None, key: str, hits: list[tuple[str, int]]
    ) -> tuple[Belongings, Belongings]:
        said: dict[int, str] = {}
        possible: dict[int, str] = {}
        excepted: set[int] = set()
        with_paths: dict[str, None] = {}
        for at, found in hits:
            for number, scope, exception, _ in self._groups[self._values[found]]:
                if scope == HAS_PREFIXES:
                    with_paths[at] = None
                    if url is None:
                        possible[number] = at
                elif scope == BELOW and at == key:
                    continue
                elif exception:
                    excepted.add(number)
                else:
                    said[number] = _name(host, at)  # the nearest name is the last
        if url is not None and with_paths:
            self._paths(with_paths, host, url, said, excepted)
        if self._expressive:
            self._search(host, url, said, possible, excepted)
        return (
            tuple(self._belonging(number, entry) for number, entry in said.items() if number not in excepted),
            tuple(self._belonging(number, "") for number in possible if number not in excepted and number not in said),
        )

    def _paths(self, names: Iterable[str], host: str, url: Url, said: dict[int, str], excepted: set[int]) -> None:
        path = path_to_compare(url.path).rstrip("/") + "/"
        given = parameters_of(url.query)
        for name in names:
            for key, found in self._trie.iter_prefixes_with_ids(name + path):
                if len(key) <= len(name):
                    continue
                for number, scope, exception, parameters in self._groups[self._values[found]]:
                    if scope != PREFIX or not self._parameters[parameters] <= given:
                        continue
                    if exception:
                        excepted.add(number)
                    else:
                        entry = prefix_entry(_name(host, name), key[len(name) :], self._parameters[parameters])
                        said.setdefault(number, entry)

    def _search(
        self, host: str, url: Url | None, said: dict[int, str], possible: dict[int, str], excepted: set[int]
    ) -> None:
        found = self._on_hosts.matching(host)
        filed_here = {(number, hosts) for number, hosts, _ in self._hosts_of_urls.matching(bracketed(host))}
        if url is None:
            for number in (*self._anywhere, *(number for number, _ in filed_here)):
                possible.setdefault(number, "")
        elif self._anywhere or filed_here:
            query = f"?{unquote(url.query)}" if url.query else ""
            address = f"{bracketed(host)}{path_to_compare(url.path)}{query}"
            on_url = self._on_urls.matching(f"{url.scheme}://{address}") + self._on_addresses.matching(address)
            for one in on_url:
                hosts = self._filed[one[0], one[1]]
                if not hosts or (one[0], hosts) in filed_here:
                    found.append(one)
        for number, text, exception in found:
            if exception:
                excepted.add(number)
            else:
                said.setdefault(number, text)

    def _belonging(self, number: int, entry: str) -> Belonging:
        words = self.lists[number]
        return Belonging(words.kind, words.id, entry, self._sources[number])


def open_index(path: Path) -> ListIndex:
    """Map a published index. Raises DamagedIndexError for one that is not whole, OSError where there is none."""
    parts = open_parts(path)
    try:
        return ListIndex(parts)
    except (ValueError, KeyError, TypeError, RuntimeError, re2.error) as error:
        raise DamagedIndexError(f"{path} cannot be used ({error}); write it anew with `saywhy lists compile`") from None


def _name(host: str, at: str) -> str:
    """The name that stands at a key: as long as the key without its last sign, from the end of the host."""
    return host if at[0] == "#" else host[1 - len(at) :] if at[-1] != ONLY_MARK else host
