"""Which rules a permit would reach: all that decide on anything inside it, for the people whom it is for.

A permit opens only what the rules closed that it was weighed for (`Grant.weighed`). What is wider than the page that was
asked for may be closed by several rules, each with people of its own; then it is weighed by the strictest terms of all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from saywhy.policy.address import path_to_compare, suffixes
from saywhy.policy.grant import GrantTarget
from saywhy.policy.pattern import UrlPattern
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Ask, Effect, Offer, Rule

_AMOUNTS = {"page": Offer.THIS_PAGE, "site": Offer.THIS_SITE, "app": Offer.THIS_APP}


@dataclass(frozen=True, slots=True)
class Reached:
    """`opens` are the rules whose closing the permit lifts, `stays` those that nobody may lift with it.

    `ask` holds the strictest terms: the roles that decide on all of `opens`, and those that agree for each that wants a
    second person. Both are empty where no single role is left.
    """

    opens: tuple[Rule, ...]
    stays: tuple[Rule, ...]
    ask: Ask
    apart: bool = False  # no role decides on all of it, or none agrees to all of it

    @property
    def weighed(self) -> frozenset[str]:
        """What the permit carries."""
        return frozenset(rule.terms for rule in self.opens)


def reached(policy: Policy, base: Rule, what: GrantTarget, groups: tuple[str, ...]) -> Reached:
    """What a permit for these groups reaches, asked for from the rule `base`."""
    amount = _AMOUNTS["page" if what.page is not None else "site" if what.site is not None else "app"]
    people = policy.closed_groups(groups)
    inside = (rule for scope in _scopes(policy, what) for rule in _closing(policy, scope, people))
    found = {rule.id: rule for rule in (base, *inside)}.values()
    opens = tuple(rule for rule in found if rule is base or (rule.terms and _offers(rule, amount)))
    opened = {rule.id for rule in opens}
    stays = tuple(rule for rule in found if rule.id not in opened)
    asks = [rule.ask for rule in opens if rule.ask is not None]
    decides = _shared([one.decides for one in asks])
    second = [one.signs_off for one in asks if one.signs_off]
    signs_off = _shared(second)
    return Reached(opens, stays, Ask(decides, signs_off), not decides or (bool(second) and not signs_off))


def _shared(lists: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The roles that stand in all lists, in the order of the first."""
    return tuple(role for role in lists[0] if all(role in one for one in lists)) if lists else ()


def _offers(rule: Rule, amount: Offer) -> bool:
    offered = () if rule.ask is None else tuple(one for one in rule.ask.offer if one in _AMOUNTS.values())
    return not offered or amount in offered


@dataclass(frozen=True, slots=True)
class _Scope:
    """A host and, where `below` is given, only the paths that begin so; otherwise its subdomains as well."""

    host: str
    below: str | None = None


def _scopes(policy: Policy, what: GrantTarget) -> Iterator[_Scope]:
    if what.page is not None:
        yield _Scope(what.page.host, path_to_compare(what.page.path.removesuffix("*")).rstrip("/"))
    elif what.site is not None:
        yield _Scope(what.site)
    else:
        for name, belongings in policy.catalogue.names.items():
            if any(one.kind == "app" and one.id == what.app for one in belongings):
                yield _Scope(name)


def _closing(policy: Policy, scope: _Scope, people: frozenset[str]) -> Iterator[Rule]:
    """The rules that close anything inside, in their order, up to the first that decides on all of it."""
    membership = policy.catalogue.lookup(scope.host, None)
    within = _names_within(policy, scope)
    for rule in policy.rules:
        if rule.groups and not rule.groups & people:
            continue
        criteria = rule.criteria
        belongs = not membership.categories.isdisjoint(criteria.categories) or not membership.apps.isdisjoint(
            criteria.apps
        )
        covers = criteria.everything or belongs or any(name in criteria.domains for name in suffixes(scope.host))
        covers = covers or any(_covers(pattern, scope) for pattern in criteria.urls)
        perhaps = (
            not membership.undecided_categories.isdisjoint(criteria.categories)
            or not membership.undecided_apps.isdisjoint(criteria.apps)
            or any(_touches(pattern, scope) for pattern in criteria.urls)
            or (scope.below is None and any(domain.endswith(f".{scope.host}") for domain in criteria.domains))
            or not within.isdisjoint((*criteria.categories, *criteria.apps))
        )
        if (covers or perhaps) and rule.effect is not Effect.ALLOW:
            yield rule
        if covers and not rule.places and not rule.times:
            return
    if policy.default.effect is not Effect.ALLOW:
        yield policy.default


def _names_within(policy: Policy, scope: _Scope) -> frozenset[str]:
    """Categories and apps of the subdomains that the policy itself names."""
    if scope.below is not None:
        return frozenset()
    end = f".{scope.host}"
    return frozenset(
        one.id for name, found in policy.catalogue.names.items() if name.endswith(end) for one in found
    ) | frozenset(one.id for name, found in policy.catalogue.patterns.items() if name.endswith(end) for _, one in found)


def _covers(pattern: UrlPattern, scope: _Scope) -> bool:
    if scope.below is None or pattern.parameters or "*" in pattern.path.removesuffix("*"):
        return False
    stem = pattern.path.removesuffix("*").rstrip("/")
    return pattern.host in suffixes(scope.host) and (f"{scope.below}/").startswith(f"{stem}/")


def _touches(pattern: UrlPattern, scope: _Scope) -> bool:
    if scope.below is None:
        return pattern.host in suffixes(scope.host) or pattern.host.endswith(f".{scope.host}")
    begins = pattern.path.partition("*")[0]
    related = begins.startswith(scope.below) or scope.below.startswith(begins.rstrip("/"))
    return pattern.host in suffixes(scope.host) and related
