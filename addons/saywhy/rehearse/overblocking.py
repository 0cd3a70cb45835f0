"""Over-blocking: what should stay open, tried for every group and time, and what closes it."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from saywhy.decide.access import Access, subject_in, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.policy.rule import Effect
from saywhy.rehearse.stays_open import Help, ShouldStayOpen
from saywhy.rehearse.week import Week


@dataclass(frozen=True, slots=True)
class Closed:
    """A site that is closed to some, by one cause. `when`: moments of the week at which it was seen, in words.

    `rule` is the id of the rule that closes it, empty where reach does; `categories` are those of the site by which the
    rule means it, with what says so (a file or a list, and the line). `decisions` is how many of those tried it closes.
    """

    site: ShouldStayOpen
    reason: Reason
    rule: str
    locked: bool
    categories: tuple[tuple[str, str], ...]
    groups: tuple[str, ...]
    when: tuple[str, ...]
    decisions: int = 1


@dataclass(frozen=True, slots=True)
class OfKind:
    """How many sites of a kind of help were tried, and how many of them are closed to somebody at some time."""

    about: Help
    sites: int
    closed: int


@dataclass(frozen=True, slots=True)
class Overblocking:
    """What came out: how many decisions were made, how many of them closed, and on what."""

    sites: int
    tried: int
    closed: int
    found: tuple[Closed, ...]
    kinds: tuple[OfKind, ...] = ()

    @property
    def closed_sites(self) -> int:
        """How many sites are closed to somebody at some time."""
        return len({one.site.site for one in self.found})

    @property
    def rate(self) -> float:
        """The closed part of the decisions, from 0 to 1."""
        return self.closed / self.tried if self.tried else 0.0


def overblocking(engine: Engine, sites: Iterable[ShouldStayOpen], now: datetime) -> Overblocking:
    """Try each site for every group that it is for, at every moment from `now` on that differs for the policy's rules."""
    policy, week = engine.policy, Week(engine.policy, now)
    moments = week.moments(week.named)
    groups = [(name, subject_in(policy, (name,))) for name in policy.groups] or [("", subject_in(policy, ()))]
    tried = closed = count = 0
    of_kind: dict[Help, int] = dict.fromkeys(Help, 0)
    causes: defaultdict[tuple[ShouldStayOpen, Reason, str], list[tuple[str, str, Decision]]] = defaultdict(list)
    for site in sites:
        count += 1
        of_kind[site.about] += 1
        target = target_of_url(f"https://{site.site}/")
        for group, subject in groups:
            if not site.is_for(subject.reader):
                continue
            for moment in moments:
                decision = decide(engine, NO_GRANTS, Access(subject, target, moment.at))
                tried += 1
                if not decision.allowed:
                    closed += 1
                    rule = "" if decision.rule is None else decision.rule.id
                    causes[site, decision.reason, rule].append((group, str(moment), decision))
    found = tuple(_closed(*cause, seen) for cause, seen in causes.items())
    shut = Counter(about for _, about in {(one.site.site, one.site.about) for one in found})
    kinds = tuple(OfKind(about, sites, shut[about]) for about, sites in of_kind.items() if sites)
    return Overblocking(count, tried, closed, found, kinds)


def _closed(site: ShouldStayOpen, reason: Reason, rule: str, seen: list[tuple[str, str, Decision]]) -> Closed:
    decision = seen[0][2]
    named = frozenset[str]() if decision.rule is None else frozenset(decision.rule.criteria.categories)
    categories = tuple(
        dict.fromkeys(
            (one.id, one.source.place)
            for one in decision.membership.because
            if one.kind == "category" and one.id in named
        )
    )
    groups = tuple(dict.fromkeys(group for group, _, _ in seen))
    when = tuple(dict.fromkeys(moment for _, moment, _ in seen))
    locked = decision.rule is not None and decision.rule.locked and decision.rule.effect is not Effect.ALLOW
    return Closed(site, reason, rule, locked, categories, groups, when, len(seen))
