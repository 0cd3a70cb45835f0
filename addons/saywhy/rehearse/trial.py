"""Trials of permits, and what they would have opened: logged decisions, made again with each of them beside those in force.

A permit for an hour is tried on the same hour a week before; one for a week or longer on the whole week. So how long it lasts
counts as well as whom it is for and how much it opens.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from saywhy.decide.access import Access, Subject, Target, subject_in
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.policy.address import AddressError, Url, bracketed, canonical_url, suffixes
from saywhy.policy.grant import Grant
from saywhy.policy.school import Address
from saywhy.rehearse.diff_tally import FEWEST_PEOPLE
from saywhy.rehearse.replay import Logged

A_WEEK: Final = timedelta(days=7)
_MOST_SITES: Final = 10_000  # that are told apart; the number of decisions counts on


@dataclass(frozen=True, slots=True)
class People:
    """How many devices; None where they are so few that it might point at somebody."""

    group: str
    number: int | None


@dataclass(frozen=True, slots=True)
class Opened:
    """What one permit would have opened: decisions that were closed, on how many devices, and by group.

    `others` are the hosts that were not asked for and would have opened with it, those that were met most often first.
    """

    decisions: int
    devices: int | None
    groups: tuple[People, ...]
    others: tuple[str, ...]


@dataclass(slots=True)
class _Count:
    decisions: int = 0
    sites: Counter[str] = field(default_factory=Counter)
    devices: defaultdict[str, set[Address]] = field(default_factory=lambda: defaultdict(set))

    def add(self, one: Logged) -> None:
        self.decisions += 1
        if one.host in self.sites or len(self.sites) < _MOST_SITES:
            self.sites[one.host] += 1
        if one.device is not None:
            self.devices[one.groups[0] if one.groups else ""].add(one.device)

    def opened(self, host: str) -> Opened:
        others = (site for site, _ in self.sites.most_common() if host not in suffixes(site))
        told = (People(group, _told(len(found))) for group, found in sorted(self.devices.items()))
        return Opened(self.decisions, _told(len(set().union(*self.devices.values()))), tuple(told), tuple(others))


def _told(number: int) -> int | None:
    return number if number >= FEWEST_PEOPLE or not number else None


def a_week_before(now: datetime, ends: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The stretch (UTC) on which a permit from now (aware) is tried: the same hours by the clock on the wall, a week ago."""
    local = now.astimezone(zone)
    start = (local - A_WEEK).astimezone(UTC)
    last = min(ends.astimezone(zone), local + A_WEEK)
    return start, min((last - A_WEEK).astimezone(UTC), now.astimezone(UTC))


def names_of(engine: Engine, grant: Grant) -> frozenset[str]:
    """What a line of the log names that is about a permit: a host, or an app and the hosts that it needs."""
    what = grant.what
    if what.app is None:
        return frozenset(one for one in (what.site, None if what.page is None else what.page.host) if one)
    listed = engine.policy.catalogue.names.items()
    return frozenset((what.app, *(name for name, found in listed if any(one.id == what.app for one in found))))


def tried[K](
    engine: Engine, in_force: Iterable[Grant], permits: Mapping[K, Grant], host: str, logged: Iterable[Logged]
) -> Mapping[K, Opened]:
    """What each of these permits would have opened, by its key. `host` is the one that was asked for.

    A permit holds for what was logged in its own time: see `a_week_before`. `in_force` holds whenever it holds.
    """
    there = Grants(in_force)
    alone = {key: Grants([grant]) for key, grant in permits.items()}
    counts = {key: _Count() for key in permits}
    known = lru_cache(4_096)(_Known(engine).subject)
    for one in logged:
        access = Access(known(one.groups, one.place, one.device), _target(one), one.at)
        if decide(engine, there, access).allowed:
            continue
        for key, grants in alone.items():
            decision = decide(engine, grants, access)
            if decision.allowed and not decision.needs_url:
                counts[key].add(one)
    return {key: count.opened(host) for key, count in counts.items()}


@dataclass(frozen=True, slots=True)
class _Known:
    engine: Engine

    def subject(self, groups: tuple[str, ...], place: str | None, device: Address | None) -> Subject:
        named = tuple(one for one in groups if one in self.engine.policy.groups)
        return replace(subject_in(self.engine.policy, named, place=place), device=device)


def _target(one: Logged) -> Target:
    url: Url | None = None
    if one.path:
        try:
            url = canonical_url(f"{one.scheme}://{bracketed(one.host)}:{one.port}{one.path}")
        except AddressError:  # longer than any address may be; its host still tells
            url = None
    return Target(one.host, one.port, url, one.signs, one.use)
