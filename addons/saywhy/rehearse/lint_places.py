"""Lint of places: networks whose devices are in two groups, and people of whom no group says which words they read."""

from collections.abc import Container, Iterable, Iterator

from saywhy.policy.codes import Code
from saywhy.policy.policy import Policy
from saywhy.policy.problem import Problem
from saywhy.policy.reading.yaml12 import Document
from saywhy.policy.school import Network, Place
from saywhy.policy.suggest import listed, quoted
from saywhy.rehearse.findings import Locations, finding


def lint_places(locations: Locations) -> Iterator[Problem]:
    """The problems of places."""
    written = list(_written(locations))
    yield from _without_reader(locations)
    yield from _in_two_groups(locations.policy, written)


def _written(locations: Locations) -> Iterator[tuple[Place, Document, int]]:
    """Each place with its document and its number there; the policy has them in the order of the files."""
    places = iter(locations.policy.places)
    for document in locations.written.documents.values():
        for index in range(len(document.node_at("places").inner)):
            place = next(places, None)
            if place is None:
                return
            yield place, document, index


def _without_reader(locations: Locations) -> Iterator[Problem]:
    policy = locations.policy
    seen: set[str] = set()
    for place in policy.places:
        first = place.groups[0]
        if first in seen or any(policy.groups[name].reader is not None for name in place.groups):
            continue
        seen.add(first)
        others = "" if len(place.groups) == 1 else ", nor has any other group there"
        what = f"group {quoted(first)} has no reader, and it is the group of {quoted(place.name)}{others}"
        above = [name for name in sorted(policy.groups[first].within) if policy.groups[name].reader is not None]
        hint = f"; a reader of {quoted(above[0])} does not count for it" if above else ""
        instead = f"write reader: secondary, or another level, so that pages speak to them{hint}"
        document = locations.document_of("groups", first)
        yield finding(document, ("groups", first), Code.NO_READER_LEVEL, what, instead, of_key=True)


def _in_two_groups(policy: Policy, written: list[tuple[Place, Document, int]]) -> Iterator[Problem]:
    found: dict[Network, tuple[Place, Document, int]] = {one[0].network: one for one in written}
    widths = sorted({(network.version, network.prefixlen) for network in found}, reverse=True)
    for place, document, index in written:
        wider = _wider(place.network, found, widths)
        if wider is None or not wider.prefixlen:  # 0.0.0.0/0 and ::/0 say what holds for everything else
            continue
        around, its_document, its_index = found[wider]
        if policy.closed_groups(place.groups) >= set(around.groups):
            continue  # a part of the same people, told more precisely
        line, _ = its_document.place(("places", its_index))
        at = f"line {line}" if its_document is document else f"{its_document.file}:{line}"
        what = (
            f"the network {place.network} lies within {wider} ({at}), whose devices are in "
            f"{listed(around.groups)}; here they are in {listed(place.groups)}, and the narrower network counts"
        )
        instead = f"add {listed(around.groups)} to its groups, or make the wider network end before it"
        loc = ("places", index, "network")
        yield finding(document, loc, Code.NETWORK_IN_TWO_GROUPS, what, instead)


def _wider(network: Network, known: Container[Network], widths: Iterable[tuple[int, int]]) -> Network | None:
    """The narrowest of the known networks that the network lies within."""
    for version, width in widths:
        if version == network.version and width < network.prefixlen:
            wider = network.supernet(new_prefix=width)
            if wider in known:
                return wider
    return None
