"""All grants that may hold now, found by what they open, for whom and when: an immutable snapshot, swapped by reference.

Grants are filed by the rule that they were weighed for and by what they open. What is filed under one key is sorted when it
is first asked for: by group and by device, by page, and in time, so that asking looks grants up however many there are for
one site.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Final

from saywhy.decide.access import Access, Target
from saywhy.decide.path_index import PathIndex
from saywhy.policy.address import path_to_compare
from saywhy.policy.criterion import Key
from saywhy.policy.grant import ANY_RULE, Grant
from saywhy.policy.needs import NEEDED
from saywhy.policy.pattern import UrlPattern
from saywhy.policy.rule import Rule
from saywhy.policy.school import Address, Network

ENDED_LATELY: Final = timedelta(minutes=10)  # for so long pages say that it is over

type Numbered = tuple[int, Grant]  # in the order in which the grants were given


class Grants:
    """Grants by key. Asking costs neither what all of them do nor what all those for that very target do."""

    __slots__ = ("_edges", "_filed", "_goes", "_sorted", "count")

    def __init__(self, grants: Iterable[Grant] = (), over: Iterable[Grant] = ()) -> None:
        """`over` are those that somebody opened by going on and that ended a short while ago: they open nothing."""
        self._goes: defaultdict[tuple[str | None, str], list[datetime]] = defaultdict(list)
        for go in over:
            self._note(go)
        self._filed: defaultdict[str, defaultdict[Key, list[Numbered]]] = defaultdict(lambda: defaultdict(list))
        self._sorted: dict[tuple[str, Key], _Drawer] = {}
        self.count = 0
        edges: set[float] = set()
        for grant in grants:
            edges |= {grant.starts.timestamp(), grant.ends.timestamp()}
            if grant.went_on:
                self._note(grant)
            for weighed in grant.weighed:
                for key in _keys_of(grant):
                    self._filed[weighed][key].append((self.count, grant))
            self.count += 1
        self._edges = sorted(edges)

    def _note(self, go: Grant) -> None:
        for weighed in go.weighed:
            self._goes[go.who.device, weighed].append(go.ends)

    def ended(self, access: Access, closed_by: Rule) -> bool:
        """Whether this device went on where this rule has caution, and that ended a short while ago."""
        ends = self._goes.get((access.subject.device_address, closed_by.go_terms), ()) if self._goes else ()
        return any(one <= access.at < one + ENDED_LATELY for one in ends)

    def stage(self, at: datetime) -> int:
        """What tells aware moments apart at which other grants hold."""
        return bisect_right(self._edges, at.timestamp())

    def opening(self, access: Access, keys: Sequence[Key], closed_by: Rule) -> Grant | None:
        """The first grant, by its keys, that opens to this subject at this moment what this rule closes.

        Where somebody went on, that is asked for last: what was granted holds for longer.
        """
        if not self.count:
            return None
        terms = closed_by.terms
        weighed_so = (terms, closed_by.id, ANY_RULE) if terms else (ANY_RULE,)
        for weighed in (*weighed_so, closed_by.go_terms) if closed_by.caution else weighed_so:
            if weighed not in self._filed:
                continue
            filed = self._filed[weighed]
            for key in keys:
                if key in filed:
                    drawer = self._sorted.get((weighed, key))
                    if drawer is None:
                        drawer = self._sorted[weighed, key] = _Drawer(filed[key])
                    grant = drawer.opening(access)
                    if grant is not None:
                        return grant
        return None


NO_GRANTS = Grants()


def _keys_of(grant: Grant) -> tuple[Key, ...]:
    if grant.what.app is not None:  # what the app needs as well, as far as a rule closes it that was weighed
        return ("app", grant.what.app), (NEEDED, grant.what.app)
    if grant.what.site is not None:
        return (("host", grant.what.site),)
    assert grant.what.page is not None  # GrantTarget holds exactly one
    return (("host", grant.what.page.host),)


class _Drawer:
    """The grants for one key, by group and by device."""

    __slots__ = ("_devices", "_groups", "_widths")

    def __init__(self, grants: Iterable[Numbered]) -> None:
        groups: defaultdict[str, list[Numbered]] = defaultdict(list)
        devices: defaultdict[tuple[int, int, int], list[Numbered]] = defaultdict(list)
        for number, grant in grants:
            for group in grant.who.groups:
                groups[group].append((number, grant))
            if (network := grant.who.network) is not None:
                devices[_bits_of(network.network_address, network)].append((number, grant))
        self._groups = {group: _Pages(found) for group, found in groups.items()}
        self._devices = {network: _Pages(found) for network, found in devices.items()}
        self._widths = {one: {width for version, width, _ in devices if version == one} for one in (4, 6)}

    def opening(self, access: Access) -> Grant | None:
        """The first grant here that opens the target to the access's subject at its moment."""
        subject, target = access.subject, access.target
        about: list[_Held] = []
        for group in subject.groups:
            if group in self._groups:
                about += self._groups[group].about(target)
        device = subject.device
        if device is not None and self._devices:
            version, most, number = device.version, device.max_prefixlen, int(device)
            for width in self._widths[version]:
                bits = version, width, number >> (most - width)
                if bits in self._devices:
                    about += self._devices[bits].about(target)
        if not about:
            return None
        at = access.at.timestamp()
        first: Numbered | None = None
        for held in about:
            one = held.first(at)
            if one is not None and (first is None or one[0] < first[0]):
                first = one
        return None if first is None else first[1]


def _bits_of(address: Address, network: Network) -> tuple[int, int, int]:
    """A network as its version, the length of its prefix and its prefix as a number."""
    return network.version, network.prefixlen, int(address) >> (network.max_prefixlen - network.prefixlen)


class _Pages:
    """The grants for one key and one group or device: for all of it, and for single pages."""

    __slots__ = ("_pages", "_whole")

    def __init__(self, grants: Iterable[Numbered]) -> None:
        pages: defaultdict[UrlPattern | None, list[Numbered]] = defaultdict(list)
        for number, grant in grants:
            pages[grant.what.page].append((number, grant))
        self._whole = [_Held(found) for page, found in pages.items() if page is None]
        single = [(page, _Held(found)) for page, found in pages.items() if page is not None]
        self._pages = PathIndex(single) if single else None
        if self._pages is not None:
            self._pages.prepare()

    def about(self, target: Target) -> list["_Held"]:
        """The grants that open this target, at some time."""
        url = target.url
        if url is None or self._pages is None:
            return self._whole
        single = self._pages.matching(path_to_compare(url.path), url.query)
        return self._whole + single if single else self._whole


class _Held:
    """Grants for the same thing and people, in time: which is the first that holds, from each moment to the next."""

    __slots__ = ("_first", "_moments")

    def __init__(self, grants: Iterable[Numbered]) -> None:
        waiting = sorted(((grant.starts.timestamp(), number, grant) for number, grant in grants), reverse=True)
        self._moments = sorted({edge.timestamp() for _, _, grant in waiting for edge in (grant.starts, grant.ends)})
        self._first: list[Numbered | None] = [None]
        holding: list[Numbered] = []
        for moment in self._moments:
            while waiting and waiting[-1][0] <= moment:
                heappush(holding, waiting.pop()[1:])
            while holding and holding[0][1].ends.timestamp() <= moment:
                heappop(holding)
            self._first.append(holding[0] if holding else None)

    def first(self, at: float) -> Numbered | None:
        """The first that holds at a moment, in seconds since 1970."""
        return self._first[bisect_right(self._moments, at)]
