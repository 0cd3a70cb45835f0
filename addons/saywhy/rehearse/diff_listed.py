"""Two policies compared without a log, at all that they list.

That is every name and pattern, and one name for each imported list, for everybody who has a place, at every time of the week at which other rules are in
force. Names that neither policy can tell apart are decided once.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from ipaddress import ip_network
from itertools import chain
from typing import Final
from urllib.parse import quote, urlencode

from saywhy.decide.access import Access, Target
from saywhy.decide.engine import Engine
from saywhy.decide.use import READING, Use, use_refused
from saywhy.policy.address import AddressError, Url, canonical_url, suffixes
from saywhy.policy.control import Control
from saywhy.policy.pattern import UrlPattern
from saywhy.policy.policy import Policy
from saywhy.policy.school import Address, Network
from saywhy.policy.uses import told
from saywhy.rehearse.diff import Askers, Comparer, Difference
from saywhy.rehearse.diff_tally import Tally
from saywhy.rehearse.stretches import dates_of, joint

UNLISTED: Final = "any site that no list names"
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Site:
    """Something to open, and how it is called in the result."""

    name: str
    host: str
    port: int = 443
    url: Url | None = None


def compare_listed(
    comparer: Comparer, monday: date, tally: Tally, passed: Callable[[int], None] = lambda _: None
) -> None:
    """Compare two policies at all that they list; `monday` begins the week that is looked at. Tells `passed` of sites.

    What is done there (posting, fetching a kind of file) is looked at where a rule asks for it, and counts where it alone
    makes the difference.
    """
    people = people_of(comparer)
    moments = {askers: list(moments_of(comparer, askers, monday)) for askers in people}
    uses = uses_of(comparer)
    asked = sum(alike for times in moments.values() for _, alike in times) * len(uses)
    changes: dict[Hashable, list[tuple[str, Askers, Difference, int]]] = {}
    for number, site in enumerate(sites_of(comparer), start=1):
        if site.url is None and comparer.depends_on_path(site.host):  # its first page, as the proxy would see it
            site = Site(site.name, site.host, site.port, Url("https", site.host, site.port, "/", ""))  # noqa: PLW2901
        standing = comparer.standing_of(site.host, site.port, site.url)
        if standing not in changes:
            changes[standing] = list(_changes(comparer, moments, site, uses))
        tally.considered += asked
        for done, askers, change, times in changes[standing]:
            tally.kinds[change.kind].add(change, askers.group, f"{site.name}{done}", None, times)
        if number % 1_000 == 0:
            passed(1_000)


def compare_accesses(comparer: Comparer, accesses: Iterable[Access], tally: Tally) -> None:
    """Compare single accesses, such as those of a policy's own tests."""
    for access in accesses:
        subject, target = access.subject, access.target
        askers = comparer.askers(subject.named_groups, subject.place, subject.device)
        tally.considered += 1
        change = comparer.difference(askers, target, access.at)
        if change is not None:
            tally.kinds[change.kind].add(change, askers.group, target.host, None, 1)


def uses_of(comparer: Comparer) -> dict[str, Use]:
    """Reading, and each use that a rule of either policy is for, by how it is told after a site's name."""
    named = {use for engine in (comparer.was, comparer.now) for rule in engine.policy.rules for use in rule.uses}
    return {"": READING, **{f", {told(frozenset({one}))}": use_refused(frozenset({one})) for one in sorted(named)}}


def _changes(
    comparer: Comparer, moments: dict[Askers, list[tuple[datetime, int]]], site: Site, uses: Mapping[str, Use]
) -> Iterator[tuple[str, Askers, Difference, int]]:
    for askers, times in moments.items():
        for at, alike in times:
            told_already: set[Difference] = set()
            for done, use in uses.items():
                change = comparer.difference(askers, Target(site.host, site.port, site.url, use=use), at)
                if change is not None and change not in told_already:
                    told_already.add(change)
                    yield done, askers, change, alike


def how_many_sites(comparer: Comparer) -> int:
    """About how many sites `compare_listed` looks at."""
    return max(len(comparer.was.policy.catalogue.names), len(comparer.now.policy.catalogue.names))


def sites_of(comparer: Comparer) -> Iterator[Site]:
    """Every listed name, a page for every pattern and every place of refused accounts, a site that is not listed, and what `reach` is about."""
    was, now = comparer.was, comparer.now
    yield from (Site(name, name) for name in was.policy.catalogue.names)
    yield from (Site(name, name) for name in now.policy.catalogue.names if name not in was.policy.catalogue.names)
    rules = [*was.policy.rules, *now.policy.rules]
    domains = dict.fromkeys(name for rule in rules for name in rule.criteria.domains)
    domains |= dict.fromkeys(chain(_controlled(was.policy), _controlled(now.policy)))
    domains |= dict.fromkeys((*was.policy.catalogue.corrections, *now.policy.catalogue.corrections))
    yield from (
        Site(one, one)
        for one in domains
        if one not in was.policy.catalogue.names and one not in now.policy.catalogue.names
    )
    in_lists = (one for engine in (was, now) for found in engine.policy.catalogue.patterns.values() for one, _ in found)
    refused = (one for policy in (was.policy, now.policy) for control in _asked(policy) for one in control.refused_at)
    patterns = chain(in_lists, (one for rule in rules for one in rule.criteria.urls), refused)
    for pattern in dict.fromkeys(patterns):
        url = page_for(pattern)
        if url is not None:
            yield Site(pattern.text, url.host, url.port, url)
    for lists in dict.fromkeys((was.lists, now.lists)):
        yield from (
            Site(f"what the list {name} names", host) for name, host in (lists.samples() if lists else {}).items()
        )
    nowhere = next(
        name
        for n in range(1_000_000)
        if not any(_names(one, name := f"not-listed-{n or ''}.invalid") for one in (was, now))
    )
    yield Site(UNLISTED, nowhere)
    for port in sorted(was.policy.reach.ports ^ now.policy.reach.ports):
        yield Site(f"{UNLISTED}, at port {port}", nowhere, port)
    for network in dict.fromkeys((*was.policy.reach.addresses, *now.policy.reach.addresses)):
        yield Site(str(network), str(network.network_address))


def _asked(policy: Policy) -> Iterator[Control]:
    """What apps offer for what some rule asks for."""
    asked = {one.kind for rule in policy.rules for one in rule.obligations}
    yield from (control for control in policy.catalogue.controls if control.obligation in asked)


def _controlled(policy: Policy) -> Iterator[str]:
    """The names for which they do."""
    for control in _asked(policy):
        yield from sorted(control.hosts | control.domains | control.closed)


def page_for(pattern: UrlPattern) -> Url | None:
    """A page that the pattern covers; None where it cannot be written as an address."""
    path = quote("x".join(pattern.pieces) or "/", safe="/@:!$&'()+,;=-._~")
    query = f"?{urlencode(pattern.parameters)}" if pattern.parameters else ""
    try:
        url = canonical_url(f"https://{pattern.host}{path}{query}")
    except AddressError:
        return None
    return url if pattern.covers(url) else None


def people_of(comparer: Comparer) -> list[Askers]:
    """Everybody who has a place in either policy, and devices outside every place, each kind of people once.

    A place that no rule names counts as its groups alone.
    """
    named = {place for engine in (comparer.was, comparer.now) for rule in engine.policy.rules for place in rule.places}
    found: dict[Hashable, Askers] = {}
    for device in _devices(comparer):
        known = comparer.was.place_of(device)
        groups = known.groups if known is not None else ()
        askers = comparer.askers(groups, None if known is None else known.name, device)
        now = comparer.now.place_of(device)
        if not groups and now is not None:  # nobody before: called by what they are now
            askers = Askers(askers.was, askers.now, now.groups[0] if now.groups else "")
        places = [one.place if one.place in named else None for one in (askers.was, askers.now)]
        found.setdefault((askers.was.named_groups, askers.now.named_groups, *places), askers)
    if not comparer.was.policy.places and not comparer.now.policy.places:
        for group in comparer.was.policy.groups.keys() & comparer.now.policy.groups.keys():
            found[group] = comparer.askers((group,), None, None)
    return list(found.values())


def moments_of(comparer: Comparer, askers: Askers, monday: date) -> Iterator[tuple[datetime, int]]:
    """The moments, of a week and of what goes by dates later on, at which other rules are in force for them than before.

    Each comes with how many stretches of the week it stands for.
    """
    starts: set[datetime] = set()
    for engine in (comparer.was, comparer.now):
        zone = engine.policy.school.timezone
        midnight = datetime(monday.year, monday.month, monday.day, tzinfo=zone)
        starts.update(midnight + timedelta(microseconds=one) for one in engine.index.timetable.starts)  # on the wall
        starts |= _by_dates(comparer, engine, midnight)
    alike: dict[tuple[int, int], tuple[datetime, int]] = {}
    for at in sorted(starts, key=datetime.timestamp):
        in_force = comparer.in_force(askers, at)
        first, count = alike.get(in_force, (at, 0))
        alike[in_force] = (first, count + 1)
    yield from alike.values()


def _by_dates(comparer: Comparer, engine: Engine, midnight: datetime) -> set[datetime]:
    """The moments at which something of the week begins while dates hold something else than in any week before."""
    dates = joint(dates_of(one.policy) for one in (comparer.was, comparer.now))
    found: set[datetime] = set()
    for start, end in dates.stretches(midnight) if dates else ():
        first = start.astimezone(midnight.tzinfo)
        found.add(first)
        monday = datetime.combine(first.date() - timedelta(days=first.weekday()), time(), midnight.tzinfo)
        weeks = (monday, monday + timedelta(days=7))
        shown = {week + timedelta(microseconds=one) for week in weeks for one in engine.index.timetable.starts}
        found.update(at for at in shown if start < at.astimezone(UTC) < end)
    return found


def _devices(comparer: Comparer) -> Iterator[Address]:
    """An address for each place in which that place is the narrowest, and one outside every place."""
    networks: dict[Network, None] = {}
    for engine in (comparer.was, comparer.now):
        networks |= dict.fromkeys(place.network for place in engine.policy.places)
    for network in networks:
        yield from _own_address(network, networks)
    yield from _own_address(ip_network("0.0.0.0/0"), networks)


def _own_address(network: Network, others: Iterable[Network]) -> Iterator[Address]:
    narrower = [one for one in others if one != network and one.version == network.version and _within(one, network)]
    first, last = int(network.network_address), int(network.broadcast_address)
    tried = (first, *(int(one.broadcast_address) + 1 for one in narrower), last)
    make = type(network.network_address)
    for number in tried:
        if number <= last and not any(make(number) in one for one in narrower):
            yield make(number)
            return


def _within(one: Network, network: Network) -> bool:
    return one.prefixlen > network.prefixlen and one.network_address in network


def _names(engine: Engine, host: str) -> bool:
    """Whether the policy itself names this host or one above it."""
    catalogue, above = engine.policy.catalogue, set(suffixes(host))
    named = {name for rule in engine.policy.rules for name in rule.criteria.domains}
    named |= {pattern.host for rule in engine.policy.rules for pattern in rule.criteria.urls}
    return not all(above.isdisjoint(names) for names in (named, catalogue.names, catalogue.patterns))
