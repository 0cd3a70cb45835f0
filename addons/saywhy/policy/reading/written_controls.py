"""An app's controls as they are written, for checks of what no single key can tell."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic_core import PydanticCustomError

from saywhy.policy import obligations
from saywhy.policy.address import suffixes
from saywhy.policy.control import WAYS
from saywhy.policy.host_fields import read_host
from saywhy.policy.obligation import ObligationKind
from saywhy.policy.reading.yaml12 import Document, Loc, Node, Part


@dataclass(frozen=True, slots=True)
class WrittenMeans:
    """A way to switch a control on, or one of its levels, as it is written."""

    loc: Loc
    node: Node

    @property
    def ways(self) -> list[str]:
        """The keys of its ways."""
        return [way for way in WAYS if way in self.node.inner and self.node.inner[way].value not in (None, "", {})]

    def set_by(self, way: str) -> dict[str, str]:
        """What its headers or parameters are set to, as far as that is text."""
        written = self.node.inner[way].inner if way in self.node.inner else {}
        return {str(key): one.value for key, one in written.items() if isinstance(one.value, str)}

    def names(self, way: str) -> dict[str, str]:
        """The names of these, folded in case, each as it is written first."""
        return {key.strip().lower(): key for key in reversed(self.set_by(way))}


@dataclass(frozen=True, slots=True)
class WrittenControl:
    """A control as it is written, with the names that it is for, as far as they can be read."""

    loc: Loc
    node: Node
    kind: ObligationKind
    hosts: frozenset[str]
    domains: frozenset[str]

    @property
    def names(self) -> frozenset[str]:
        """All of these."""
        return self.hosts | self.domains

    @property
    def says_where(self) -> bool:
        """Whether it names hosts itself; else it is for all domains of the app."""
        return not self.node.inner.keys().isdisjoint(("hosts", "domains"))

    @property
    def levels(self) -> list[WrittenMeans]:
        """Its levels, each by its own way."""
        levels = self.node.inner["levels"] if "levels" in self.node.inner else Node(None, 1, 1)
        found = ((level, node) for level, node in levels.inner.items() if isinstance(node.value, dict))
        return [WrittenMeans((*self.loc, "levels", level), node) for level, node in found]

    @property
    def own(self) -> WrittenMeans:
        """The way that it has without levels."""
        return WrittenMeans(self.loc, self.node)

    @property
    def means(self) -> list[WrittenMeans]:
        """Every way that it has."""
        return [self.own, *self.levels]

    def meets(self, other: "WrittenControl") -> bool:
        """Whether some host has both."""
        return any(
            not mine.hosts.isdisjoint(theirs.hosts)
            or any(not theirs.domains.isdisjoint(suffixes(name)) for name in mine.names)
            for mine, theirs in ((self, other), (other, self))
        )


def written_names(node: Node) -> dict[str, Part]:
    """The names in a list, in canonical form, as far as they are any; each with its first place in it."""
    found: dict[str, Part] = {}
    for index, one in node.inner.items():
        try:
            found.setdefault(read_host(one.value), index)
        except PydanticCustomError:  # the schema says so
            continue
    return found


def written_controls(document: Document, app: Part) -> Iterator[WrittenControl]:
    """The controls of an app that are mappings, of whatever kind."""
    if not document.node_at("apps", app, "controls").inner:
        return
    of_app = frozenset(written_names(document.node_at("apps", app, "domains")))
    for key, kind in obligations.kinds().items():
        loc: Loc = ("apps", app, "controls", key)
        written = document.node_at(*loc)
        several = isinstance(written.value, list)
        for place, node in (
            [((*loc, index), one) for index, one in written.inner.items()] if several else [(loc, written)]
        ):
            if kind.controlled and isinstance(node.value, dict):
                hosts, domains = (
                    frozenset(written_names(document.node_at(*place, names))) for names in ("hosts", "domains")
                )
                yield WrittenControl(place, node, kind, hosts, domains or (frozenset() if hosts else of_app))
