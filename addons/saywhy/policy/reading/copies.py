"""Files that are copies of others: "school copy.yaml", as explorers, editors and careful people leave them beside the first.

All of a folder counts, so a copy would say everything a second time. It is known by what it says, whatever its name.
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Final

from saywhy.policy.codes import Code
from saywhy.policy.problem import Problem
from saywhy.policy.reading.yaml12 import Document

_BY_KEY: Final = ("roles", "groups", "times", "calendars", "categories", "apps", "purposes", "carriers")
_BY_VALUE: Final = {"rules": "id", "places": "network", "corrections": "name", "tests": "name"}
_ALONE: Final = ("school", "reach", "keep", "default", "inspection")  # sections that by themselves are one thing
_SURE: Final = 3  # names that stand in both, where the names of the files do not say that one is a copy


def without_copies(documents: Mapping[str, Document]) -> tuple[dict[str, Document], list[Problem]]:
    """The documents by the names of their files, less the copies; and one problem for each of these."""
    kept: dict[str, Document] = {}
    problems: list[Problem] = []
    said = {name: _said(document) for name, document in documents.items()}
    for name in sorted(documents, key=lambda one: (len(one), one)):
        first = next((one for one in kept if _is_copy(name, one, said)), None)
        if first is None:
            kept[name] = documents[name]
            continue
        count = len(said[name] & said[first])
        both = f"{count} names stand in both" if count > 1 else "what it says stands in both"
        what = f"this is a copy of {documents[first].file}: {both}"
        instead = "take one of them out of the folder, or give it a name that does not end in .yaml"
        problems.append(Problem(documents[name].file, 1, 1, what, instead, code=Code.BACKUP_COPY))
    return {name: document for name, document in documents.items() if name in kept}, problems


def _is_copy(name: str, first: str, said: Mapping[str, frozenset[tuple[str, str]]]) -> bool:
    both = len(said[name] & said[first])
    named_alike = PurePath(first).stem.casefold() in name.casefold()
    return both * 2 >= min(len(said[name]), len(said[first])) and both >= (1 if named_alike else _SURE)


def _said(document: Document) -> frozenset[tuple[str, str]]:
    return frozenset(_names(document))


def _names(document: Document) -> Iterable[tuple[str, str]]:
    for section in _BY_KEY:
        yield from ((section, name) for name in document.node_at(section).keys)
    for section, key in _BY_VALUE.items():
        for index in document.node_at(section).inner:
            name = document.node_at(section, index, key).value
            if isinstance(name, str):
                yield section, name.strip()
    yield from ((section, "") for section in _ALONE if section in document.node_at().keys)
