"""Lint of names that are public suffixes: each of them is about every site below it."""

from collections.abc import Iterator
from typing import Final

from saywhy.lists.suffixes import public_suffixes
from saywhy.policy.codes import Code
from saywhy.policy.problem import Problem
from saywhy.policy.suggest import quoted
from saywhy.rehearse.findings import Locations, named, severity_of

_INSTEAD: Final = "write the names that are meant, or accept this with the reason"


def lint_suffixes(locations: Locations) -> Iterator[Problem]:
    """The problems of names that the school wrote; those that came with Saywhy are meant."""
    yield from _listed(locations)
    for rule in (*locations.policy.rules, locations.policy.default):
        for index, name in enumerate(rule.criteria.domains):
            if public_suffixes().has(name):
                what = f"{named(rule)} is about {quoted(name)}, a public suffix, and so about every site below it"
                yield locations.about_rule(
                    rule, (rule.effect.value, "domains", index), Code.WHOLE_SUFFIX, what, _INSTEAD
                )


def _listed(locations: Locations) -> Iterator[Problem]:
    suffixes = public_suffixes()
    code = Code.WHOLE_SUFFIX
    for name, belongings in locations.policy.catalogue.names.items():
        if not suffixes.has(name):
            continue
        for one in belongings:
            if one.source.builtin or one.source.file not in locations.written.shown:
                continue
            if one.kind == "app" and name in suffixes.private:  # what users put there is a part of the app
                continue
            what = f"{quoted(name)} is a public suffix: every site below it is of the {one.kind} {quoted(one.id)}"
            file = locations.written.shown[one.source.file]
            yield Problem(file, one.source.line, 1, what, _INSTEAD, severity_of(code), code)
