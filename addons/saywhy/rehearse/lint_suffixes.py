"""Lint of names below which a company's customers have their sites, like github.io: each is about all of them.

Those below which anybody can have one, like co.uk, are refused by the loader unless they say so themselves.
"""

import re
from collections.abc import Iterator
from typing import Final

from saywhy.policy.codes import Code
from saywhy.policy.host_fields import is_meant
from saywhy.policy.needs import NEEDED
from saywhy.policy.problem import Problem
from saywhy.policy.public_suffixes import public_suffixes
from saywhy.policy.suggest import quoted
from saywhy.rehearse.findings import Locations, named, severity_of

_LINE_END: Final = re.compile(r"\r\n|\r|\n")


def lint_suffixes(locations: Locations) -> Iterator[Problem]:
    """The problems of names that the school wrote; those that came with Saywhy are meant."""
    yield from _listed(locations)
    for rule in (*locations.policy.rules, locations.policy.default):
        for key in ("domains", "urls"):
            for index, one in enumerate(getattr(rule.criteria, key)):
                name = one if isinstance(one, str) else one.host
                place = (rule.effect.value, key, index)
                document, loc = locations.of_rule(rule, *place)
                if public_suffixes().is_private(name) and not is_meant(document.node(loc).text):
                    what = f"{named(rule)} is about {quoted(name)}, and so about the site of each of its customers"
                    yield locations.about_rule(rule, place, Code.WHOLE_SUFFIX, what, _instead(name))


def _listed(locations: Locations) -> Iterator[Problem]:
    code = Code.WHOLE_SUFFIX
    lines: dict[str, list[str]] = {}
    for name, belongings in locations.policy.catalogue.names.items():
        if not public_suffixes().is_private(name):
            continue
        for one in belongings:
            file = one.source.file
            if one.source.builtin or file not in locations.written.shown or one.kind == "app":
                continue  # what users put there is a part of the app
            of_file = lines.setdefault(file, _LINE_END.split(locations.written.texts[file]))
            if _says_so(name, of_file[one.source.line - 1 : one.source.line]):
                continue
            what = f"{quoted(name)} takes in the site of each of its customers for the {one.kind} {quoted(one.id)}"
            if one.kind == NEEDED:
                what = f"{quoted(name)} opens the site of each of its customers wherever the app {quoted(one.id)} is allowed"
            shown = locations.written.shown[file]
            yield Problem(shown, one.source.line, 1, what, _instead(name), severity_of(code), code)


def _says_so(name: str, line: list[str]) -> bool:
    return any(re.search(rf"\ball\s+of\s+{re.escape(name)}(?![\w.-])", one, re.IGNORECASE) for one in line)


def _instead(name: str) -> str:
    return f"write the names that are meant, or all of {name}"
