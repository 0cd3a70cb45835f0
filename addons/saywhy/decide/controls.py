"""Which controls of services are for a host, and what an allow's obligations come to there."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from saywhy.policy.address import Url
from saywhy.policy.catalogue import Membership
from saywhy.policy.control import Control, Means
from saywhy.policy.obligation import Obligation
from saywhy.policy.obligations import kinds
from saywhy.policy.public_suffixes import public_suffixes

_MET: Final = 8_192  # hosts' controls and rules' obligations, together, that are remembered
_NOTHING: Final[frozenset[str]] = frozenset()


class Controls:
    """The controls of the kinds that some rule asks for, by host. Immutable."""

    __slots__ = ("_by_domain", "_by_host", "_closed", "_families", "_only_with")

    def __init__(self, controls: Iterable[Control], asked: frozenset[str]) -> None:
        """`asked` are the kinds of obligation that rules have; controls of others are left out."""
        self._by_host: defaultdict[str, list[Control]] = defaultdict(list)
        self._by_domain: defaultdict[str, list[Control]] = defaultdict(list)
        self._closed: defaultdict[str, set[str]] = defaultdict(set)
        self._families: defaultdict[str, set[str]] = defaultdict(set)
        self._only_with = {kind.only_with: key for key, kind in kinds().items() if key in asked and kind.only_with}
        for control in controls:
            if control.obligation not in asked:
                continue
            for host in control.hosts:
                self._by_host[host].append(control)
            for name in control.domains:
                self._by_domain[name].append(control)
            for name in control.closed:
                self._closed[name].add(control.obligation)
            names = control.hosts | control.domains
            self._families[control.obligation] |= set(map(public_suffixes().registered, names))

    def at(self, names: Sequence[str]) -> tuple[Control, ...]:
        """The controls for a canonical host; `names` are the host and those above it."""
        found = self._by_host.get(names[0], [])
        if not self._by_domain.keys().isdisjoint(names):
            found = [*found, *(one for name in names for one in self._by_domain.get(name, ()))]
        return tuple(found)

    def lacking(self, names: Sequence[str], membership: Membership, found: tuple[Control, ...]) -> frozenset[str]:
        """The kinds of obligation that a host cannot meet, although it would have to.

        A list that names a whole company as a search engine does not make one of each of its sites.
        """
        lacks: set[str] = set()
        if not self._closed.keys().isdisjoint(names):
            lacks.update(*(self._closed.get(name, ()) for name in names))
        for category in membership.categories & self._only_with.keys():
            kind = self._only_with[category]
            if all(one.obligation != kind for one in found) and self._families[kind].isdisjoint(names):
                lacks.add(kind)
        return frozenset(lacks) if lacks else _NOTHING


@lru_cache(_MET)
def met(
    obligations: frozenset[Obligation], controls: tuple[Control, ...], lacking: frozenset[str]
) -> frozenset[Obligation] | None:
    """What the obligations of a rule come to at a host with these controls. None: one cannot be met there.

    What is controlled and asks nothing of this host is left out.
    """
    found: set[Obligation] = set()
    by_control: list[tuple[Obligation, Control, Means]] = []
    for one in obligations:
        kind = kinds()[one.kind]
        if not kind.controlled:
            found.add(one)
        elif one.kind in lacking:
            return None
        else:
            here = ((control, kind.means(one, control)) for control in controls if control.obligation == one.kind)
            by_control += [(one, control, means) for control, means in here if means is not None]
    address = ""
    for one, control, means in sorted(by_control, key=_has_another_way):
        if means.address and address not in ("", means.address):  # a connection goes to one place
            means = replace(means, address="")  # noqa: PLW2901
        if means == Means():
            return None
        address = address or means.address
        found.add(replace(one, inside=means.needs_inside, means=means, control=control))
    return frozenset(found)


def _has_another_way(met_by: tuple[Obligation, Control, Means]) -> tuple[bool, str]:
    one, _, means = met_by
    return bool(means.headers or means.parameters), one.kind


def refused_account(obligations: frozenset[Obligation], url: Url | None) -> bool:
    """Whether a URL is where a service sends those whose account an obligation does not allow."""
    return url is not None and any(one.control is not None and one.control.refuses_at(url) for one in obligations)
