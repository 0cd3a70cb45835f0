"""The decisions of a log, made again under two policies."""

from collections.abc import Iterable

from saywhy.decide.access import Target
from saywhy.decide.engine import Engine
from saywhy.policy.address import AddressError, bracketed, canonical_url, suffixes
from saywhy.rehearse.diff import Comparer
from saywhy.rehearse.diff_tally import Tally
from saywhy.rehearse.replay import Logged


def compare_log(comparer: Comparer, logged: Iterable[Logged], tally: Tally) -> None:
    """Decide every logged access under both policies and count what changes."""
    asking = _hosts_asking_for_queries(comparer.was) | _hosts_asking_for_queries(comparer.now)
    for one in logged:
        url = None
        tally.by_name += not one.path
        if one.path and comparer.depends_on_path(one.host):
            try:
                url = canonical_url(f"{one.scheme}://{bracketed(one.host)}:{one.port}{one.path}")
            except AddressError:  # longer than any address may be; its host still tells
                url = None
            if asking and not asking.isdisjoint(suffixes(one.host)):
                tally.without_query += 1
        askers = comparer.askers(one.groups, one.place, one.device)
        for group in askers.unknown:
            tally.unknown[group] = tally.unknown.get(group, 0) + 1
        tally.considered += 1
        tally.granted += one.granted
        change = comparer.difference(askers, Target(one.host, one.port, url, one.signs, one.use), one.at)
        if change is not None:
            tally.kinds[change.kind].add(change, askers.group, one.host, one.device, 1)


def _hosts_asking_for_queries(engine: Engine) -> set[str]:
    hosts = {pattern.host for rule in engine.policy.rules for pattern in rule.criteria.urls if pattern.parameters}
    listed = ((host, one) for host, patterns in engine.policy.catalogue.patterns.items() for one, _ in patterns)
    return hosts | {host for host, pattern in listed if pattern.parameters}
