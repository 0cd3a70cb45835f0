"""How a target stands with a policy, whoever asks: what it belongs to and which rules are about it."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from saywhy.decide.controls import Controls
from saywhy.decide.lookup import Lookup
from saywhy.decide.rule_index import Bits, RuleIndex
from saywhy.policy.address import Url, path_to_compare, suffixes
from saywhy.policy.catalogue import App, Carrier, Membership
from saywhy.policy.control import Control
from saywhy.policy.criteria import keys_of, possible_keys_of, url_keys_of
from saywhy.policy.criterion import EVERYTHING, About, Key
from saywhy.policy.inspection import Inspection, View
from saywhy.policy.obligation import NO_OBLIGATIONS, Obligation
from saywhy.policy.obligations.inspect import INSPECT
from saywhy.policy.own_hosts import TEST_NAMES

_ALWAYS: Final = frozenset({INSPECT})
_NOTHING: Final[frozenset[str]] = frozenset()


class Standing(NamedTuple):  # made for each host that is met: a data class takes several times as long
    """`rules` are about the target for certain, `possible` are those that only its path could tell.

    `unseen` is the standing of a pinned host on its name alone: only locked rules that close have looked at the path.
    With View.NEVER that is this standing itself.
    """

    membership: Membership
    keys: tuple[Key, ...]
    rules: Bits
    possible: Bits = 0
    view: View = View.OPEN
    obligations: frozenset[Obligation] = NO_OBLIGATIONS  # of an allow, whichever rule it is by
    limited: bool = False  # the path may be none of the filter's business
    unseen: "Standing | None" = None
    carriers: tuple[Carrier, ...] = ()  # its URLs carry other addresses
    controls: tuple[Control, ...] = ()  # that meet obligations of rules at this host
    lacking: frozenset[str] = _NOTHING  # kinds of obligation that it would have to meet and cannot

    def also(self, categories: frozenset[str], index: RuleIndex) -> "Standing":
        """The standing of a request that belongs to these categories by itself, wherever it goes."""
        keys = tuple(("category", one) for one in sorted(categories - self.membership.categories))
        return self._replace(
            membership=self.membership.also(categories),
            keys=(*self.keys, *keys),
            rules=self.rules | index.about(keys),
        )


class HostStanding(NamedTuple):
    """What can be said of a host before its path is looked at; engines remember it for hosts in use."""

    names: tuple[str, ...]
    by_name: Standing  # while only the name is known
    plain: Standing  # with a path that no pattern covers
    has_patterns: bool
    listed_by_path: bool = False  # imported lists name addresses at this host

    def of_url(self, url: Url | None, lookup: Lookup, index: RuleIndex, controls: Controls | None = None) -> Standing:
        """The standing of a URL at this host, or of the host alone."""
        if url is None:
            return self.by_name
        if not self.has_patterns:
            return self.plain
        path, query = path_to_compare(url.path), url.query
        standing = self.plain
        if self.listed_by_path or lookup.lists_path(self.names, path, query):
            membership = lookup.membership(self.names[0], url, self.names)
            keys = _keys(About(self.names, membership))
            standing = standing._replace(membership=membership, keys=keys, rules=index.about(keys))
            if controls is not None:
                standing = standing._replace(lacking=controls.lacking(self.names, membership, standing.controls))
        rules = standing.rules
        if index.by_url:
            rules |= index.about(url_keys_of(About(self.names, standing.membership, url)))
        for name in self.names:
            if name in index.paths:
                for found in index.paths[name].matching(path, query):
                    rules |= found
        if rules != standing.rules:
            standing = standing._replace(rules=rules)
        return _seen_as(self.plain, standing, index)


def standing_of_host(
    host: str,
    lookup: Lookup,
    index: RuleIndex,
    inspection: Inspection,
    apps: Mapping[str, App],
    controls: Controls | None = None,
) -> HostStanding:
    """Work out what can be said of a canonical host. `controls` are those that rules ask for, if any do."""
    names = tuple(suffixes(host))
    unsure = lookup.membership(host, None, names)
    certain = unsure.decided()
    keys = _keys(About(names, certain))
    carriers = lookup.carriers(names)
    view = View.OPEN if host in TEST_NAMES else inspection.view(names, certain, apps)
    if carriers and view is not View.ALWAYS:  # what passes there may be any other site, so it has to be seen
        view = View.OPEN
    obligations = _ALWAYS if view is View.ALWAYS else NO_OBLIGATIONS
    limited = view is View.NEVER or view is View.PINNED
    plain = Standing(certain, keys, index.about(keys), 0, view, obligations, limited, carriers=carriers)
    if controls is not None:
        here = controls.at(names)
        plain = plain._replace(controls=here, lacking=controls.lacking(names, certain, here))
    if view is View.PINNED:
        plain = plain._replace(unseen=plain)
    listed_by_path = lookup.lists_by_path(host)
    has_patterns = listed_by_path or bool(index.by_url)
    possible = index.by_url
    for name in names:
        if name in lookup.paths or name in index.paths or name in lookup.searching.hosts:
            has_patterns = True
            possible |= index.by_path.get(name, 0)
    if not has_patterns:
        return HostStanding(names, plain, plain, has_patterns)
    possible_keys = (*keys, *(one for one in possible_keys_of(About(names, unsure)) if one not in keys))
    possible = (possible | index.about(possible_keys)) & ~plain.rules
    by_name = Standing(
        unsure, possible_keys, plain.rules, possible, view, obligations, limited, plain.unseen, carriers,
        plain.controls, plain.lacking,
    )  # fmt: skip
    return HostStanding(names, _seen_as(plain, by_name, index), plain, has_patterns, listed_by_path)


def _keys(about: About) -> tuple[Key, ...]:
    """What a target is filed under for certain; grants are looked up in this order."""
    return (*keys_of(about), EVERYTHING)


def _seen_as(plain: Standing, whole: Standing, index: RuleIndex) -> Standing:
    """The standing with what the host's view leaves of the path: at most the floor, whose rules are locked and close."""
    if not plain.limited:
        return whole
    closing = whole.rules & ~plain.rules & index.closing
    known = whole if closing else plain
    unseen = known._replace(unseen=None, rules=plain.rules | closing, possible=whole.possible & index.closing)
    return unseen if plain.view is View.NEVER else whole._replace(unseen=unseen)
