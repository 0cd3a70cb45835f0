"""All files of a folder together: which names they define, and what is there too often or not at all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from ipaddress import ip_network
from typing import Final

from saywhy.policy.address import AddressError, canonical_host
from saywhy.policy.codes import Code
from saywhy.policy.problem import Problem
from saywhy.policy.reading.yaml12 import Document, Loc
from saywhy.policy.suggest import quoted

_KINDS: Final = {
    "roles": "role",
    "groups": "group",
    "times": "time",
    "categories": "category",
    "apps": "app",
    "purposes": "purpose",
    "carriers": "carrier",
    "help_lines": "help line",
    "countries": "country",
}
_ONCE: Final = ("school", "reach", "keep", "care", "searches", "default", "inspection", "rules")
_ONE_OF_THEM: Final = {"network": "list it once", "correction of": "write both into one"}
_NEEDED: Final = {
    "school": "write school: {name: Hillside School, timezone: Europe/London}",
    "default": "write default: allow, or a default that blocks, with its why",
    "rules": "write at least one rule",
}


@dataclass(slots=True)
class Gathered:
    """Names by kind, each with where it was defined first; and the problems met on the way."""

    names: dict[str, dict[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def define(self, kind: str, name: str, document: Document, loc: Loc, *, of_key: bool) -> None:
        """Note a name; a second one of the same kind is a problem."""
        line, _ = document.place(loc, of_key=of_key)
        first = self.names.setdefault(kind, {}).setdefault(name, f"{document.file}:{line}")
        if first != f"{document.file}:{line}":
            what = f"a second {kind} {quoted(name)}; the first is at {first}"
            instead = _ONE_OF_THEM.get(kind, "give each its own name")
            self.problems.append(document.problem(loc, what, instead, code=Code.DUPLICATE_NAME, of_key=of_key))


def gather(documents: Sequence[Document]) -> Gathered:
    """Read through every file's sections. Documents that could not be read are left out by the caller."""
    gathered = Gathered()
    for document in documents:
        for section, kind in _KINDS.items():
            for name in document.node_at(section).keys:
                gathered.define(kind, name, document, (section, name), of_key=True)
        for index, node in document.node_at("rules").inner.items():
            if isinstance(node.value, dict) and isinstance(identity := node.value.get("id"), str):
                gathered.define("rule", identity, document, ("rules", index, "id"), of_key=False)
        services = gathered.names.setdefault("service", {})
        for name in document.node_at("apps").keys:
            if "accounts" in document.node_at("apps", name, "controls").keys:
                services.setdefault(name, document.file)
        _gather_places(gathered, document)
        _gather_corrections(gathered, document)
    _gather_calendars(gathered, documents)
    gathered.problems.extend(_twice(documents))
    gathered.problems.extend(_cycles(documents))
    return gathered


def missing_sections(documents: Sequence[Document]) -> Iterator[tuple[str, str]]:
    """What a policy cannot do without and no file has, with what to write."""
    for section, instead in _NEEDED.items():
        if not any(section in document.node_at().keys for document in documents):
            yield f"no file here has the section {quoted(section)}", instead


def closure(within: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    """For each group all that it lies within, however far up. Raises graphlib.CycleError."""
    closed: dict[str, frozenset[str]] = {}
    for name in TopologicalSorter(within).static_order():
        above = within.get(name, ())
        closed[name] = frozenset(above).union(*(closed[one] for one in above))
    return closed


def _gather_places(gathered: Gathered, document: Document) -> None:
    names = gathered.names.setdefault("place", {})
    for index in document.node_at("places").inner:
        place = document.node_at("places", index)
        name, network = (getattr(place.inner.get(key), "value", None) for key in ("name", "network"))
        if isinstance(network, str):
            network = _canonical(network.strip())
            gathered.define("network", network, document, ("places", index, "network"), of_key=False)
        known = name or network
        if isinstance(known, str):
            names.setdefault(known.strip(), document.file)  # a place may have several networks


def _gather_corrections(gathered: Gathered, document: Document) -> None:
    for index, node in document.node_at("corrections").inner.items():
        name = node.value.get("name") if isinstance(node.value, dict) else None
        if isinstance(name, str):
            try:
                name = canonical_host(name)
            except AddressError:  # the schema says so
                continue
            gathered.define("correction of", name, document, ("corrections", index, "name"), of_key=False)


def _gather_calendars(gathered: Gathered, documents: Sequence[Document]) -> None:
    """Names of calendars; each is the name of a time as well, so that no time may have it."""
    times = gathered.names.setdefault("time", {})
    calendars = gathered.names.setdefault("calendar", {})
    for document in documents:
        for name in document.node_at("calendars").keys:
            loc: Loc = ("calendars", name)
            if name in times and name not in calendars:
                gathered.define("time", name, document, loc, of_key=True)
            gathered.define("calendar", name, document, loc, of_key=True)
    for name, place in calendars.items():
        times.setdefault(name, place)


def _canonical(network: str) -> str:
    try:
        return str(ip_network(network))
    except ValueError:  # the schema says so
        return network


def _twice(documents: Sequence[Document]) -> Iterator[Problem]:
    for section in _ONCE:
        having = [document for document in documents if section in document.node_at().keys]
        for document in having[1:]:
            what = f"a second section {quoted(section)}; the first is in {having[0].file}"
            instead = "keep all of it in one file"
            yield document.problem((section,), what, instead, code=Code.DUPLICATE_SECTION, of_key=True)


def _cycles(documents: Sequence[Document]) -> Iterator[Problem]:
    within: dict[str, list[str]] = {}
    places: dict[str, tuple[Document, Loc]] = {}
    for document in documents:
        for name in document.node_at("groups").keys:
            above = document.node_at("groups", name, "within").inner.values()
            within.setdefault(name, [one.value for one in above if isinstance(one.value, str)])
            places.setdefault(name, (document, ("groups", name, "within")))
    while True:
        try:
            closure(within)
        except CycleError as error:
            circle: list[str] = error.args[1][:0:-1]  # each lies within the next
            start = circle.index(min(circle, key=lambda name: _place(*places[name])))
            circle = circle[start:] + circle[: start + 1]
            document, loc = places[circle[0]]
            what = f"these groups lie within one another: {' in '.join(circle)}"
            yield document.problem(loc, what, "take one of them out", code=Code.GROUP_CIRCLE, of_key=True)
            within[circle[0]] = [one for one in within[circle[0]] if one != circle[1]]
        else:
            return


def _place(document: Document, loc: Loc) -> tuple[str, int, int]:
    return (document.file, *document.place(loc, of_key=True))
