"""What has to hold of an app's controls as wholes: that each way is used, that levels are complete, that accounts have a place.

As those of rules (`rule_checks`), these checks read what was written.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from pydantic_core import PydanticCustomError

from saywhy.policy import obligations
from saywhy.policy.address import address_literal, suffixes
from saywhy.policy.codes import Code
from saywhy.policy.host_fields import read_host
from saywhy.policy.problem import Problem
from saywhy.policy.reading.written_controls import WrittenControl, WrittenMeans, written_controls, written_names
from saywhy.policy.reading.yaml12 import Document, Loc, Part
from saywhy.policy.suggest import all_of, did_you_mean, either, quoted

_PLACE: Final = re.compile(r"[$%#]?\{+[\s\w.-]*\w[\s\w.-]*\}*")  # what is meant as one, {accounts} or nearly so
_A_SAFE_ADDRESS: Final = "write the name that the service gives for this, like strict.bing.com"
_SWITCHES: Final = (("headers", "header"), ("parameters", "parameter"))


def control_problems(document: Document) -> Iterator[Problem]:
    """The problems of the controls of every app in a file."""
    for app in document.node_at("apps").inner:
        controls = list(written_controls(document, app))
        for one in controls:
            yield from _of_hosts(document, app, one)
            yield from _of_ways(document, one)
            yield from _of_levels(document, one)
            yield from _of_closed(document, one, [each for each in controls if each.kind is one.kind])
            for means in one.means:
                yield from _never_used(document, one, means, controls)
                yield from _of_address(document, one, means)
                yield from _of_names(document, means)
                yield from _of_places(document, one, means)
        for one, other in combinations(controls, 2):
            if one.meets(other):
                yield from _set_twice(document, one, other)
        yield from _without_place(document, app, controls)


def _of_hosts(document: Document, app: Part, one: WrittenControl) -> Iterator[Problem]:
    if not one.says_where and not document.node_at("apps", app, "domains").value:
        what = "this control is for no host: it names none, and the app has no domains"
        yield document.problem(one.loc, what, "write hosts or domains into it", code=Code.NEVER_USED)


def _of_ways(document: Document, one: WrittenControl) -> Iterator[Problem]:
    kind, ways, beside = one.kind, one.own.ways, (*one.loc, "levels")
    levels = document.node_at(*beside).value
    if levels and not kind.levels:
        instead = "take levels out" if ways else f"write {either(kind.ways)} in the place of levels"
        yield document.problem(beside, f"{kind.key} has no levels", instead, code=Code.UNKNOWN_KEY, of_key=True)
    elif levels and ways:
        what = f"{all_of(ways)} and levels stand beside one another, and it is switched on by one of these"
        instead = f"write {all_of(ways)} into the levels that they are for, or take levels out"
        yield document.problem(beside, what, instead, code=Code.SAID_TWICE, of_key=True)
    elif not levels and not ways:
        instead = f"write {either(kind.ways)}" + (", or levels with these" if kind.levels else "")
        yield document.problem(one.loc, "this says no way to switch it on", instead, code=Code.ABOUT_NOTHING)
    for key in ("refused_at", "refused_with", "takes"):
        if key in one.node.inner and not kind.places:
            what = f"{key} is what a service does about accounts, which {kind.key} is not about"
            yield document.problem((*one.loc, key), what, "take it out", code=Code.UNKNOWN_KEY, of_key=True)


def _of_levels(document: Document, one: WrittenControl) -> Iterator[Problem]:
    kind, place = one.kind, (*one.loc, "levels")
    if not kind.levels:
        return
    named = document.node_at(*place).keys
    for level in named:
        if level not in kind.levels:
            what, instead = f"{kind.key} has no level {quoted(level)}", did_you_mean(level, kind.levels)
            yield document.problem((*place, level), what, instead, code=Code.UNKNOWN_WORD, of_key=True)
    for means in one.levels:
        if means.loc[-1] in kind.levels and not means.ways:
            what, instead = f"the level {means.loc[-1]} says no way to switch it on", f"write {either(kind.ways)}"
            yield document.problem(means.loc, what, instead, code=Code.ABOUT_NOTHING, of_key=True)
    missing = [level for level in kind.levels if level not in named]
    if missing and named and named.keys() <= set(kind.levels) and not one.own.ways:
        what = f"no way is written for {all_of(missing)}, so a rule that asks for it would leave the site as it is"
        instead = f"write {all_of(missing)} as well, or one way without levels"
        yield document.problem(place, what, instead, code=Code.MISSING_KEY, of_key=True)


def _of_closed(document: Document, one: WrittenControl, same_kind: Sequence[WrittenControl]) -> Iterator[Problem]:
    closed = written_names(document.node_at(*one.loc, "closed"))
    # of an app's own domains some may be closed, if not all
    left = [
        each
        for each in same_kind
        if each.says_where or all(not closed.keys().isdisjoint(suffixes(name)) for name in each.names)
    ]
    reached = frozenset[str]().union(*(each.names for each in left))
    for host, index in closed.items():
        covered = sorted(name for name in reached if host in suffixes(name))
        if covered:
            what = (
                f"{quoted(host)} is closed where a rule asks for {one.kind.key}, so {all_of(covered)} would never open"
            )
            instead = "name under hosts what the control reaches, and under closed what it does not"
            yield document.problem((*one.loc, "closed", index), what, instead, code=Code.NEVER_USED)


def _never_used(
    document: Document, one: WrittenControl, means: WrittenMeans, of_app: Sequence[WrittenControl]
) -> Iterator[Problem]:
    """Ways that are not taken: an address may have to give way to that of another kind, otherwise the first of them is."""
    kind, ways = one.kind, means.ways
    for way in ways:
        if way not in kind.ways:
            what = f"only {either(kind.ways)} can meet {kind.key}, so this is never used"
            instead = "take it out" if set(ways) & set(kind.ways) else f"write {either(kind.ways)} in its place"
            yield document.problem((*means.loc, way), what, instead, code=Code.NEVER_USED, of_key=True)
    if "parameters" in ways and "parameters" in kind.ways:
        others = [each for each in of_app if each.kind is not kind and any("address" in way.ways for way in each.means)]
        before = [way for way in ways if way == "headers" or (way == "address" and not others)]
        if before:
            what = f"parameters are never used beside {all_of(before)}"
            instead = "take out one of them: each is enough by itself"
            yield document.problem((*means.loc, "parameters"), what, instead, code=Code.NEVER_USED, of_key=True)


def _of_address(document: Document, one: WrittenControl, means: WrittenMeans) -> Iterator[Problem]:
    try:
        host = read_host(means.node.inner["address"].value)
    except (KeyError, PydanticCustomError):  # there is none, or the schema says so
        return
    place = (*means.loc, "address")
    if address_literal(host) is not None:
        what = f"{quoted(host)} is the number of one server, and a service changes these"
        yield document.problem(place, what, _A_SAFE_ADDRESS, code=Code.BAD_DOMAIN)
    elif host in one.names:
        what = f"{quoted(host)} is the site itself, so connecting to it switches nothing on"
        yield document.problem(place, what, _A_SAFE_ADDRESS, code=Code.NEVER_USED)


def _of_names(document: Document, means: WrittenMeans) -> Iterator[Problem]:
    for way, named in _SWITCHES:
        first = means.names(way)
        for key in means.set_by(way):
            same = first[key.strip().lower()]
            if same != key:
                what, place = f"{quoted(key)} is the same {named} as {quoted(same)}", (*means.loc, way, key)
                yield document.problem(place, what, "write one of them", code=Code.SAID_TWICE, of_key=True)


def _of_places(document: Document, one: WrittenControl, means: WrittenMeans) -> Iterator[Problem]:
    for key, value in means.set_by("headers").items():
        for found in _PLACE.findall(value):
            if found not in one.kind.places:
                what = f"{quoted(found)} stands for nothing in a header of {one.kind.key}, and would be sent as it is"
                instead = did_you_mean(found, one.kind.places) or "write what the service wants to have there"
                yield document.problem((*means.loc, "headers", key), what, instead, code=Code.UNKNOWN_WORD)


def _set_twice(document: Document, one: WrittenControl, other: WrittenControl) -> Iterator[Problem]:
    """What two controls of an app set at the same host. What two kinds set alike is one switch for both."""
    line, same_kind = document.place(one.loc)[0], one.kind is other.kind
    told: set[Loc] = set()
    for mine in one.means:
        for theirs in other.means:
            for way, named in _SWITCHES:
                before, after = mine.names(way), theirs.names(way)
                for name in before.keys() & after.keys():
                    alike = mine.set_by(way)[before[name]] == theirs.set_by(way)[after[name]]
                    place = (*theirs.loc, way, after[name])
                    if place not in told and (same_kind or not alike):
                        told.add(place)
                        what = (
                            f"the {named} {quoted(after[name])} is set for the same hosts by the control of line {line}"
                        )
                        instead = "set it once, or name other hosts"
                        yield document.problem(place, what, instead, code=Code.SAID_TWICE, of_key=True)
            if same_kind and "address" in mine.ways and "address" in theirs.ways:
                what = f"the control of line {line} has an address for the same hosts, and a connection goes to one"
                place = (*theirs.loc, "address")
                if place not in told:
                    told.add(place)
                    yield document.problem(place, what, "write one, or name other hosts", code=Code.SAID_TWICE, of_key=True)  # fmt: skip


def _without_place(document: Document, app: Part, controls: Sequence[WrittenControl]) -> Iterator[Problem]:
    for key, kind in obligations.kinds().items():
        means = [each for one in controls if one.kind is kind for each in one.means]
        headers = [value for each in means for value in each.set_by("headers").values()]
        found = {place for value in headers for place in _PLACE.findall(value)}
        if headers and kind.places[:1] and not found & {kind.places[0]} and found <= {*kind.places}:
            what = f"no header here has {kind.places[0]} in it, so the service is not told what rules write under {key}"
            instead = f'write it where the service wants that, like {{X-Allowed-Domains: "{kind.places[0]}"}}'
            place = ("apps", app, "controls", key)
            yield document.problem(place, what, instead, code=Code.NO_PLACE_FOR_ACCOUNTS, of_key=True)
