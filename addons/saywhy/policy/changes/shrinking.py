"""What a policy has lost against the one in force: a file cut short still loads, and then fewer things are closed.

Refused until somebody says that it is meant: a policy that is left with less than half of its rules or places, a
list, category or app that is left with half of its names or less (also where Saywhy's own of that name takes its
place), and a file that is gone together with something that stood in it. Nothing else of Saywhy's own counts.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from saywhy.policy.changes.summary import Summary, is_document
from saywhy.policy.problem import Problem
from saywhy.policy.reading.files import Folder
from saywhy.policy.suggest import listed

SHRUNK: Final = "shrunk"
_TOO_FEW: Final = 4  # of fewer than these, one more or less is half of them


def losses(old: Summary, new: Summary, directory: Path, instead: str) -> list[Problem]:
    """What the new policy has lost, each as a problem of code "shrunk" with this remedy; empty when nothing much."""
    folder = Folder(directory)
    found = [*_vanished(old, new), *_fewer(old, new)]
    return [
        Problem(folder.shown(name), 1, 1, f"{what} (compared with revision {old.revision})", instead, code=SHRUNK)
        for name, what in found
    ]


def _fewer(old: Summary, new: Summary) -> Iterator[tuple[str, str]]:
    """Counts that fell, each with the file to look at ("" is the folder)."""
    rules = new.rules[0].source.file if new.rules else ""
    if _lost(len(old.rules), len(new.rules)) and len(new.rules) * 2 != len(old.rules):
        yield rules, f"only {len(new.rules)} of {len(old.rules)} rules are left"
    places = (len(old.parts.get("place", {})), len(new.parts.get("place", {})))
    if _lost(*places) and places[1] * 2 != places[0]:
        yield "", f"only {places[1]} of {places[0]} places are left, and who is elsewhere belongs to no group"
    told = set()
    for name, before in old.lists.items():
        after = new.lists.get(name)
        if after is not None and _lost(before, after):
            told.add(name)
            yield name, f"only {after:,} of {before:,} names are left in this list"
    if told:
        return  # a category or an app is smaller because its list is
    for (kind, name), before in old.listed.items():
        after = new.listed.get((kind, name), 0)
        if name not in old.parts.get(kind, {}) or not _lost(before, after):
            continue
        if name in new.parts.get(kind, {}):
            yield "", f"only {after:,} of {before:,} names and patterns of the {kind} {name} are left"
        elif any(name in (rule.criteria.apps if kind == "app" else rule.criteria.categories) for rule in new.rules):
            what = f"the {kind} {name} is no longer defined here, so that Saywhy's own counts"
            yield "", f"{what}, with {after:,} in place of {before:,} names and patterns"


def _vanished(old: Summary, new: Summary) -> Iterator[tuple[str, str]]:
    gone = [name for name in old.files if name not in new.files and is_document(name)]
    if not gone:
        return
    kept = {rule.id for rule in new.rules}
    missing = [f"rule {rule.id}" for rule in old.rules if rule.id not in kept]
    for kind, parts in old.parts.items():
        missing += [f"{kind} {name}" for name in parts if name not in new.parts.get(kind, {})]
    if missing:
        yield gone[0], f"{listed(gone)} is gone, and with it: {listed(missing)}"


def _lost(before: int, after: int) -> bool:
    """Whether half of it or more is gone; all of it, where there was little."""
    return after * 2 <= before if before >= _TOO_FEW else before > after == 0
