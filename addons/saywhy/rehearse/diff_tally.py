"""What changes, counted: decisions, sites and people, by kind of change, by group and by rule, with examples.

Counting keeps each site and each device once and no line, so its memory grows with those and not with the log.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from saywhy.policy.school import Address
from saywhy.rehearse.diff import Difference, Kind, Ruling

FEWEST_PEOPLE: Final = 5  # fewer are not told exactly: a number that small could point at somebody
_MOST_EXAMPLES: Final = 20_000  # that are counted on; further ones still count in every total

type Asked = tuple[str, str, Ruling, Ruling]  # group, site, what decided, what would


@dataclass(slots=True)
class Count:
    """How many decisions, at which sites, for which devices."""

    decisions: int = 0
    sites: set[str] = field(default_factory=set)
    devices: set[Address] = field(default_factory=set)

    def add(self, site: str, device: Address | None, decisions: int) -> None:
        """Count decisions about one site."""
        self.decisions += decisions
        self.sites.add(site)
        if device is not None:
            self.devices.add(device)


@dataclass(frozen=True, slots=True)
class Example:
    """One site and group for whom decisions change: neither a person, nor a page, nor a moment."""

    site: str
    group: str
    was: Ruling
    now: Ruling
    decisions: int


@dataclass(slots=True)
class Counted:
    """All decisions that change in one way."""

    every: Count = field(default_factory=Count)
    by_group: defaultdict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    by_rules: defaultdict[tuple[Ruling, Ruling], Count] = field(default_factory=lambda: defaultdict(Count))
    _asked: dict[Asked, int] = field(default_factory=dict)

    def add(self, change: Difference, group: str, site: str, device: Address | None, decisions: int) -> None:
        """Count decisions that change."""
        self.every.add(site, device, decisions)
        self.by_group[group].add(site, device, decisions)
        self.by_rules[change.was, change.now].add(site, device, decisions)
        asked = (group, site, change.was, change.now)
        if asked in self._asked or len(self._asked) < _MOST_EXAMPLES:
            self._asked[asked] = self._asked.get(asked, 0) + decisions

    def examples(self, most: int) -> list[Example]:
        """The sites and groups with the most decisions; each site once before any comes a second time."""
        order = sorted(self._asked.items(), key=lambda one: (-one[1], one[0][1], one[0][0]))
        seen: set[str] = set()
        again: list[tuple[Asked, int]] = []
        chosen: list[tuple[Asked, int]] = []
        for asked, decisions in order:
            (again if asked[1] in seen else chosen).append((asked, decisions))
            seen.add(asked[1])
        return [Example(site, group, was, now, count) for (group, site, was, now), count in (chosen + again)[:most]]


@dataclass(slots=True)
class Tally:
    """The whole comparison. `granted` had been opened by a grant or by going on; `unknown` are groups that a policy does not have."""

    considered: int = 0
    granted: int = 0
    without_query: int = 0  # at hosts where a rule asks for what follows a `?`, which no log keeps
    by_name: int = 0  # of which the log has a name alone: relayed, or refused unseen
    unknown: dict[str, int] = field(default_factory=dict)
    kinds: dict[Kind, Counted] = field(default_factory=lambda: {kind: Counted() for kind in Kind})

    @property
    def changed(self) -> int:
        """How many decisions change in any way."""
        return sum(one.every.decisions for one in self.kinds.values())

    def found(self) -> Iterator[tuple[Kind, Counted]]:
        """The kinds of change that there are."""
        return ((kind, counted) for kind, counted in self.kinds.items() if counted.every.decisions)


def people(count: Count) -> int | str | None:
    """How many distinct devices, "fewer than 5", or None where no device is known."""
    if not count.devices:
        return None
    return len(count.devices) if len(count.devices) >= FEWEST_PEOPLE else f"fewer than {FEWEST_PEOPLE}"
