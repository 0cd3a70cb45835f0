"""Lint of what allows carry: what no service there can meet, what is closed by it, and rules that let pass without it."""

from collections.abc import Iterator, Sequence

from saywhy.decide.controls import met
from saywhy.policy.address import suffixes
from saywhy.policy.codes import Code
from saywhy.policy.control import Control, Means
from saywhy.policy.criteria import keys_of, pieces_of
from saywhy.policy.criterion import EVERYTHING, About
from saywhy.policy.inspection import View
from saywhy.policy.obligation import Obligation, ObligationKind
from saywhy.policy.obligations import kinds
from saywhy.policy.pattern import UrlPattern
from saywhy.policy.problem import Problem
from saywhy.policy.reading.yaml12 import Loc
from saywhy.policy.rule import Effect, Rule
from saywhy.policy.suggest import all_of, quoted
from saywhy.rehearse.findings import Locations


def lint_obligations(locations: Locations) -> Iterator[Problem]:
    """The problems of rules that allow only so, each at its key."""
    names = locations.policy.catalogue.names
    of_apps = [name for name, found in names.items() if any(one.kind == "app" for one in found)]
    for rule in locations.policy.rules:
        for one in sorted(rule.obligations, key=lambda one: one.kind):
            kind = kinds()[one.kind]
            if kind.controlled:
                yield from _of(locations, rule, one, kind, of_apps)


def _of(
    locations: Locations, rule: Rule, one: Obligation, kind: ObligationKind, of_apps: Sequence[str]
) -> Iterator[Problem]:
    about: list[tuple[Control, str, Means]] = []
    for control in locations.policy.catalogue.controls:
        means = kind.means(one, control) if control.obligation == one.kind else None
        if means is not None:
            hosts = _hosts(control, (*rule.criteria.domains, *of_apps))
            about += [(control, host, means) for host in hosts if rule in _about(locations, rule, host)]
    if not about:
        what = f"rule {quoted(rule.id)} asks for {one.kind}, and nothing that it is about has that"
        instead = f"take {one.kind} out, or write what has it into the rule (docs/policy.md)"
        yield locations.about_rule(rule, (one.kind,), Code.NOTHING_TO_OBLIGE, what, instead, of_key=True)
        return
    yield from _of_services(locations, rule, one, kind, frozenset(control.app for control, _, _ in about))
    yield from _unmet(locations, rule, one, about)
    yield from _passed_over(locations, rule, one, about)
    if kind.only_with:
        yield from _closed(locations, rule, one, kind)


def _of_services(
    locations: Locations, rule: Rule, one: Obligation, kind: ObligationKind, there: frozenset[str]
) -> Iterator[Problem]:
    for service in kind.services(one):
        if service not in there:
            what = f"rule {quoted(rule.id)} asks for {one.kind} of {service}, and is about nothing of that service"
            instead = f"take {service} out, or write what belongs to it into the rule (docs/policy.md)"
            loc: Loc = (one.kind, service)
            yield locations.about_rule(rule, loc, Code.NOTHING_TO_OBLIGE, what, instead, of_key=True)
    controls = [each for each in locations.policy.catalogue.controls if each.obligation == one.kind]
    for service in kind.not_asked(one, controls):
        what = f"rule {quoted(rule.id)} gives an id for {service}, which asks for none, so it is never sent"
        loc = (one.kind, service, "id")
        yield locations.about_rule(rule, loc, Code.ID_NOT_ASKED, what, "take it out", of_key=True)
    for service, index, wrong, instead in kind.not_taken(one, controls):
        loc = (one.kind, service, index)
        document, whole = locations.of_rule(rule, *loc)
        if index not in document.node_at(*whole[:-1]).inner:  # they stand beside an id
            loc = (one.kind, service, "allowed", index)
        what = f"rule {quoted(rule.id)} asks for {one.kind} of {service} as {wrong}"
        yield locations.about_rule(rule, loc, Code.ACCOUNT_NOT_TAKEN, what, instead)


def _hosts(control: Control, named: Sequence[str]) -> list[str]:
    """Names that a control is for: its own, and those below them that are named."""
    return sorted({*control.hosts, *control.domains, *filter(control.is_for, named)})


def _about(locations: Locations, rule: Rule, host: str) -> Sequence[Rule]:
    """The rules about the whole of a host and for some of those that the rule is for, in the order of the policy."""
    engine = locations.engine
    groups = engine.policy.closed_groups(tuple(sorted(rule.groups)))
    return engine.index.candidates(engine.standing(host, None).keys, groups)


def _unmet(
    locations: Locations, rule: Rule, one: Obligation, about: Sequence[tuple[Control, str, Means]]
) -> Iterator[Problem]:
    without_id = sorted({control.app for control, _, means in about if means == Means()})
    if without_id:
        what = (
            f"rule {quoted(rule.id)} gives no id for {all_of(without_id)}, where the service wants to know who asks; "
            "so it is closed there"
        )
        instead = f"write it like {{{without_id[0]}: {{allowed: [hillside.example], id: …}}}}"
        yield locations.about_rule(rule, (one.kind, without_id[0]), Code.UNMET_OBLIGATION, what, instead)
    unseen = sorted(
        {host for _, host, means in about if means.needs_inside and locations.engine.view(host) is View.NEVER}
    )
    if unseen:
        what = (
            f"rule {quoted(rule.id)} asks for {one.kind}, which takes seeing inside {all_of(unseen)}; "
            "that is never decrypted, so it is closed there"
        )
        instead = "take these sites from under never of inspection, or out of the rule"
        yield locations.about_rule(rule, (one.kind,), Code.UNMET_OBLIGATION, what, instead, of_key=True)


def _passed_over(
    locations: Locations, rule: Rule, one: Obligation, about: Sequence[tuple[Control, str, Means]]
) -> Iterator[Problem]:
    """Rules for everybody that allow the same before this one does, and ask for nothing of the kind."""
    for control, host, _ in about:
        for other in _about(locations, rule, host):
            before = other.number < rule.number or (other.keep_open and not rule.keep_open)
            narrower = other.groups or other.places or other.times or other.uses or other.period != rule.period
            if other is rule or not before or narrower or other.effect is not Effect.ALLOW:
                continue
            if any(each.kind == one.kind for each in other.obligations) or not _whole(locations, other, host):
                continue
            label = locations.policy.catalogue.apps[control.app].label
            what = f"{locations.line_of(other)} allows {label} before rule {quoted(rule.id)}, without {one.kind}"
            instead = f"write {one.kind} there as well, or move this rule up"
            yield locations.about_rule(rule, (one.kind,), Code.OBLIGATION_PASSED_OVER, what, instead, of_key=True)
            return


def _whole(locations: Locations, rule: Rule, host: str) -> bool:
    """Whether a rule is about all of a host, and not only about some paths there."""
    about = About(tuple(suffixes(host)), locations.engine.membership(host, None))
    return not {EVERYTHING, *keys_of(about)}.isdisjoint(
        piece for piece in pieces_of(rule.criteria) if not isinstance(piece, UrlPattern)
    )


def _closed(locations: Locations, rule: Rule, one: Obligation, kind: ObligationKind) -> Iterator[Problem]:
    """Sites that the rule is about and closes, since they cannot be made so, where no rule above speaks of them to anybody."""
    engine, catalogue = locations.engine, locations.policy.catalogue
    controlled = {control.app for control in catalogue.controls if control.obligation == one.kind}
    first = {each.id: host for host, found in sorted(catalogue.names.items(), reverse=True) for each in found}
    closed: list[str] = []
    for name, app in sorted(catalogue.apps.items()):
        if kind.only_with in app.categories and name in first and name not in controlled:
            standing = engine.standing(first[name], None)
            spoken_of = engine.index.candidates(standing.keys, frozenset(engine.policy.groups))
            if spoken_of[:1] == [rule] and met(frozenset({one}), standing.controls, standing.lacking) is None:
                closed.append(app.label)
    if closed and not rule.criteria.everything:
        what = f"rule {quoted(rule.id)} closes {all_of(closed)}: no {one.kind} can be switched on there"
        instead = "write a rule above it that blocks them and says why, or one that allows them as they are"
        yield locations.about_rule(rule, (one.kind,), Code.CLOSED_BY_OBLIGATION, what, instead, of_key=True)
