"""Lint of the order of rules: rules that never decide, and apps that an earlier rule opens in part."""

from collections.abc import Iterator

from saywhy.policy.codes import Code
from saywhy.policy.criteria import pieces_of_rule
from saywhy.policy.criterion import Piece
from saywhy.policy.needs import NEEDED
from saywhy.policy.pattern import UrlPattern
from saywhy.policy.policy import Policy
from saywhy.policy.problem import Problem
from saywhy.policy.reading.yaml12 import Loc
from saywhy.policy.rule import Effect, Rule
from saywhy.policy.suggest import listed, quoted
from saywhy.rehearse.findings import Locations
from saywhy.rehearse.shadowing import Cover, Shadowing, Situation
from saywhy.rehearse.week import Week


def lint_order(locations: Locations, shadowing: Shadowing, week: Week) -> Iterator[Problem]:
    """The problems of rules beside one another."""
    for rule in locations.policy.rules:
        if week.is_over(rule):  # said of its day
            continue
        cover = Cover()
        if never_decides(locations.policy, shadowing, week, rule, cover):
            needy = shadowing.opens_needs(rule)
            wholly = never_decides(locations.policy, shadowing, week, rule, Cover(), needs=True)
            yield _never(locations, rule, cover, () if wholly else needy)
        elif rule.keep_open:
            yield from _closed_elsewhere(locations, shadowing, week, rule)
        elif rule.effect is not Effect.ALLOW and rule.criteria.apps and not rule.locked:
            yield from _opened_elsewhere(locations, shadowing, week, rule)


def never_decides(
    policy: Policy, shadowing: Shadowing, week: Week, rule: Rule, cover: Cover, *, needs: bool = False
) -> bool:
    """Whether stronger rules decide on everything that the rule names; they are left in `cover`.

    Where it allows an app that needs something of others, it may still decide on that; with `needs` not even on that.
    """
    places: list[str | None] = [*sorted(rule.places)] or [None]
    groups = [policy.closed_groups((one,)) for one in sorted(rule.groups)] or [frozenset[str]()]
    subjects = [(closed, place) for closed in groups for place in places]
    if not all(shadowing.overruled(rule, Situation(*subject), cover, needs=needs) for subject in subjects):
        return False  # not even if all times held at once
    if not any(one.times for one in cover.rules.values()):
        return True
    cover.rules.clear()
    moments = [
        moment for moment in week.moments(week.named) if not rule.times or not moment.active.isdisjoint(rule.times)
    ]
    return bool(moments) and all(  # a calendar may have no event any more, which is said of it
        shadowing.overruled(rule, Situation(*subject, moment.active), cover, needs=needs)
        for moment in moments
        for subject in subjects
    )


def _never(locations: Locations, rule: Rule, cover: Cover, needy: tuple[str, ...]) -> Problem:
    found = [cover.rules[number] for number in sorted(cover.rules)]
    named = [locations.line_of(one) + _strength(one) for one in found[:3]]
    if len(found) > 3:
        named.append(f"{len(found) - 3} more")
    said = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    does = "does" if len(found) == 1 else "do"
    instead = "move it up, make what stands above narrower, or take it out"
    if any(one.number > rule.number for one in found):
        instead = "take it out, or lock it; nothing else closes what is kept open"
        if any(one.locked for one in found):
            instead = "take it out; nothing opens what a locked rule closes"
    what = f"rule {quoted(rule.id)} can never decide, because {said} always {does}"
    if needy:
        need = "needs" if len(needy) == 1 else "need"
        decide = "decides" if len(found) == 1 else "decide"
        what = f"rule {quoted(rule.id)} can at most open what {listed(needy)} {need} of others, because {said} always {decide} on the rest"
    return locations.about_rule(rule, ("id",), Code.NEVER_MATCHES, what, instead)


def _strength(rule: Rule) -> str:
    return ", which is locked," if rule.locked else ", which keeps open," if rule.keep_open else ""


def _closed_elsewhere(locations: Locations, shadowing: Shadowing, week: Week, kept: Rule) -> Iterator[Problem]:
    """Locked rules that close something of what is kept open: they win there."""
    everybody = frozenset(locations.policy.groups)
    for locked in locations.policy.rules:
        if not locked.locked or locked.effect is Effect.ALLOW or not _same_people(locations.policy, week, kept, locked):
            continue
        shared = _shared(shadowing, kept, locked, everybody) or _shared(shadowing, locked, kept, everybody)
        if shared is not None:
            if isinstance(shared, UrlPattern):
                named = shared.text
            else:
                named = f"what {shared[1]} needs" if shared[0] == NEEDED else shared[1] or "all of it"
            what = f"rule {quoted(kept.id)} keeps {named} open, but {locations.line_of(locked)}, which is locked, closes it"
            instead = "take it out of one of them: where both mean a site, it is closed"
            yield locations.about_rule(kept, ("keep_open",), Code.KEPT_OPEN_AND_LOCKED, what, instead)


def _shared(shadowing: Shadowing, one: Rule, other: Rule, everybody: frozenset[str]) -> Piece | None:
    """A part of what the one is about that the other wholly means."""
    for piece in pieces_of_rule(one):
        parts = [piece] if isinstance(piece, UrlPattern) else [piece, *shadowing.entries(piece)]
        for part in parts:
            if any(found is other for found in shadowing.about(part, everybody)):
                return part
    return None


def _opened_elsewhere(locations: Locations, shadowing: Shadowing, week: Week, block: Rule) -> Iterator[Problem]:
    seen: set[tuple[int, str]] = set()
    everybody = frozenset(locations.policy.groups)
    for app in block.criteria.apps:
        for entry in shadowing.entries(("app", app)):
            for rule in shadowing.about(entry, everybody):
                if (
                    rule.effect is not Effect.ALLOW
                    or rule.number > block.number
                    or rule.criteria.everything
                    or app in rule.criteria.apps
                    or (rule.number, app) in seen
                    or not _same_people(locations.policy, week, rule, block)
                ):
                    continue
                seen.add((rule.number, app))
                opened = entry.text if isinstance(entry, UrlPattern) else entry[1]
                needy = shadowing.needing(entry, rule)
                why = f" because {listed(needy)} {'needs' if len(needy) == 1 else 'need'} it" if needy else ""
                what = (
                    f"rule {quoted(rule.id)} opens {opened}{why}, a part of the app {quoted(app)} that "
                    f"{locations.line_of(block)} closes to the same people"
                )
                instead = f"open the app as a whole with apps: [{app}], move this rule below, or take the name out"
                if needy:
                    instead = (
                        f"move this rule below, or write an app of your own in place of {needy[0]} that needs less"
                    )
                yield locations.about_rule(rule, _place_of(rule, entry), Code.APP_OPENED_ELSEWHERE, what, instead)


def _same_people(policy: Policy, week: Week, one: Rule, other: Rule) -> bool:
    if week.is_over(one) or week.is_over(other) or not one.period.overlaps(other.period):
        return False
    if one.places and other.places and not one.places & other.places:
        return False
    if one.times and other.times:
        moments = week.moments(frozenset((*one.times, *other.times)))
        if not any(moment.active & {*one.times} and moment.active & {*other.times} for moment in moments):
            return False
    if not one.groups or not other.groups:
        return True
    closed = (policy.closed_groups((name,)) for name in policy.groups)
    return any(groups & one.groups and groups & other.groups for groups in closed)


def _place_of(rule: Rule, entry: Piece) -> Loc:
    """Where an allow rule says what opens an entry: that name or pattern where it stands there, or all of it."""
    if isinstance(entry, UrlPattern):
        urls = rule.criteria.urls
        return ("allow", "urls", urls.index(entry)) if entry in urls else ("allow",)
    domains = rule.criteria.domains
    return ("allow", "domains", domains.index(entry[1])) if entry[1] in domains else ("allow",)
