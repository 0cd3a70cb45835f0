"""Two policies side by side: whether the same access comes out differently, and how.

Both sides decide with the one function that decides, without grants. Accesses that neither policy can tell apart are
decided once: those of the same people, with the same rules about the target, the same belongings and the same rules in
force at the moment.
"""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final

from saywhy.decide.access import Access, Subject, Target, subject_at, subject_in
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.decide.standing import Standing
from saywhy.explain.explain import explain
from saywhy.policy import obligations
from saywhy.policy.address import Url, address_literal
from saywhy.policy.rule import Effect
from saywhy.policy.school import Address

_REMEMBERED: Final = 200_000  # accesses that were decided; the memory of them is bounded


class Kind(StrEnum):
    """How a decision changes; the first of these that holds."""

    BLOCKED = "newly-blocked"
    OPENED = "newly-opened"
    OBLIGED = "allowed-otherwise"  # open as before, with other obligations, or with the same met in another way
    DECIDED = "decided-otherwise"  # the same for the asker, by another rule or for another reason
    TOLD = "told-otherwise"  # closed by the same rule as before, with other words or other alternatives


@dataclass(frozen=True, slots=True)
class Ruling:
    """What decided: effect, reason and the rule's id; None where reach refused. `obligations` are those of an allow."""

    effect: Effect
    reason: Reason
    rule: str | None
    obligations: tuple[str, ...] = ()  # "safe_search: true"


@dataclass(frozen=True, slots=True)
class Difference:
    """One decision that changes."""

    kind: Kind
    was: Ruling
    now: Ruling


@dataclass(frozen=True, slots=True, eq=False)
class Askers:
    """People as each of the policies sees them. `group` is the most telling group they are known by, "" for none.

    `unknown` are groups of theirs that one of the policies does not have; there they are treated as outside of them.
    """

    was: Subject
    now: Subject
    group: str
    unknown: tuple[str, ...] = ()


class Comparer:
    """Compares two policies, one access at a time."""

    def __init__(self, was: Engine, now: Engine) -> None:
        self.was = was
        self.now = now
        self._decided: dict[Hashable, Difference | None] = {}
        self._standings: dict[Hashable, int] = {}
        self._askers: dict[Hashable, Askers] = {}
        self.askers = lru_cache(65_536)(self._find_askers)
        self._standing_of_host = lru_cache(65_536)(self._find_standing)

    def _find_askers(self, groups: tuple[str, ...], place: str | None, device: Address | None) -> Askers:
        """The people with these groups, at this place, with this device.

        Where the old policy knows the device by exactly these groups and this place, each policy says for itself who
        it is, so that a change of `places` is seen. Otherwise both take the groups and the place as they are given.
        """
        if device is not None:
            known = subject_at(self.was, device)
            if (known.named_groups, known.place) == (groups, place):
                return self._same_people(known, subject_at(self.now, device), groups)
        return self._same_people(_known_by(self.was, groups, place), _known_by(self.now, groups, place), groups)

    def _same_people(self, was: Subject, now: Subject, groups: tuple[str, ...]) -> Askers:
        was, now = replace(was, device=None), replace(now, device=None)  # only grants ask for the device
        unknown = tuple(one for one in groups if one not in self.was.policy.groups or one not in self.now.policy.groups)
        askers = Askers(was, now, groups[0] if groups else "", unknown)
        return self._askers.setdefault((was, now, groups), askers)

    def depends_on_path(self, host: str) -> bool:
        """Whether either policy has patterns for paths at this canonical host, or asks what is done there."""
        uses = self.was.index.used or self.now.index.used  # what is done is known of a URL alone
        return bool(uses) or self.was.has_patterns(host) or self.now.has_patterns(host)

    def standing_of(self, host: str, port: int, url: Url | None) -> int:
        """What both policies know of a target: targets with equal standings are decided alike, whoever asks."""
        return self._standing_of_host(host, port) if url is None else self._find_standing(host, port, url)

    def _find_standing(self, host: str, port: int, url: Url | None = None) -> int:
        was, now = self.was.standing(host, url), self.now.standing(host, url)
        found = (
            *(was.rules, was.possible, was.membership.categories, was.membership.apps),
            *(now.rules, now.possible, now.membership.categories, now.membership.apps),
            *(port, address_literal(host)),
            *(was.view, _by_name(was), now.view, _by_name(now)),
            *(was.controls, was.lacking, now.controls, now.lacking),
            *(_refused(was, url), _refused(now, url)),
            url if was.carriers or now.carriers else None,  # it carries another address
            *(was.membership.undecided_apps, was.membership.undecided_categories),
            *(now.membership.undecided_apps, now.membership.undecided_categories),
        )
        return self._standings.setdefault(found, len(self._standings))  # a number stands for it: cheaper to look up

    def in_force(self, askers: Askers, at: datetime) -> tuple[int, int]:
        """The rules that each policy has in force for these people at a moment (aware), as sets."""
        return _in_force(self.was, askers.was, at), _in_force(self.now, askers.now, at)

    def difference(self, askers: Askers, target: Target, at: datetime) -> Difference | None:
        """How the decision changes for these people, this target and this moment (aware); None where it does not.

        A URL may be left out where neither policy has patterns at its host, and where none is known.
        """
        standing = self.standing_of(target.host, target.port, target.url)
        key = (id(askers), standing, target.signs, target.url is None, target.use, self.in_force(askers, at))
        if key in self._decided:
            return self._decided[key]
        if len(self._decided) >= _REMEMBERED:
            self._decided.clear()
        found = compare(self.was, self.now, Access(askers.was, target, at), Access(askers.now, target, at))
        self._decided[key] = found
        return found


def compare(was: Engine, now: Engine, access_was: Access, access_now: Access) -> Difference | None:
    """Decide the same access under two policies, each with its own view of who asks."""
    before, after = decide(was, NO_GRANTS, access_was), decide(now, NO_GRANTS, access_now)
    ruling_was, ruling_now = _ruling(before), _ruling(after)
    if ruling_was.obligations == ruling_now.obligations and _means(before) != _means(after):
        ruling_was, ruling_now = (
            replace(ruling_was, obligations=_means(before)),
            replace(ruling_now, obligations=_means(after)),
        )
    if before.allowed and not after.allowed:
        return Difference(Kind.BLOCKED, ruling_was, ruling_now)
    if after.allowed and not before.allowed:
        return Difference(Kind.OPENED, ruling_was, ruling_now)
    if ruling_was.obligations != ruling_now.obligations:
        return Difference(Kind.OBLIGED, ruling_was, ruling_now)
    if ruling_was != ruling_now:
        return Difference(Kind.DECIDED, ruling_was, ruling_now)
    if not after.allowed and _told(was, access_was, before) != _told(now, access_now, after):
        return Difference(Kind.TOLD, ruling_was, ruling_now)
    return None


def _ruling(decision: Decision) -> Ruling:
    rule = None if decision.rule is None else decision.rule.id
    carried = (f"{key}: {obligations.told(key, decision.obligations)}" for key in _kinds_of(decision))
    return Ruling(decision.effect, decision.reason, rule, tuple(carried))


def _means(decision: Decision) -> tuple[str, ...]:
    """The obligations of an allow, each with how it is met."""
    carried = sorted(decision.obligations, key=lambda one: one.kind)
    return tuple(
        f"{one.kind}: {obligations.told(one.kind, frozenset({one}))}"
        + ("" if one.means is None else f" ({one.means.told(inside=False)})")
        for one in carried
    )


def _kinds_of(decision: Decision) -> list[str]:
    return sorted({one.kind for one in decision.obligations})


def _told(engine: Engine, access: Access, decision: Decision) -> tuple[object, ...]:
    """What a reader is told about a refusal, but for the host, the revision and the hour at which it ends."""
    told = explain(engine, NO_GRANTS, access, decision, reference=None, ask_url="https://why.school.internal/ask")
    return (
        *(told.kind, told.reader, told.language, told.for_whom, told.reason, told.would_change, told.help),
        *(told.category, told.app, told.purposes, told.asking, told.ask_url, told.answered_by),
        *(told.owner, told.decided_by, told.decided_on, told.review_by),
    )


def _by_name(standing: Standing) -> tuple[int, int] | None:
    """What is left of a standing where the path may not be seen."""
    return None if standing.unseen is None else (standing.unseen.rules, standing.unseen.possible)


def _refused(standing: Standing, url: Url | None) -> tuple[bool, ...]:
    """Of the controls at a target, by which it is where a service sends those whose account is another."""
    return () if url is None else tuple(one.refuses_at(url) for one in standing.controls)


def _known_by(engine: Engine, groups: tuple[str, ...], place: str | None) -> Subject:
    known = tuple(one for one in groups if one in engine.policy.groups)
    return subject_in(engine.policy, known, place=place)


def _in_force(engine: Engine, subject: Subject, at: datetime) -> int:
    return engine.index.holding(subject.groups, subject.place, at.astimezone(engine.policy.school.timezone))
