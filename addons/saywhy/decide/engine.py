"""A policy, the lists and the sealed lists, compiled: what every tool asks, and what `decide` decides by.

First compile, then match: rules and names are filed once, under what an access can bring, so that a decision looks up and
reads nothing in order. An engine never changes; another policy or another list is another engine.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from saywhy.decide.controls import Controls
from saywhy.decide.joined import joined, listed
from saywhy.decide.lookup import Lookup
from saywhy.decide.rule_index import RuleIndex
from saywhy.decide.standing import HostStanding, Standing, standing_of_host
from saywhy.lists.index import ListIndex
from saywhy.lists.sealed import Sealed
from saywhy.policy import obligations
from saywhy.policy.address import Url
from saywhy.policy.catalogue import Membership
from saywhy.policy.inspection import View
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Rule
from saywhy.policy.school import Address, Place, most_specific_first

_HOSTS: Final = 8_192  # hosts in use that are remembered
_CONTROLLED: Final = frozenset(key for key, kind in obligations.kinds().items() if kind.controlled)


class Engine:
    """`policy` is what the school wrote with what its lists are about; `lists` and `sealed` are as they were given.

    `rule_by_id` has the default as well.
    """

    __slots__ = (
        "_controls",
        "_places",
        "_standing_of_host",
        "index",
        "lists",
        "lookup",
        "policy",
        "rule_by_id",
        "sealed",
        "written",
    )

    def __init__(self, policy: Policy, lists: ListIndex | None = None, sealed: Sealed | None = None) -> None:
        self.written = policy
        self.lists = lists
        self.sealed = sealed
        self.policy = policy = joined(policy, lists, sealed)
        self.lookup = lookup = Lookup(policy.catalogue, listed(lists, sealed))
        self.index = index = RuleIndex(policy.rules, policy.times)
        asked = frozenset(one.kind for rule in policy.rules for one in rule.obligations) & _CONTROLLED
        self._controls = controls = Controls(policy.catalogue.controls, asked) if asked else None
        self._places = most_specific_first(policy.places)
        self.rule_by_id: Mapping[str, Rule] = {rule.id: rule for rule in (policy.default, *policy.rules)}

        @lru_cache(_HOSTS)
        def standing(host: str) -> HostStanding:  # not a method: an engine that is replaced goes at once
            return standing_of_host(host, lookup, index, policy.inspection, policy.catalogue.apps, controls)

        self._standing_of_host = standing

    @property
    def revision(self) -> str:
        """The policy's."""
        return self.policy.revision

    def prepare(self) -> None:
        """Build now what would be built at the first decisions, so that nobody waits for it."""
        for rules in self.index.paths.values():
            rules.prepare()
        self.lookup.prepare()

    def standing(self, host: str, url: Url | None) -> Standing:
        """How a canonical host, or a URL at it, stands: what it belongs to and which rules are about it."""
        return self._standing_of_host(host).of_url(url, self.lookup, self.index, self._controls)

    def membership(self, host: str, url: Url | None) -> Membership:
        """What a canonical host, or a whole URL at it, belongs to."""
        return self.lookup.membership(host, url)

    def view(self, host: str) -> View:
        """What may be seen inside connections to this canonical host."""
        return self._standing_of_host(host).plain.view

    def has_patterns(self, host: str) -> bool:
        """Whether anything at this canonical host depends on the path."""
        standing = self._standing_of_host(host)
        return standing.has_patterns or bool(standing.plain.carriers)

    def place_of(self, address: Address) -> Place | None:
        """The narrowest place whose network holds the address."""
        for place in self._places:
            if place.network.version == address.version and address in place.network:
                return place
        return None
