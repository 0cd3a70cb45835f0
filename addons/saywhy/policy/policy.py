"""The policy as a whole: what `load_policy` makes, and what every decision is made from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final

from saywhy.policy.address import Url
from saywhy.policy.catalogue import Catalogue
from saywhy.policy.index import RuleIndex
from saywhy.policy.inspection import Inspection, View
from saywhy.policy.reader import Reader
from saywhy.policy.rule import Rule
from saywhy.policy.school import Address, Group, Place, Reach, Role, School, Times, most_specific_first
from saywhy.policy.standing import HostStanding, Standing, standing_of_host

_HOSTS: Final = 8_192  # hosts in use that are remembered


@dataclass(frozen=True)
class Policy:
    """A consistent whole: every group, app, category, purpose, time and role that a rule names exists.

    `revision` is short and stands for the content: equal files give equal revisions.
    """

    school: School
    rules: tuple[Rule, ...]
    default: Rule  # number 0, criteria: everything
    groups: Mapping[str, Group] = field(default_factory=dict)
    places: tuple[Place, ...] = ()
    roles: Mapping[str, Role] = field(default_factory=dict)
    times: Mapping[str, Times] = field(default_factory=dict)
    reach: Reach = field(default_factory=Reach)
    catalogue: Catalogue = field(default_factory=Catalogue)
    inspection: Inspection = field(default_factory=Inspection)
    revision: str = "0"

    @cached_property
    def index(self) -> RuleIndex:
        """Where rules are found by what they are about, so that deciding does not read them all."""
        return RuleIndex(self.rules, self.times)

    @cached_property
    def _standing_of_host(self) -> Callable[[str], HostStanding]:
        # not self: a policy that is replaced goes at once
        catalogue, index, inspection = self.catalogue, self.index, self.inspection
        return lru_cache(_HOSTS)(lambda host: standing_of_host(host, catalogue, index, inspection))

    def standing(self, host: str, url: Url | None) -> Standing:
        """How a canonical host, or a URL at it, stands: what it belongs to and which rules are about it."""
        return self._standing_of_host(host).of_url(url, self.catalogue, self.index)

    def view(self, host: str) -> View:
        """What may be seen inside connections to this canonical host."""
        return self._standing_of_host(host).plain.view

    def has_patterns(self, host: str) -> bool:
        """Whether anything at this canonical host depends on the path."""
        standing = self._standing_of_host(host)
        return standing.has_patterns or bool(standing.plain.carriers)

    @cached_property
    def _places_by_width(self) -> tuple[Place, ...]:
        return most_specific_first(self.places)

    def prepare(self) -> None:
        """Build now what would be built at the first decisions, so that nobody waits for it."""
        _ = self._standing_of_host, self._places_by_width, self.rule_by_id
        for rules in self.index.paths.values():
            rules.prepare()
        for listed in self.catalogue.paths.values():
            listed.prepare()

    @cached_property
    def rule_by_id(self) -> Mapping[str, Rule]:
        """The rules by their id, the default included."""
        return {rule.id: rule for rule in (self.default, *self.rules)}

    def place_of(self, address: Address) -> Place | None:
        """The narrowest place whose network holds the address."""
        for place in self._places_by_width:
            if place.network.version == address.version and address in place.network:
                return place
        return None

    def closed_groups(self, names: tuple[str, ...]) -> frozenset[str]:
        """The groups named and all that they lie within."""
        closed = set(names)
        for name in names:
            group = self.groups.get(name)
            if group is not None:
                closed |= group.within
        return frozenset(closed)

    def reader_of(self, groups: tuple[str, ...]) -> Reader:
        """The reading level of the first group that names one; adult where none does."""
        for name in groups:
            group = self.groups.get(name)
            if group is not None and group.reader is not None:
                return group.reader
        return Reader.ADULT
