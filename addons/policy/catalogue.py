"""What an address is: the categories and apps that it belongs to, and what people do there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from addons.policy.address import Url, path_to_compare, suffixes
from addons.policy.pattern import UrlPattern

SEALED: Final = "sealed-list"  # the category, and the rule, of what nobody may open or see (addons.lists.sealed)


@dataclass(frozen=True, slots=True)
class Source:
    """Where it is written that a name belongs somewhere: file (relative to the policy folder) and line, from 1.

    Line 0: `file` is the name of an imported list, which knows its lines itself (`saywhy lookup`).
    """

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of site, with the words that pages use for it ("gambling", "Games")."""

    id: str
    label: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class App:
    """A service by its name, whatever hosts it uses, and the purposes that people use it for."""

    id: str
    label: str
    about: str = ""
    purposes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """A trusted place to do something, and why it is trusted."""

    name: str
    url: Url
    trusted: str


@dataclass(frozen=True, slots=True)
class Purpose:
    """Something that people want to do, and where they may."""

    id: str
    label: str
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Belonging:
    """One reason why a target belongs to a category or an app."""

    kind: str  # "category" or "app"
    id: str
    entry: str  # the listed name or pattern that says so
    source: Source


@dataclass(frozen=True, slots=True)
class Membership:
    """All that a target belongs to. `undecided` are those that only a path could tell (the target is a host)."""

    categories: frozenset[str] = frozenset()
    apps: frozenset[str] = frozenset()
    undecided_categories: frozenset[str] = frozenset()
    undecided_apps: frozenset[str] = frozenset()
    because: tuple[Belonging, ...] = ()


NOTHING = Membership()


class Listed(Protocol):
    """What imported lists say, beside what the policy's own files do."""

    def belongings(self, host: str, url: Url | None) -> tuple[tuple[Belonging, ...], tuple[Belonging, ...]]:
        """What a canonical host, or a whole URL, belongs to; and, for a host alone, what only a path could tell."""


@dataclass(frozen=True)
class Catalogue:
    """Categories, apps and the names listed for them; a listed name covers its subdomains."""

    categories: Mapping[str, Category] = field(default_factory=dict)
    apps: Mapping[str, App] = field(default_factory=dict)
    purposes: Mapping[str, Purpose] = field(default_factory=dict)
    names: Mapping[str, tuple[Belonging, ...]] = field(default_factory=dict)
    patterns: Mapping[str, tuple[tuple[UrlPattern, Belonging], ...]] = field(default_factory=dict)
    listed: Listed | None = None

    def lookup(self, host: str, url: Url | None) -> Membership:
        """What a canonical host, or a whole URL, belongs to. The cost grows with the labels of the name alone."""
        certain: list[Belonging] = []
        possible: list[Belonging] = []
        compared: str | None = None
        for name in suffixes(host):
            certain.extend(self.names.get(name, ()))
            for pattern, belonging in self.patterns.get(name, ()):
                if url is None:
                    possible.append(belonging)
                    continue
                if compared is None:
                    compared = path_to_compare(url.path)
                if pattern.covers_path(compared, url.query):
                    certain.append(belonging)
        if self.listed is not None:
            said, perhaps = self.listed.belongings(host, url)
            certain.extend(said)
            possible.extend(perhaps)
        if not certain and not possible:
            return NOTHING
        categories = frozenset(one.id for one in certain if one.kind == "category")
        apps = frozenset(one.id for one in certain if one.kind == "app")
        return Membership(
            categories,
            apps,
            frozenset(one.id for one in possible if one.kind == "category") - categories,
            frozenset(one.id for one in possible if one.kind == "app") - apps,
            tuple(certain),
        )
