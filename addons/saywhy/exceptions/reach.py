"""Which rules a permit would reach: all that decide on anything inside it, for the people whom it is for.

A permit opens only what the rules closed that it was weighed for (`Grant.weighed`). What is wider than the page that was
asked for may be closed by several rules, each with people of its own; then it is weighed by the strictest terms of all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from saywhy.decide.engine import Engine
from saywhy.policy.address import path_to_compare, suffixes
from saywhy.policy.criteria import keys_of, pieces_of_rule, possible_keys_of, sees_url
from saywhy.policy.criterion import EVERYTHING, About, Key
from saywhy.policy.grant import GrantTarget
from saywhy.policy.pattern import UrlPattern
from saywhy.policy.period import ALWAYS
from saywhy.policy.rule import ApprovalGroup, Ask, Effect, Offer, Rule

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


def reached(engine: Engine, base: Rule, what: GrantTarget, groups: tuple[str, ...]) -> Reached:
    """What a permit for these groups reaches, asked for from the rule `base`."""
    amount = _AMOUNTS["page" if what.page is not None else "site" if what.site is not None else "app"]
    people = engine.policy.closed_groups(groups)
    inside = (rule for scope in _scopes(engine, what) for rule in _closing(engine, base, scope, people))
    found = {rule.id: rule for rule in (base, *inside)}.values()
    opens = tuple(rule for rule in found if rule is base or (rule.terms and _offers(rule, amount)))
    opened = {rule.id for rule in opens}
    stays = tuple(rule for rule in found if rule.id not in opened)
    return Reached(opens, stays, *asked_by(opens))


def asked_by(rules: tuple[Rule, ...]) -> tuple[Ask, bool]:
    """The strictest terms of all of these rules, and whether no one role answers for all of them."""
    asks = [rule.ask for rule in rules if rule.ask is not None]
    decides = _shared([one.decides for one in asks])
    second = [one.signs_off for one in asks if one.signs_off]
    signs_off = _shared(second)
    together = tuple(dict.fromkeys(group for one in asks for group in one.together))
    if together and signs_off:  # whoever agrees for the others is one person more
        together, signs_off = (*together, ApprovalGroup(signs_off)), ()
    apart = not decides or (bool(second) and not _shared(second))
    return Ask(decides, signs_off, together=together), apart


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


def _scopes(engine: Engine, what: GrantTarget) -> Iterator[_Scope]:
    if what.page is not None:
        yield _Scope(what.page.host, path_to_compare(what.page.path.removesuffix("*")).rstrip("/"))
    elif what.site is not None:
        yield _Scope(what.site)
    else:
        for name, belongings in engine.policy.catalogue.names.items():
            if any(one.kind == "app" and one.id == what.app for one in belongings):
                yield _Scope(name)


def _closing(engine: Engine, base: Rule, scope: _Scope, people: frozenset[str]) -> Iterator[Rule]:
    """The rules that close anything inside, in their order, up to the first that decides on all of it."""
    about = About(tuple(suffixes(scope.host)), engine.membership(scope.host, None))
    certain = frozenset((*keys_of(about), EVERYTHING))
    possible = frozenset((*possible_keys_of(about), *_keys_within(engine, scope)))
    for rule in engine.policy.rules:
        if rule.groups and not rule.groups & people:
            continue
        if rule.uses and not rule.uses & base.uses:  # what was asked for is not that use
            continue
        pieces = list(pieces_of_rule(rule))
        covers = any(_covers(one, scope) if isinstance(one, UrlPattern) else one in certain for one in pieces)
        if rule.effect is not Effect.ALLOW and (
            covers
            or sees_url(rule.criteria)
            or any(
                _touches(one, scope) if isinstance(one, UrlPattern) else _may(one, possible, scope) for one in pieces
            )
        ):
            yield rule
        if covers and not rule.places and not rule.times and not rule.uses and rule.period is ALWAYS:
            return
    if engine.policy.default.effect is not Effect.ALLOW:
        yield engine.policy.default


def _may(key: Key, possible: frozenset[Key], scope: _Scope) -> bool:
    """Whether what a rule is about may lie inside: by a path, or by the name of a subdomain."""
    below = scope.below is None and key[0] == "host" and key[1].endswith(f".{scope.host}")
    return below or key in possible


def _keys_within(engine: Engine, scope: _Scope) -> frozenset[Key]:
    """Categories and apps of the subdomains that the policy itself names."""
    if scope.below is not None:
        return frozenset()
    end, catalogue = f".{scope.host}", engine.policy.catalogue
    names = (one for name, found in catalogue.names.items() if name.endswith(end) for one in found)
    patterns = (one for name, found in catalogue.patterns.items() if name.endswith(end) for _, one in found)
    return frozenset((one.kind, one.id) for one in (*names, *patterns))


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
