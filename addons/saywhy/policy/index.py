"""Where the rules about a target are found without reading all of them.

A set of rules is one number with a bit for each, the first rule's the highest. Rules are filed as such sets under every
key they could match by (a listed domain, a category, an app, the host of a pattern, or everything), under each group and
place they are for, and in the week's timetable. What matches is then a few ANDs and ORs, and the first of it the highest
bit, which costs the same for the tenth rule as for the ten thousandth.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

from saywhy.policy.catalogue import NOTHING, Membership
from saywhy.policy.paths import PathIndex
from saywhy.policy.pattern import UrlPattern
from saywhy.policy.rule import Effect, Rule
from saywhy.policy.school import Times
from saywhy.policy.timetable import Timetable

type Key = tuple[str, str]
type Bits = int  # a set of rules

EVERYTHING: Key = ("everything", "")
_SITUATIONS: Final = 4_096  # groups, places and segments of the week, together, that are remembered


def keys_of(rule: Rule) -> Iterator[Key]:
    """The keys that a rule is filed under."""
    yield from _keys_whatever_the_path(rule)
    yield from (("host", one.host) for one in rule.criteria.urls)


def _keys_whatever_the_path(rule: Rule) -> Iterator[Key]:
    criteria = rule.criteria
    if criteria.everything:
        yield EVERYTHING
    yield from (("category", one) for one in criteria.categories)
    yield from (("app", one) for one in criteria.apps)
    yield from (("host", one) for one in criteria.domains)


def keys_for(names: Iterable[str], membership: Membership) -> tuple[Key, ...]:
    """The keys of a target: its host's names, nearest first, what it belongs or may belong to, and everything."""
    keys: list[Key] = [("host", name) for name in names]
    if membership is not NOTHING:
        keys += [("app", one) for one in membership.apps]
        keys += [("category", one) for one in membership.categories]
        keys += [("app", one) for one in membership.undecided_apps]
        keys += [("category", one) for one in membership.undecided_categories]
    keys.append(EVERYTHING)
    return tuple(keys)


class RuleIndex:
    """Rules as sets: by what they are about, whom they are for, where and when. Immutable once built."""

    __slots__ = (
        "_about",
        "_groups",
        "_places",
        "_rules",
        "_situation",
        "by_path",
        "closing",
        "floor",
        "paths",
        "timetable",
    )

    def __init__(self, rules: Iterable[Rule], times: Mapping[str, Times] | None = None) -> None:
        self._rules = tuple(rules)
        self._about: defaultdict[Key, Bits] = defaultdict(int)
        self._groups: defaultdict[str | None, Bits] = defaultdict(int)  # None: whoever asks
        self._places: defaultdict[str | None, Bits] = defaultdict(int)  # None: wherever
        whens: defaultdict[tuple[str, ...], Bits] = defaultdict(int)
        urls: defaultdict[str, defaultdict[UrlPattern, Bits]] = defaultdict(lambda: defaultdict(int))
        self.by_path: defaultdict[str, Bits] = defaultdict(int)  # rules with patterns at a host
        self.floor: Bits = 0  # locked rules
        self.closing: Bits = 0  # locked rules that close
        for number, rule in enumerate(reversed(self._rules)):
            bit = 1 << number
            for key in _keys_whatever_the_path(rule):
                self._about[key] |= bit
            for pattern in rule.criteria.urls:
                urls[pattern.host][pattern] |= bit
                self.by_path[pattern.host] |= bit
            for group in rule.groups or (None,):
                self._groups[group] |= bit
            for place in rule.places or (None,):
                self._places[place] |= bit
            whens[tuple(sorted(set(rule.times)))] |= bit
            self.floor |= bit if rule.locked else 0
            self.closing |= bit if rule.locked and rule.effect is not Effect.ALLOW else 0
        always = whens.pop((), 0)
        self.timetable = Timetable(whens, times or {})
        self.paths = {host: PathIndex(found.items()) for host, found in urls.items()}

        @lru_cache(_SITUATIONS)
        def situation(groups: frozenset[str], place: str | None, segment: int) -> Bits:
            here = self._places.get(None, 0) | (0 if place is None else self._places.get(place, 0))
            return self.of_groups(groups) & here & (always | self.timetable.held(segment))

        self._situation = situation

    def about(self, keys: Iterable[Key]) -> Bits:
        """The rules that match a target with these keys whatever its path is."""
        bits = 0
        for key in keys:
            if key in self._about:
                bits |= self._about[key]
        return bits

    def of_groups(self, groups: frozenset[str]) -> Bits:
        """The rules that are for people of these groups, at some place and time."""
        bits = self._groups.get(None, 0)
        for group in groups:
            bits |= self._groups.get(group, 0)
        return bits

    def holding(self, groups: frozenset[str], place: str | None, local: datetime) -> Bits:
        """The rules that hold for a subject at a moment, given in the school's own time zone."""
        return self._situation(groups, place, self.timetable.segment(local))

    def first(self, bits: Bits) -> Rule | None:
        """The first rule of a set, in the order of the policy."""
        return self._rules[-bits.bit_length()] if bits else None

    def candidates(self, keys: Sequence[Key], groups: frozenset[str]) -> list[Rule]:
        """Every rule that could match, in the order of the policy, each once."""
        hosts = (name for kind, name in keys if kind == "host" and name in self.by_path)
        bits = self.about(keys)
        for host in hosts:
            bits |= self.by_path[host]
        bits &= self.of_groups(groups)
        found: list[Rule] = []
        while bits:
            found.append(self._rules[-bits.bit_length()])
            bits ^= 1 << (bits.bit_length() - 1)
        return found
