"""What a service itself offers to those who run a network: safe search, a restricted mode, only some accounts.

A control is a fact of the catalogue: the hosts it is for, and how it is switched on there. Whether it has to be is an
obligation of a rule (`saywhy.policy.obligations`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from saywhy.policy.account_kinds import AccountKind
from saywhy.policy.address import Url, path_to_compare, suffixes
from saywhy.policy.pattern import UrlPattern

ONLY_LEVEL: Final = ""  # of a control that is on or off
WAYS: Final = ("address", "headers", "parameters")  # to switch it on, as keys in YAML


@dataclass(frozen=True, slots=True)
class Means:
    """How a control is switched on. Each of the ways is enough by itself.

    `address` is a canonical host: connections go there in the place of the site's own, encrypted or not. `headers` (names
    in lower case) and `parameters` of the query are put into each request, in the place of the client's own.
    """

    address: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def needs_inside(self) -> bool:
        """Whether it takes decrypting."""
        return not self.address

    def told(self, *, inside: bool) -> str:
        """How it is switched on, in words: `inside` what is decrypted, or where a connection is relayed."""
        if self.address and not (inside and self.headers):
            return f"by connecting to {self.address}"
        if self.headers:
            return "by the header " + " and ".join(f"{name}: {value}" for name, value in self.headers)
        return "by the parameter " + " and ".join(f"{name}={value}" for name, value in self.parameters)


@dataclass(frozen=True, slots=True)
class Control:
    """A control of an app's hosts, by the key of the obligation that asks for it.

    `hosts` are these names alone, `domains` with their subdomains; `closed` are names (with their subdomains) of the same
    service that the control does not reach. `levels` has a way for each level. `refused_at` are where the service sends
    those whose account is another, `refused_with` the statuses that it then answers pages with. `takes` is how it names
    accounts, where that is known. `documented` is the page where the service says all this.
    """

    app: str
    obligation: str
    hosts: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    levels: Mapping[str, Means] = field(default_factory=dict)
    refused_at: tuple[UrlPattern, ...] = ()
    refused_with: frozenset[int] = frozenset()
    documented: str = ""
    takes: AccountKind | None = None

    def __hash__(self) -> int:
        return hash((self.app, self.obligation))

    def is_for(self, host: str) -> bool:
        """Whether it is for a canonical host."""
        return host in self.hosts or not self.domains.isdisjoint(suffixes(host))

    def refuses_at(self, url: Url) -> bool:
        """Whether a URL is where the service sends those whose account is another."""
        names = suffixes(url.host)
        path = path_to_compare(url.path)
        return any(one.host in names and one.covers_path(path, url.query) for one in self.refused_at)
