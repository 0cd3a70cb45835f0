"""Files that may have been cut off: those that lost their end, and something with it, against what is in force.

A file cut off at the border of a rule is a valid policy without its last rules, and a list cut off at the end of a line is
a valid list. A writer that was ended, that stalls, or whose disk is full leaves exactly that. Whoever deletes the last rule
on purpose leaves the same, so this is a suspicion and no mistake: the file is held back until it has stood unchanged for
longer, or somebody says that it is meant.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from saywhy.policy.changes.summary import is_document, is_list, names_in_order
from saywhy.policy.reading.yaml12 import Document, Node, read_yaml
from saywhy.policy.suggest import listed

CUT_SHORT: Final = "cut-short"
_MOST_NAMED: Final = 5
_SECTION: Final = "section "

type Contents = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class CutShort:
    """A file that may have been cut off: its name within the folder, its last line (from 1), and what is gone."""

    file: str
    line: int
    what: str


@dataclass(frozen=True, slots=True)
class _Part:
    """A rule, a place, another named part or a section of its own: what it is called, and its lines without comments."""

    label: str
    lines: tuple[str, ...]


def cut_short(old: Contents, new: Contents) -> list[CutShort]:
    """The files of which the end is gone, and with it something that stands nowhere else. Takes files that load."""
    parts = {name: _parts(content) for name, content in new.items() if is_document(name)}
    kept = {part.label for some in parts.values() for part in some}
    found = []
    for name in sorted(new):
        if name not in old or old[name] == new[name]:
            continue
        if name in parts:
            what = _of_document(_parts(old[name]), parts[name], kept)
        elif not is_list(name):
            continue  # a calendar says itself where it ends
        else:
            what = _of_list(names_in_order(old[name]), names_in_order(new[name]))
        if what:
            found.append(CutShort(name, max(1, len(new[name].splitlines())), what))
    return found


def _of_document(before: list[_Part], after: list[_Part], kept: set[str]) -> str:
    if not before or not after:  # no document at all; reading says so
        return ""
    last = after[-1]
    lost = [part.label for part in before if part.label not in kept]
    if lost and last.label != before[-1].label:
        named = [label for label in lost if not label.startswith(_SECTION)] or lost  # those within say it
        rest = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
        return f"{listed(named[:_MOST_NAMED])}{rest}"
    same = next((part for part in before if part.label == last.label), None)
    return f"the end of {last.label}" if same is not None and _cut(same.lines, last.lines) else ""


def _cut(old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    """Whether these lines are others without their end: exactly so or, where they were changed as well, by their number."""
    if new == old:
        return False
    return "\n".join(old).startswith("\n".join(new)) or (len(new) < len(old) and new[-1:] != old[-1:])


def _of_list(before: list[bytes], after: list[bytes]) -> str:
    if not before or before[-1] in (kept := set(after)):
        return ""
    lost = len(set(before) - kept)
    return "its last name" if lost == 1 else f"its last name and {lost - 1:,} more"


def _parts(content: bytes) -> list[_Part]:
    document = read_yaml(content, "")
    if document.root is None:
        return []
    lines = content.decode("utf-8-sig", "replace").splitlines()
    places = sorted(_places(document))
    starts = [*(line for line, *_ in places), len(lines) + 1]
    return [
        _Part(label, _written(lines[start - 1 : end - 1]))
        for (*_, label), (start, end) in zip(places, pairwise(starts), strict=True)
    ]


def _places(document: Document) -> Iterator[tuple[int, int, str]]:
    """Where each part begins (line, column, both from 1), with what it is called."""
    for section, place in document.node_at().keys.items():
        yield *place, f"{_SECTION}{section}"
        node = document.node_at(section)
        if isinstance(node.value, list):
            for index, item in node.inner.items():
                yield item.line, item.column, f"{section.removesuffix('s')} {_called(item, index)}"
        else:
            for name, inner in node.keys.items():
                yield *inner, f"{section}: {name}"


def _called(item: Node, index: object) -> str:
    for key in ("id", "name", "network"):
        if key in item.inner:
            return item.inner[key].text
    return item.text or str(index)


def _written(lines: list[str]) -> tuple[str, ...]:
    stripped = (line.rstrip() for line in lines)
    return tuple(line for line in stripped if line and not line.lstrip().startswith("#"))
