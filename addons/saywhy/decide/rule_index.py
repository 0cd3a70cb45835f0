"""Where the rules about a target are found without reading all of them.

A set of rules is one number with a bit for each, the first rule's the highest. Rules are filed as such sets under every
key they could match by (a listed domain, a category, an app, what an allowed app needs, the host of a pattern, or
everything), under each group and place they are for, and in the week's timetable. What matches is then a few ANDs and ORs,
and the first of it the highest bit, which costs the same for the tenth rule as for the ten thousandth.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

from saywhy.decide.dated import Dated
from saywhy.decide.path_index import PathIndex
from saywhy.decide.timetable import Timetable
from saywhy.decide.use import Use
from saywhy.policy.criteria import pieces_of_rule, sees_url
from saywhy.policy.criterion import Key
from saywhy.policy.pattern import UrlPattern
from saywhy.policy.period import ALWAYS, Period
from saywhy.policy.rule import Effect, Rule
from saywhy.policy.school import Times
from saywhy.policy.uses import FILE_USES

type Bits = int  # a set of rules

_SITUATIONS: Final = 4_096  # groups, places and segments of the week, together, that are remembered


class RuleIndex:
    """Rules as sets: by what they are about, whom they are for, where and when. Immutable once built."""

    __slots__ = (
        "_about",
        "_dated",
        "_groups",
        "_places",
        "_rules",
        "_situation",
        "_uses",
        "by_answer",
        "by_path",
        "by_url",
        "closing",
        "floor",
        "kept",
        "kinds_asked",
        "opening",
        "paths",
        "timetable",
        "used",
    )

    def __init__(self, rules: Iterable[Rule], times: Mapping[str, Times] | None = None) -> None:
        self._rules = tuple(rules)
        self._about: defaultdict[Key, Bits] = defaultdict(int)
        self._groups: defaultdict[str | None, Bits] = defaultdict(int)  # None: whoever asks
        self._places: defaultdict[str | None, Bits] = defaultdict(int)  # None: wherever
        self._uses: defaultdict[Key, Bits] = defaultdict(int)
        self.used: Bits = 0  # rules that are for some uses alone
        self.by_answer: Bits = 0  # those of them that the answer could tell
        self.kinds_asked: frozenset[str] = frozenset(
            name for rule in self._rules for kind, name in rule.uses if kind == "file"
        )
        whens: defaultdict[tuple[str, ...], Bits] = defaultdict(int)
        periods: defaultdict[Period, Bits] = defaultdict(int)
        urls: defaultdict[str, defaultdict[UrlPattern, Bits]] = defaultdict(lambda: defaultdict(int))
        self.by_path: defaultdict[str, Bits] = defaultdict(int)  # rules with patterns at a host
        self.by_url: Bits = 0  # rules that may match anywhere until the URL is known
        self.floor: Bits = 0  # locked rules
        self.closing: Bits = 0  # locked rules that close
        self.kept: Bits = 0  # rules that keep open
        self.opening: Bits = 0  # rules that allow
        for number, rule in enumerate(reversed(self._rules)):
            bit = 1 << number
            for piece in pieces_of_rule(rule):
                if isinstance(piece, UrlPattern):
                    urls[piece.host][piece] |= bit
                    self.by_path[piece.host] |= bit
                else:
                    self._about[piece] |= bit
            self.by_url |= bit if sees_url(rule.criteria) else 0
            for group in rule.groups or (None,):
                self._groups[group] |= bit
            for place in rule.places or (None,):
                self._places[place] |= bit
            whens[tuple(sorted(set(rule.times)))] |= bit
            periods[rule.period] |= bit
            for use in rule.uses:
                self._uses[use] |= bit
                self.used |= bit
                self.by_answer |= bit if use in FILE_USES else 0
            self.floor |= bit if rule.locked else 0
            self.kept |= bit if rule.keep_open else 0
            self.opening |= bit if rule.effect is Effect.ALLOW else 0
            self.closing |= bit if rule.locked and rule.effect is not Effect.ALLOW else 0
        undated = periods.pop(ALWAYS, 0)
        self._dated = Dated(periods, undated) if periods else None
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
        bits = self._situation(groups, place, self.timetable.segment(local))
        return bits if self._dated is None else bits & self._dated.held(local)

    def stage(self, local: datetime) -> tuple[int, Bits]:
        """What tells moments apart at which other rules hold, for anybody; in the school's own time zone."""
        return self.timetable.segment(local), 0 if self._dated is None else self._dated.held(local)

    def in_use(self, matching: Bits, undecided: Bits, use: Use | None) -> tuple[Bits, Bits, Bits]:
        """What of these rules is for a use (None: only the host is known): match, wait for the URL, for the answer."""
        if use is None:
            return matching & ~self.used, undecided | (matching & self.used), 0
        sure = ~self.used
        for key in use.certain:
            sure |= self._uses.get(key, 0)
        could = 0 if use.settled else self.by_answer & ~sure
        return matching & sure, undecided & (sure | could), matching & could

    def first(self, bits: Bits) -> Rule | None:
        """The first rule of a set, in the order of the policy."""
        return self._rules[-bits.bit_length()] if bits else None

    def candidates(self, keys: Iterable[Key], groups: frozenset[str]) -> list[Rule]:
        """Every rule that could match, in the order of the policy, each once."""
        keys = tuple(keys)
        bits = self.about(keys) | self.by_url
        for kind, name in keys:
            if kind == "host" and name in self.by_path:
                bits |= self.by_path[name]
        bits &= self.of_groups(groups)
        found: list[Rule] = []
        while bits:
            found.append(self._rules[-bits.bit_length()])
            bits ^= 1 << (bits.bit_length() - 1)
        return found
