"""What opens the sites that should stay open: corrections of lists and rules that keep open, each tried before it is offered."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import count
from json import dumps
from typing import Final

from saywhy.decide.access import subject_in
from saywhy.decide.engine import Engine
from saywhy.policy.catalogue import Correction, Source
from saywhy.policy.changes.yaml_text import row
from saywhy.policy.criterion import Criteria
from saywhy.policy.policy import Policy
from saywhy.policy.public_suffixes import public_suffixes
from saywhy.policy.rule import Effect, Rule
from saywhy.rehearse.overblocking import Closed, overblocking
from saywhy.rehearse.stays_open import ShouldStayOpen

_ID: Final = "should-stay-open"
_NOWHERE: Final = Source("", 0)


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to add to a policy; `still_closed` is what it does not open: by a locked rule, by reach, to some group.

    A correction takes the place of the one in `replaced` that has its name: there may be no two. All rules of a policy
    are in one file, `rules_in`.
    """

    corrections: tuple[Correction, ...] = ()
    replaced: tuple[Correction, ...] = ()
    rules: tuple[Rule, ...] = ()
    still_closed: tuple[Closed, ...] = ()
    rules_in: str = ""

    @property
    def as_yaml(self) -> str:
        """As it is pasted into a file of the policy; empty where nothing can be offered."""
        places = {one.name: one.source.place for one in self.replaced}
        lines = ["corrections:"] if self.corrections else []
        for one in self.corrections:
            if one.name in places:
                lines.append(f"  # in the place of the correction at {places[one.name]}")
            said = [f"{key}: {row(found)}" for key, found in (("never", one.never), ("also", one.also)) if found]
            because = dumps(one.because, ensure_ascii=False)
            lines.append(f"  - {{name: {one.name}, {', '.join(said)}, because: {because}, on: {one.on}}}")
        lines += [f"rules:  # with those that are in {self.rules_in}"] if self.rules else []
        for rule in self.rules:
            lines += [f"  - id: {rule.id}", f"    allow: {{domains: [{', '.join(rule.criteria.domains)}]}}"]
            lines += [f"    for: {row(rule.groups)}"] if rule.groups else []
            lines += ["    keep_open: true"]
        return "\n".join(lines)


def remedy(engine: Engine, sites: Iterable[ShouldStayOpen], now: datetime) -> Remedy:
    """What opens these sites to those whom they are for, each by its bare name as well: help.example of www.help.example.

    What turns out to open nothing is left out: of a locked rule that names the site, or a group that has all ages in it.
    """
    policy, today = engine.policy, now.astimezone(engine.policy.school.timezone).date()
    every = [
        *dict.fromkeys(one for site in sites for one in (site, site.model_copy(update={"site": _bare(site.site)})))
    ]
    before = overblocking(engine, every, now)
    never: defaultdict[str, set[str]] = defaultdict(set)
    corrected, tried = before, engine
    while _add_wrong(never, corrected.found, policy):  # behind one rule stands the next, with a category of its own
        tried = _with(engine, _corrections(policy, never, every, today))
        corrected = overblocking(tried, every, now)
    kept = dict.fromkeys(one.site for one in corrected.found if one.rule and not one.locked)
    mended = overblocking(_with(tried, rules=_keeping(policy, kept)), every, now)
    first, then, last = (_decisions(result.found) for result in (before, corrected, mended))
    opened = {name for one in every if last[one] < first[one] for name in (one.site, _bare(one.site))}
    said = _corrections(policy, {name: never[name] for name in never if name in opened}, every, today)
    known = policy.catalogue.corrections
    return Remedy(
        said,
        tuple(known[one.name] for one in said if one.name in known),
        _keeping(policy, [one for one in kept if last[one] < then[one]]),
        tuple(one for one in mended.found if not _is_told(one, mended.found)),
        engine.written.rules[0].source.file if engine.written.rules else "",
    )


def _bare(site: str) -> str:
    """The name that people say, where it is a name of its own: of www.gov.uk that would be every council's too."""
    bare = site.removeprefix("www.")
    return site if public_suffixes().has(bare) else bare


def _add_wrong(never: defaultdict[str, set[str]], found: Iterable[Closed], policy: Policy) -> bool:
    """Add the categories by which sites are closed, by the name to correct; whether there are any more."""
    had = sum(map(len, never.values()))
    for one in found:
        for category, _ in one.categories:
            said = policy.catalogue.corrections.get(one.site.site)
            nearer = said is not None and category in said.also  # what is said of the nearest name counts
            never[one.site.site if nearer else _bare(one.site.site)].add(category)
    return sum(map(len, never.values())) > had


def _corrections(
    policy: Policy, never: Mapping[str, Collection[str]], sites: Iterable[ShouldStayOpen], today: date
) -> tuple[Correction, ...]:
    """What to write of each name, with what the policy says of it already."""
    names = {one.site: one.name for one in sites}
    said: list[Correction] = []
    for name, categories in never.items():
        new = frozenset(categories)
        because = f"{names[name]} should stay open at school."
        was = policy.catalogue.corrections.get(name)
        if was is not None:
            said.append(replace(was, never=was.never | new, also=was.also - new, on=today))
        else:
            said.append(Correction(name, new, frozenset(), because, today, _NOWHERE))
    return tuple(said)


def _keeping(policy: Policy, sites: Iterable[ShouldStayOpen]) -> tuple[Rule, ...]:
    """A rule that keeps open for each set of groups that sites are for: none where that is everybody."""
    named: defaultdict[frozenset[str], dict[str, None]] = defaultdict(dict)
    for one in sites:
        groups = _groups_of(policy, one)
        if groups or not policy.groups:
            named[frozenset() if groups == policy.groups.keys() else _widest(policy, groups)][_bare(one.site)] = None
    taken = {rule.id for rule in policy.rules}
    free = (name for n in count(1) if (name := _ID if n == 1 else f"{_ID}-{n}") not in taken)
    return tuple(
        Rule(next(free), 0, Effect.ALLOW, Criteria(domains=domains), _NOWHERE, groups=groups, keep_open=True)
        for groups, domains in named.items()
    )


def _groups_of(policy: Policy, site: ShouldStayOpen) -> frozenset[str]:
    """The groups that a site is for, with all groups that lie within them."""
    fits = {name for name in policy.groups if site.is_for(subject_in(policy, (name,)).reader)}
    too_young = frozenset(above for name in policy.groups.keys() - fits for above in policy.groups[name].within)
    return frozenset(fits - too_young)


def _widest(policy: Policy, groups: frozenset[str]) -> frozenset[str]:
    return frozenset(one for one in groups if policy.groups[one].within.isdisjoint(groups))


def _with(engine: Engine, corrections: Iterable[Correction] = (), rules: Iterable[Rule] = ()) -> Engine:
    """The engine of a policy that has these as well."""
    policy = engine.written
    said = {**policy.catalogue.corrections, **{one.name: one for one in corrections}}
    more = tuple(replace(rule, number=number) for number, rule in enumerate(rules, len(policy.rules) + 1))
    changed = replace(policy, catalogue=replace(policy.catalogue, corrections=said), rules=(*policy.rules, *more))
    return Engine(changed, engine.lists, engine.sealed)


def _decisions(found: Iterable[Closed]) -> Counter[ShouldStayOpen]:
    """How many decisions close each site."""
    counted: Counter[ShouldStayOpen] = Counter()
    for one in found:
        counted[one.site] += one.decisions
    return counted


def _is_told(one: Closed, found: Iterable[Closed]) -> bool:
    """Whether it is the bare name of a site that is told itself."""
    return any(other.site.site == f"www.{one.site.site}" and other.rule == one.rule for other in found)
