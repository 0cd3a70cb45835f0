"""Lint of what is looked into: rules that ask to see inside a site which is not decrypted."""

from collections.abc import Iterator

from saywhy.policy.codes import Code
from saywhy.policy.inspection import View
from saywhy.policy.obligations.inspect import INSPECT
from saywhy.policy.problem import Problem
from saywhy.policy.reading.yaml12 import Loc
from saywhy.policy.rule import Effect, Rule
from saywhy.policy.suggest import quoted
from saywhy.policy.uses import told
from saywhy.rehearse.findings import Locations

_REMEDIES = {
    View.NEVER: "take the rule's path out, or take the site from under never of inspection",
    View.PINNED: "write the site under always of inspection, if that is worth more than its programs",
}

_USES_REMEDIES = {**_REMEDIES, View.NEVER: "take the site out of the rule, or from under never of inspection"}


def lint_inspection(locations: Locations) -> Iterator[Problem]:
    """The problems of rules about paths, and of rules with `inspect`, at sites that are not decrypted.

    A locked rule that closes is no problem: at a host where it asks for the path, the connection is decrypted.
    """
    for rule in locations.policy.rules:
        if rule.uses:
            yield from _of_uses(locations, rule)
        if rule.locked or rule.uses:
            continue
        key = rule.effect.value
        for index, pattern in enumerate(rule.criteria.urls):
            yield from _about(locations, rule, (key, "urls", index), pattern.host, pattern.text)
        for kind, keys in (("category", "categories"), ("app", "apps")):
            named = getattr(rule.criteria, keys)
            for (identity, host), text in _patterns(locations, kind, named).items():
                yield from _about(locations, rule, (key, keys, named.index(identity)), host, text)
        if INSPECT in rule.obligations:
            for index, name in enumerate(rule.criteria.domains):
                if locations.engine.view(name) is View.NEVER:
                    yield _problem(locations, rule, (key, "domains", index), name, View.NEVER)


def _of_uses(locations: Locations, rule: Rule) -> Iterator[Problem]:
    """A rule for what is done: at sites where that is never seen, locked or not, and about everything."""
    key, policy = rule.effect.value, locations.policy
    if rule.criteria.everything:
        what = f"rule {quoted(rule.id)} is for {told(rule.uses)} everywhere, so nearly every connection of those it is for is decrypted"
        instead = "name the sites that it is about, or accept this with a comment that says why"
        yield locations.about_rule(rule, (key,), Code.DECRYPTS_EVERYTHING, what, instead, of_key=True)
    hosts = [("domains", index, name, name) for index, name in enumerate(rule.criteria.domains)]
    hosts += [("urls", index, one.host, one.text) for index, one in enumerate(rule.criteria.urls)]
    for kind, index, host, text in hosts:
        view = locations.engine.view(host)
        if view in _USES_REMEDIES:
            yield _problem(locations, rule, (key, kind, index), text, view)
    for index, app in enumerate(rule.criteria.apps):
        if policy.catalogue.apps[app].pins and app not in policy.inspection.always.apps:
            yield _problem(locations, rule, (key, "apps", index), f"the app {app}", View.PINNED)


def _patterns(locations: Locations, kind: str, named: tuple[str, ...]) -> dict[tuple[str, str], str]:
    """The first pattern of each category or app at each host."""
    found: dict[tuple[str, str], str] = {}
    for host, patterns in locations.policy.catalogue.patterns.items():
        for pattern, belonging in patterns:
            if belonging.kind == kind and belonging.id in named:
                found.setdefault((belonging.id, host), pattern.text)
    return found


def _about(locations: Locations, rule: Rule, loc: Loc, host: str, text: str) -> Iterator[Problem]:
    view = locations.engine.view(host)
    # an allow for part of a pinned app is for browsers, while the app itself is closed; that works
    if view is View.NEVER or (view is View.PINNED and rule.effect is not Effect.ALLOW):
        yield _problem(locations, rule, loc, text, view)


def _problem(locations: Locations, rule: Rule, loc: Loc, asked: str, view: View) -> Problem:
    why = (
        "is never decrypted" if view is View.NEVER else "is not decrypted while its name is allowed, since its app pins"
    )
    what = f"rule {quoted(rule.id)} asks to see inside {asked}, which {why}; so that has no effect"
    remedies = _USES_REMEDIES if rule.uses else _REMEDIES
    return locations.about_rule(rule, loc, Code.NOT_SEEN_INSIDE, what, remedies[view])
