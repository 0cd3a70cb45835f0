"""What policy says about looking inside: sites whose connections are never decrypted, and sites that always are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from saywhy.policy.catalogue import App, Membership


class View(StrEnum):
    """What may be seen at a host, whoever asks.

    OPEN: what rules need. ALWAYS: everything. NEVER: the name alone. PINNED: as NEVER while the name is allowed, since
    the programs of an app there refuse a school's certificate; a browser can still be shown a page.
    """

    OPEN = "open"
    ALWAYS = "always"
    NEVER = "never"
    PINNED = "pinned"


@dataclass(frozen=True, slots=True)
class Sites:
    """Sites by any of these; a domain covers its subdomains. `everything` stands alone."""

    everything: bool = False
    categories: frozenset[str] = frozenset()
    apps: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()  # canonical

    def include(self, names: Sequence[str], membership: Membership) -> bool:
        """Whether a host is meant, by its own name and those above it and by what it belongs to for certain."""
        return (
            self.everything
            or not self.categories.isdisjoint(membership.categories)
            or not self.apps.isdisjoint(membership.apps)
            or not self.domains.isdisjoint(names)
        )


@dataclass(frozen=True, slots=True)
class Inspection:
    """The section `inspection`. Where both mean a host, `never` counts."""

    never: Sites = field(default_factory=Sites)
    always: Sites = field(default_factory=Sites)

    def view(self, names: Sequence[str], membership: Membership, apps: Mapping[str, App]) -> View:
        """What may be seen at the host of these names, nearest first, and membership."""
        if self.never.include(names, membership):
            return View.NEVER
        if self.always.include(names, membership):
            return View.ALWAYS
        if membership.apps and any(one in apps and apps[one].pins for one in membership.apps):
            return View.PINNED
        return View.OPEN
