"""Lint of what blocks offer: places that the same policy closes, and blocks that offer nothing.

Each block is held against each group that it is for, where and when it decides; the moments tried are all that differ.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from saywhy.decide.access import Access, Subject, Target, subject_in
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.decide.matching import facts_of
from saywhy.explain.alternatives import may_play
from saywhy.policy.address import AddressError, Url, canonical_url
from saywhy.policy.ages import EVERY_AGE, Ages
from saywhy.policy.codes import Code
from saywhy.policy.period import Period
from saywhy.policy.policy import Policy
from saywhy.policy.problem import Problem
from saywhy.policy.reading.yaml12 import Loc
from saywhy.policy.rule import Effect, Rule
from saywhy.policy.suggest import quoted
from saywhy.rehearse.findings import Locations, named
from saywhy.rehearse.shadowing import Cover, Shadowing, Situation
from saywhy.rehearse.week import Moment, Week


@dataclass(frozen=True, slots=True)
class Offered:
    """A place that a block offers: what to call it, its address, where the rule says so, for whom and when it is."""

    called: str
    url: Url
    loc: Loc
    ages: Ages = EVERY_AGE
    in_breaks: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """Somebody to whom an offered place is closed, a moment, and the decision."""

    subject: Subject
    moment: Moment
    decision: Decision
    always: bool


class Openings:
    """Decisions about offered places, each made once."""

    def __init__(self, engine: Engine, shadowing: Shadowing, week: Week) -> None:
        self._engine = engine
        self._shadowing = shadowing
        self._week = week
        self._times: dict[tuple[Url, frozenset[str]], frozenset[str]] = {}
        self._decided: dict[tuple[Url, Subject, frozenset[str], frozenset[Period]], Decision] = {}

    def closed(self, rule: Rule, subject: Subject, offered: Offered) -> Closed | None:
        """The first moment at which the rule decides on something for this subject and the place it offers is closed to it."""
        if not offered.ages.suit(subject.reader):
            return None
        url = offered.url
        times = self._times_of(subject, url)
        found: list[tuple[Moment, Decision]] = []
        moments = [
            moment
            for moment in self._week.moments(times | frozenset(rule.times))
            if (not rule.times or not moment.active.isdisjoint(rule.times)) and rule.period.covers(moment.at)
            if not offered.in_breaks
            or may_play(self._engine.policy, Access(subject, _target(url), moment.at), about_games=False)
        ]
        for moment in moments:
            decision = self._decide(subject, url, moment, times)
            if not decision.allowed and not _walled(rule, decision):
                found.append((moment, decision))
        for moment, decision in found:
            if self._decides(rule, subject, moment):
                return Closed(subject, moment, decision, len(found) == len(moments))
        return None

    def _decides(self, rule: Rule, subject: Subject, moment: Moment) -> bool:
        """Whether the rule can decide there and then, as far as can be told: nothing stronger covers all of it."""
        active = frozenset(name for name in self._week.named if self._engine.policy.times[name].cover(moment.at))
        return not self._shadowing.overruled(rule, Situation(subject.groups, subject.place, active, moment.at), Cover())

    def _times_of(self, subject: Subject, url: Url) -> frozenset[str]:
        key = (url, subject.groups)
        if key not in self._times:
            access = Access(subject, _target(url), self._week.moments(frozenset())[0].at)
            rules = self._engine.index.candidates(facts_of(self._engine, access).keys, subject.groups)
            self._times[key] = frozenset(name for rule in rules for name in rule.times)
        return self._times[key]

    def _decide(self, subject: Subject, url: Url, moment: Moment, times: frozenset[str]) -> Decision:
        key = (url, subject, moment.active & times, moment.dated)
        if key not in self._decided:
            self._decided[key] = decide(self._engine, NO_GRANTS, Access(subject, _target(url), moment.at))
        return self._decided[key]


def _walled(offering: Rule, decision: Decision) -> bool:
    """Whether a walled garden (a rule that closes everything, as in an exam) closes what a rule of the floor offers.

    That one decides inside the garden as well, and no other place would be open there.
    """
    by = decision.rule
    return offering.locked and by is not None and by is not offering and by.number > 0 and by.criteria.everything


def lint_alternatives(locations: Locations, shadowing: Shadowing, week: Week) -> Iterator[Problem]:
    """The problems of what blocks offer."""
    policy = locations.policy
    openings = Openings(locations.engine, shadowing, week)
    everybody = _subjects(policy)
    for rule in (*policy.rules, policy.default):
        if rule.effect is Effect.ALLOW:
            continue
        subjects = [one for one in everybody if _is_for(rule, one)]
        for offered in _offered(locations, rule):
            closed = [found for one in subjects if (found := openings.closed(rule, one, offered)) is not None]
            if closed:
                yield _closed(locations, rule, offered, closed)
        goes_on = rule.effect is Effect.CAUTION
        if not goes_on and not rule.help and not rule.instead and not _offers_by_itself(policy, rule):
            what = f"{named(rule)} offers nothing that people can do instead"
            parts: Loc = ("id",) if rule is not policy.default else ()
            yield locations.about_rule(
                rule, parts, Code.NO_ALTERNATIVE, what, f"write instead: {_some_purposes(policy)}"
            )


def _some_purposes(policy: Policy) -> str:
    known = list(policy.catalogue.purposes)[:2]
    return f"[{', '.join(known)}]" if known else "[a-purpose], and that purpose with its places under purposes"


def _closed(locations: Locations, rule: Rule, offered: Offered, closed: list[Closed]) -> Problem:
    first = closed[0]
    names = list(dict.fromkeys(_who(one.subject) for one in closed))
    if len(names) > 4:
        names[3:] = [f"{len(names) - 3} more"]
    who = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    when = "whenever this rule holds" if first.always and rule.times else "at any time"
    when = when if first.always else str(first.moment)
    decision = first.decision
    by = (
        (locations.line_of(decision.rule) if decision.rule is not rule else "this same rule")
        if decision.rule is not None
        else _reach(decision, offered.url)
    )
    what = f"{named(rule)} offers {offered.called}, which {by} closes to {who} {when}"
    instead = "offer another place, or open this one with a rule above"
    if decision.rule is None:
        instead = "offer another place, or name it under reach"
    elif decision.reason is Reason.LOCKED:
        instead = "offer another place; nothing opens what a locked rule closes"
    return locations.about_rule(rule, offered.loc, Code.CLOSED_ALTERNATIVE, what, instead)


def _reach(decision: Decision, url: Url) -> str:
    return f"reach (without port {url.port})" if decision.reason is Reason.PORT else "reach"


def _who(subject: Subject) -> str:
    group = quoted(subject.named_groups[0]) if subject.named_groups else "devices of no group"
    return group if subject.place is None else f"{group} in {quoted(subject.place)}"


def _offered(locations: Locations, rule: Rule) -> Iterator[Offered]:
    catalogue = locations.policy.catalogue
    by_key: list[tuple[str, Loc]] = [(name, ("instead", index)) for index, name in enumerate(rule.instead)]
    if not by_key:
        for index, app in enumerate(rule.criteria.apps):
            by_key.extend((name, (rule.effect.value, "apps", index)) for name in catalogue.apps[app].purposes)
        for index, category in enumerate(rule.criteria.categories):
            by_key.extend(
                (name, (rule.effect.value, "categories", index)) for name in catalogue.categories[category].purposes
            )
    for name, loc in by_key:
        source = catalogue.purposes[name].source
        if source is not None and source.builtin:
            continue  # nobody here can mend it; pages leave out what is closed
        purpose = catalogue.purposes[name]
        for place in purpose.alternatives:
            yield Offered(f"{quoted(place.name)} for {quoted(name)}", place.url, loc, place.ages, purpose.in_breaks)
    own = takewhile(lambda one: one not in locations.policy.care.help, rule.help)  # `lint_care` looks at the others
    for index, one in enumerate(own):
        if one.url:
            try:
                yield Offered(f"the link to {quoted(one.name)}", canonical_url(one.url), ("help", index, "url"))
            except AddressError:  # the schema took it, so a browser can open it; Saywhy shows no link then
                continue


def _offers_by_itself(policy: Policy, rule: Rule) -> bool:
    """Whether all that the rule is about are apps and categories with purposes of their own."""
    criteria, catalogue = rule.criteria, policy.catalogue
    if criteria.everything or criteria.domains or criteria.urls:
        return False
    purposes = [catalogue.apps[one].purposes for one in criteria.apps]
    purposes += [catalogue.categories[one].purposes for one in criteria.categories]
    return all(purposes)


def _subjects(policy: Policy) -> list[Subject]:
    """Everybody there is: each group by itself, those who are in places that rules name, and devices of no group."""
    found = [subject_in(policy, (name,)) for name in policy.groups]
    named_places = {name for rule in policy.rules for name in rule.places}
    found += [subject_in(policy, one.groups, place=one.name) for one in policy.places if one.name in named_places]
    everywhere = {place.network.version for place in policy.places if place.network.prefixlen == 0}
    if len(everywhere) < 2:
        found.append(Subject())
    return list(dict.fromkeys(found))


def _is_for(rule: Rule, subject: Subject) -> bool:
    return (not rule.groups or bool(rule.groups & subject.groups)) and (not rule.places or subject.place in rule.places)


def _target(url: Url) -> Target:
    return Target(url.host, url.port, url)
