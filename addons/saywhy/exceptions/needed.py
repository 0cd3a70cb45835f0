"""The hosts that a page needs, as they stand for who asked: open already, closed by which rules, or closed whatever is said."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from saywhy.decide.access import Access, Target
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.exceptions.reach import Reached, reached
from saywhy.exceptions.request import Refusal
from saywhy.exceptions.weighing import Terms, access_of, people_of
from saywhy.policy.address import AddressError, canonical_host
from saywhy.policy.grant import Grant, GrantScope, GrantTarget
from saywhy.policy.public_suffixes import public_suffixes
from saywhy.policy.rule import Rule


class Stands(StrEnum):
    """How a host stands for who asked."""

    OPEN = "open"
    CLOSED = "closed"  # and can be opened with the page
    STAYS = "stays"  # closed, and nothing that is given here opens it


@dataclass(frozen=True, slots=True)
class Needed:
    """A host, what it is (labels of apps and categories), and how it stands. `rule` closes it; None where reach does.

    `reach` says which rules a permit for it lifts, and whose word that needs; None where nothing can be given.
    """

    host: str
    kinds: tuple[str, ...]
    stands: Stands
    rule: Rule | None = None
    reach: Reached | None = None


def needed_hosts(
    engine: Engine, terms: Terms, refusal: Refusal, hosts: Iterable[str], now: datetime
) -> tuple[Needed, ...]:
    """Each of these hosts but the page's own, in their order and once. What is no name of a host is left out."""
    found: dict[str, Needed] = {}
    for host in hosts:
        try:
            name = canonical_host(host)
        except AddressError:
            continue
        if name != refusal.host and name not in found:
            found[name] = _needed(engine, terms, refusal, name, now)
    return tuple(found.values())


def _needed(engine: Engine, terms: Terms, refusal: Refusal, host: str, now: datetime) -> Needed:
    subject = access_of(engine, refusal).subject
    access = Access(subject, Target(host, 443), now)
    decision = decide(engine, NO_GRANTS, access)
    kinds = _kinds(engine, host)
    if decision.allowed and not decision.needs_url:
        return Needed(host, kinds, Stands.OPEN)
    what = GrantTarget(site=host)
    groups = tuple(name for name in refusal.groups if name in engine.policy.groups)
    if not groups and refusal.device is None:  # nobody to give it to
        return Needed(host, kinds, Stands.STAYS, decision.rule)
    who = GrantScope(groups=frozenset(groups)) if groups else GrantScope(device=refusal.device)
    reach = reached(engine, terms.rule, what, people_of(engine, refusal, who))
    if decision.allowed:  # only some of its paths are closed
        reach = replace(reach, opens=tuple(one for one in reach.opens if one.id != terms.rule.id) or reach.opens)
        return Needed(host, kinds, Stands.CLOSED, next(iter(reach.opens)), reach)
    trial = Grant("trial", who, what, now, now + timedelta(seconds=1), weighed=reach.weighed)
    opened = decide(engine, Grants([trial]), access)
    if not opened.allowed or reach.apart or public_suffixes().has(host):
        return Needed(host, kinds, Stands.STAYS, opened.rule or decision.rule)
    return Needed(host, kinds, Stands.CLOSED, decision.rule, reach)


def _kinds(engine: Engine, host: str) -> tuple[str, ...]:
    belongs, catalogue = engine.membership(host, None), engine.policy.catalogue
    apps = (catalogue.apps[one].label for one in sorted(belongs.apps) if one in catalogue.apps)
    kinds = (catalogue.categories[one].label for one in sorted(belongs.categories) if one in catalogue.categories)
    return (*apps, *kinds)
