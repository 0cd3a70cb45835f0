"""Whether stronger rules always decide before a rule can. Says yes only where that is certain.

A rule is taken apart into what it is about (a domain, a pattern, a category, an app, everything). Each piece must be
covered, for each group, place and moment of the rule, by a rule that decides before it: an earlier one, or a locked one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from saywhy.policy.address import suffixes
from saywhy.policy.catalogue import App, Belonging, Category, Correction
from saywhy.policy.criteria import pieces_of, pieces_of_rule
from saywhy.policy.criterion import EVERYTHING, Key, Piece
from saywhy.policy.needs import NEEDED, needing
from saywhy.policy.pattern import UrlPattern
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Effect, Rule
from saywhy.policy.uses import POSTING, UPLOADS
from saywhy.rehearse.pattern_containment import contains

_MOST_ENTRIES: Final = 20_000  # a category with more names is not gone through name by name
_EVERYONE: Final = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """Groups (closed; empty: somebody of whom no group is known), place, and named times that hold, None for all.

    `at` is the moment; None: whenever.
    """

    groups: frozenset[str] = frozenset()
    place: str | None = None
    active: frozenset[str] | None = None
    at: datetime | None = None


@dataclass(slots=True)
class Cover:
    """The rules that were found to decide first."""

    rules: dict[int, Rule] = field(default_factory=dict)


class Shadowing:
    """A policy's rules, found by what they are wholly about."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._needing = needing(policy.catalogue.apps)
        self._filed: dict[Key, dict[str, list[Rule]]] = defaultdict(lambda: defaultdict(list))
        self._patterns: dict[str, dict[str, list[tuple[UrlPattern, Rule]]]] = defaultdict(lambda: defaultdict(list))
        for rule in policy.rules:
            for piece in pieces_of_rule(rule):
                for group in rule.groups or (_EVERYONE,):
                    if isinstance(piece, UrlPattern):
                        self._patterns[piece.host][group].append((piece, rule))
                    else:
                        self._filed[piece][group].append(rule)
        self._entries: dict[Key, list[Piece]] | None = None
        self._never: dict[str, list[Correction]] = defaultdict(list)
        for correction in policy.catalogue.corrections.values():
            for category in correction.never:
                self._never[category].append(correction)

    def overruled(self, rule: Rule, situation: Situation, cover: Cover, *, needs: bool = False) -> bool:
        """Whether in this situation stronger rules decide on all that the rule is about; they are added to `cover`.

        With `needs`, also on all that apps need that the rule allows.
        """
        pieces: list[Piece] = [*pieces_of(rule.criteria)]
        if needs:
            pieces += [(NEEDED, one) for one in self.opens_needs(rule)]
        return all(self._covered(piece, rule, situation, cover) for piece in pieces)

    def opens_needs(self, rule: Rule) -> tuple[str, ...]:
        """The apps that the rule allows and that need something of others."""
        apps = rule.criteria.apps if rule.effect is Effect.ALLOW else ()
        return tuple(one for one in apps if self._policy.catalogue.apps[one].needs)

    def needing(self, entry: Piece, rule: Rule) -> tuple[str, ...]:
        """The apps by whose needs alone a rule that allows means an entry; empty where it names the entry itself."""
        keys = set(self._keys(entry))
        if not keys.isdisjoint(one for one in pieces_of(rule.criteria) if not isinstance(one, UrlPattern)):
            return ()
        return tuple(one for one in self.opens_needs(rule) if (NEEDED, one) in keys)

    def entries(self, key: Key) -> list[Piece]:
        """The names and patterns that are listed for a category, an app or what an app needs."""
        if self._entries is None:
            self._entries = {}
            for host, belongings in self._policy.catalogue.names.items():
                for one in belongings:
                    self._entries.setdefault((one.kind, one.id), []).append(("host", host))
            for found in self._policy.catalogue.patterns.values():
                for pattern, one in found:
                    self._entries.setdefault((one.kind, one.id), []).append(pattern)
            for correction in self._policy.catalogue.corrections.values():
                for category in correction.also:
                    self._entries.setdefault(("category", category), []).append(("host", correction.name))
            self._add_needed(self._entries)
        return self._entries.get(key, [])

    def _add_needed(self, entries: dict[Key, list[Piece]]) -> None:
        """What is listed for an app, and for what it needs, is needed by each app that needs it as a whole."""
        named = {app: [*entries.get(("app", app), ()), *entries.get((NEEDED, app), ())] for app in self._needing}
        for app, found in named.items():
            for other in self._needing[app]:
                entries.setdefault((NEEDED, other), []).extend(found)

    def about(self, piece: Piece, groups: frozenset[str]) -> Iterator[Rule]:
        """Every rule for these groups that means all of a piece, whatever its place and time."""
        for key in self._keys(piece):
            by_group = self._filed.get(key)
            if by_group is not None:
                yield from _of_groups(by_group, groups)
        if isinstance(piece, UrlPattern):
            for name in suffixes(piece.host):
                if name in self._patterns:
                    for pattern, rule in _of_groups(self._patterns[name], groups):
                        if contains(pattern, piece):
                            yield rule

    def _keys(self, piece: Piece) -> Iterator[Key]:
        yield EVERYTHING
        host = piece.host if isinstance(piece, UrlPattern) else piece[1] if piece[0] == "host" else None
        if host is None:
            assert not isinstance(piece, UrlPattern)
            yield piece
            if piece[0] in ("app", NEEDED):
                yield from ((NEEDED, app) for app in self._needing.get(piece[1], ()))
            return
        catalogue = self._policy.catalogue
        for name in suffixes(host):
            yield ("host", name)
            found = list(catalogue.names.get(name, ()))
            if isinstance(piece, UrlPattern):
                found += [one for wide, one in catalogue.patterns.get(name, ()) if contains(wide, piece)]
            for one in found:
                if not self._corrected(host, one):
                    yield (one.kind, one.id)
                    if one.kind != "category":
                        yield from ((NEEDED, app) for app in self._needing.get(one.id, ()))

    def _corrected(self, host: str, belonging: Belonging) -> bool:
        """Whether a correction takes the host, or a name below it, out of a category."""
        if belonging.kind != "category":
            return False
        return any(
            correction.name in suffixes(host) or host in suffixes(correction.name)
            for correction in self._never.get(belonging.id, ())
        )

    def _is_builtin(self, key: Key) -> bool:
        catalogue = self._policy.catalogue
        known: Mapping[str, App | Category] = catalogue.categories if key[0] == "category" else catalogue.apps
        one = known.get(key[1])
        return one is not None and one.source is not None and one.source.builtin

    def _covered(self, piece: Piece, rule: Rule, situation: Situation, cover: Cover) -> bool:
        for other in self.about(piece, situation.groups):
            if stronger(other, rule) and _for_all_uses(other, rule) and _holds(other, rule, situation):
                cover.rules[other.number] = other
                return True
        if isinstance(piece, UrlPattern) or piece[0] not in ("category", "app", NEEDED):
            return False
        if self._is_builtin(piece):
            return False  # another release may list more
        entries = self.entries(piece)
        return 0 < len(entries) <= _MOST_ENTRIES and all(self._covered(one, rule, situation, cover) for one in entries)


def stronger(other: Rule, rule: Rule) -> bool:
    """Whether the other rule decides where both match: locked blocks, then what is kept open, then the order."""
    if other.number in (rule.number, 0):  # 0 is the default, after which nothing comes
        return False
    earlier = rule.number == 0 or other.number < rule.number
    if _rank(other) == _rank(rule):
        return earlier
    return _rank(other) > _rank(rule)


def _rank(rule: Rule) -> int:
    if rule.locked and rule.effect is not Effect.ALLOW:
        return 2
    return 1 if rule.keep_open else 0


def _for_all_uses(other: Rule, rule: Rule) -> bool:
    """Whether the other rule is for all that the rule is for: whatever is done, or the same uses and more."""
    if not other.uses:
        return True
    covered = other.uses | {UPLOADS} if POSTING in other.uses else other.uses
    return bool(rule.uses) and rule.uses <= covered


def _holds(other: Rule, rule: Rule, situation: Situation) -> bool:
    """Whether the other rule holds in a situation in which the rule does; at no certain moment: whenever that does."""
    if other.places and situation.place not in other.places:
        return False
    at = situation.at
    if not (other.period.contains(rule.period) if at is None else other.period.covers(at)):
        return False
    return not other.times or situation.active is None or not situation.active.isdisjoint(other.times)


def _of_groups[T](by_group: dict[str, list[T]], groups: Iterable[str]) -> Iterator[T]:
    for group in (_EVERYONE, *groups):
        yield from by_group.get(group, ())
