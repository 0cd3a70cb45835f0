"""What an address is: the categories and apps that it belongs to, and what people do there."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from saywhy.policy.address import Url
from saywhy.policy.address_place import AddressPlace
from saywhy.policy.ages import EVERY_AGE, Ages
from saywhy.policy.control import Control
from saywhy.policy.needs import NEEDED, NO_NEEDS, Needs
from saywhy.policy.pattern import UrlPattern
from saywhy.policy.reader import Reader
from saywhy.policy.searches import Searches

SEALED: Final = "sealed-list"  # the category, and the rule, of what nobody may open or see (saywhy.lists.sealed)
WITHHELD: Final = "(not written down)"  # what a log has in the place of such an address


@dataclass(frozen=True, slots=True)
class Source:
    """Where it is written that a name belongs somewhere: file (relative to the policy folder) and line, from 1.

    `builtin` says that the file came with Saywhy: `catalogue/apps/social.yaml`, wherever that is installed. Line 0: `file`
    is the name of an imported list, which knows its lines itself (`saywhy lookup`).
    """

    file: str
    line: int
    builtin: bool = False

    @property
    def place(self) -> str:
        """Where that is, in a few words: "school.yaml:12", or "list chat"."""
        return f"{self.file}:{self.line}" if self.line else f"list {self.file}"


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of site, with the words that pages use for it ("gambling", "Games").

    `readers` says what it is in other words, by reading level; `risk` is a sentence; `purposes` are what people may
    have wanted there. Of what is `high_risk` no single person opens anything.
    """

    id: str
    label: str
    about: str = ""
    readers: Mapping[Reader, str] = field(default_factory=dict)
    risk: str = ""
    purposes: tuple[str, ...] = ()
    source: Source | None = field(default=None, compare=False)
    high_risk: bool = False


@dataclass(frozen=True, slots=True)
class App:
    """A service by its name, whatever hosts it uses, and the purposes that people use it for.

    `categories` are the kinds of site that its hosts are besides, `ports` those it uses besides 80 and 443 ("5938",
    "8801-8810"), `pins` whether its own programs refuse a certificate authority that a school installed, `know`
    what a school should know before it decides, and `protocols` what they speak besides the web (`saywhy.policy.protocols`).
    `needs` belongs to others, and a rule that allows the app opens it as well.
    """

    id: str
    label: str
    about: str = ""
    purposes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    pins: bool = False
    know: str = ""
    protocols: tuple[str, ...] = ()
    needs: Needs = NO_NEEDS
    source: Source | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A trusted place to do something, and why it is trusted, in other words for other readers too."""

    name: str
    url: Url
    trusted: str
    ages: Ages = EVERY_AGE
    readers: Mapping[Reader, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Purpose:
    """Something that people want to do, and where they may. `in_breaks`: not in lesson time, such as games."""

    id: str
    label: str
    alternatives: tuple[Alternative, ...]
    in_breaks: bool = False
    source: Source | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Carrier:
    """A service that carries other addresses inside its URLs: what such a URL opens is the other address.

    It is at some domains, each with its subdomains; `places` are where an address stands.
    """

    id: str
    label: str
    about: str
    domains: tuple[str, ...]
    places: tuple[AddressPlace, ...]
    source: Source | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Belonging:
    """One reason why a target belongs to a category or an app, or is needed by an app."""

    kind: str  # "category", "app" or "needed"
    id: str
    entry: str  # the listed name or pattern that says so
    source: Source

    @property
    def told(self) -> str:
        """What the target is by it, in a few words."""
        return f"needed by app {self.id}" if self.kind == NEEDED else f"{self.kind} {self.id}"


@dataclass(frozen=True, slots=True)
class Correction:
    """What the school says of a name and its subdomains, whatever any list says: categories it never or also has."""

    name: str
    never: frozenset[str]
    also: frozenset[str]
    because: str
    on: date | None
    source: Source = field(compare=False)


_NONE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Membership:
    """All that a target belongs to. `undecided` are those that only a path could tell (the target is a host).

    `corrections` are those that hold for the target, nearest name first; `overruled` is what lists said against them.
    `needed` are the apps that need it.
    """

    categories: frozenset[str] = frozenset()
    apps: frozenset[str] = frozenset()
    undecided_categories: frozenset[str] = frozenset()
    undecided_apps: frozenset[str] = frozenset()
    because: tuple[Belonging, ...] = ()
    corrections: tuple[Correction, ...] = ()
    overruled: tuple[Belonging, ...] = ()
    needed: frozenset[str] = frozenset()
    undecided_needed: frozenset[str] = frozenset()

    def decided(self) -> "Membership":
        """The membership without what only a path could tell."""
        if not (self.undecided_categories or self.undecided_apps or self.undecided_needed):
            return self
        return replace(self, undecided_categories=_NONE, undecided_apps=_NONE, undecided_needed=_NONE)

    def also(self, categories: frozenset[str]) -> "Membership":
        """The membership with categories more."""
        undecided = self.undecided_categories - categories
        return replace(self, categories=self.categories | categories, undecided_categories=undecided)


NOTHING = Membership()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Categories, apps and the names listed for them; a listed name covers its subdomains."""

    categories: Mapping[str, Category] = field(default_factory=dict)
    apps: Mapping[str, App] = field(default_factory=dict)
    purposes: Mapping[str, Purpose] = field(default_factory=dict)
    names: Mapping[str, tuple[Belonging, ...]] = field(default_factory=dict)
    patterns: Mapping[str, tuple[tuple[UrlPattern, Belonging], ...]] = field(default_factory=dict)
    corrections: Mapping[str, Correction] = field(default_factory=dict)
    carriers: Mapping[str, Carrier] = field(default_factory=dict)
    controls: tuple[Control, ...] = ()
    searches: Searches = field(default_factory=Searches)

    def controls_of(self, app: str) -> tuple[Control, ...]:
        """What the service of an app offers."""
        return tuple(one for one in self.controls if one.app == app)
