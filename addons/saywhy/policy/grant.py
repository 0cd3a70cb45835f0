"""A grant: a permit limited in who, what and until when, made from an exception request that was approved."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_network
from typing import Final

from saywhy.policy.pattern import UrlPattern
from saywhy.policy.school import Network

ANY_RULE: Final = "*"  # in `weighed`: whatever rule closes it. No exception request ever gives that


@lru_cache(maxsize=65_536)
def _network(device: str) -> Network:
    return ip_network(device)


class GrantError(ValueError):
    """A grant that nobody could rely on: without a bound or without an end."""


@dataclass(frozen=True, slots=True)
class GrantScope:
    """Who may: everybody in one of the groups, or one device by its address. At least one of them is given."""

    groups: frozenset[str] = frozenset()
    device: str | None = None  # an address or a network, in CIDR or plain notation

    def __post_init__(self) -> None:
        if not self.groups and self.device is None:
            raise GrantError("a grant names a group or a device")
        if self.device is not None:
            _network(self.device)

    @property
    def network(self) -> Network | None:
        """The device as a network (a single address has the full prefix)."""
        return None if self.device is None else _network(self.device)


@dataclass(frozen=True, slots=True)
class GrantTarget:
    """What is opened: one page and what lies below it, a site with its subdomains, or an app. Exactly one."""

    page: UrlPattern | None = None
    site: str | None = None  # canonical host
    app: str | None = None  # app id

    def __post_init__(self) -> None:
        if sum(one is not None for one in (self.page, self.site, self.app)) != 1:
            raise GrantError("a grant opens exactly one of page, site and app")

    @property
    def named(self) -> str:
        """A page, a site or an app, for technicians."""
        if self.page is not None:
            return self.page.text
        return self.site if self.site is not None else f"the app {self.app}"


@dataclass(frozen=True, slots=True)
class Grant:
    """Holds for starts ≤ t < ends, both aware.

    It opens only what the rules close that it was `weighed` for: the `terms` of each, so that it ends with them; or, of
    a grant from before terms were kept, the id of the one rule that it was asked from.
    """

    id: str
    who: GrantScope
    what: GrantTarget
    starts: datetime
    ends: datetime
    request: str = ""  # the exception request that it came from
    approved_by: str = ""
    weighed: frozenset[str] = frozenset()
    went_on: bool = False  # nobody gave it: the device's own going on where a rule has caution (`Rule.go_terms`)

    def __post_init__(self) -> None:
        if self.starts.tzinfo is None or self.ends.tzinfo is None:
            raise GrantError("a grant's start and end carry a time zone")
        if self.ends <= self.starts:
            raise GrantError("a grant ends after it starts")
