"""How a target stands with a policy, whoever asks: what it belongs to and which rules are about it."""

from dataclasses import dataclass, replace

from addons.policy.address import Url, path_to_compare, suffixes
from addons.policy.catalogue import Catalogue, Membership
from addons.policy.index import Bits, Key, RuleIndex, keys_for


@dataclass(frozen=True, slots=True)
class Standing:
    """`rules` are about the target for certain, `possible` are those that only its path could tell."""

    membership: Membership
    keys: tuple[Key, ...]
    rules: Bits
    possible: Bits = 0


@dataclass(frozen=True, slots=True)
class HostStanding:
    """What can be said of a host before its path is looked at; policies remember it for hosts in use."""

    names: tuple[str, ...]
    by_name: Standing  # while only the name is known
    plain: Standing  # with a path that no pattern covers
    has_patterns: bool
    listed_by_path: bool = False  # imported lists name addresses at this host

    def of_url(self, url: Url | None, catalogue: Catalogue, index: RuleIndex) -> Standing:
        """The standing of a URL at this host, or of the host alone."""
        if url is None:
            return self.by_name
        if not self.has_patterns:
            return self.plain
        path, query = path_to_compare(url.path), url.query
        standing = self.plain
        if self.listed_by_path or any(
            name in catalogue.paths and catalogue.paths[name].matching(path, query) for name in self.names
        ):
            membership = catalogue.lookup(self.names[0], url, self.names)
            keys = keys_for(self.names, membership)
            standing = Standing(membership, keys, index.about(keys))
        rules = standing.rules
        for name in self.names:
            if name in index.paths:
                for found in index.paths[name].matching(path, query):
                    rules |= found
        return standing if rules == standing.rules else Standing(standing.membership, standing.keys, rules)


def standing_of_host(host: str, catalogue: Catalogue, index: RuleIndex) -> HostStanding:
    """Work out what can be said of a canonical host."""
    names = tuple(suffixes(host))
    unsure = catalogue.lookup(host, None, names)
    certain = unsure
    if unsure.undecided_apps or unsure.undecided_categories:
        certain = replace(unsure, undecided_categories=frozenset(), undecided_apps=frozenset())
    keys = keys_for(names, certain)
    plain = Standing(certain, keys, index.about(keys))
    listed_by_path = catalogue.listed is not None and bool(catalogue.listed.belongings(host, None)[1])
    has_patterns = listed_by_path
    possible = 0
    for name in names:
        if name in catalogue.patterns or name in index.paths:
            has_patterns = True
            possible |= index.by_path.get(name, 0)
    if not has_patterns:
        return HostStanding(names, plain, plain, has_patterns)
    possible_keys = keys if certain is unsure else keys_for(names, unsure)
    possible = (possible | index.about(possible_keys)) & ~plain.rules
    by_name = Standing(unsure, possible_keys, plain.rules, possible)
    return HostStanding(names, by_name, plain, has_patterns, listed_by_path)
