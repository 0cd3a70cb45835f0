"""What a policy holds, small enough to be kept and compared: its parts by name, and how much is listed, not what."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Final

from saywhy.policy.catalogue import App, Carrier, Category, Purpose, Source
from saywhy.policy.inspection import Inspection
from saywhy.policy.policy import Policy
from saywhy.policy.reading.calendars import CALENDAR_ENDING
from saywhy.policy.reading.look import LOOK_ENDINGS
from saywhy.policy.rule import Rule

type Listing = tuple[str, str]  # "category" or "app", and its id

_NOWHERE: Final = Source("", 0)
KINDS: Final = ("group", "place", "time", "calendar", "role", "category", "app", "purpose", "correction", "carrier")


@dataclass(frozen=True, slots=True)
class Summary:
    """A policy without its listed names.

    `parts` has, by kind (see KINDS) and name, what each is; `files` the digest of every file that was read; `lists`
    the number of lines with a name in each list file; `listed` the number of names and patterns of each category
    and app, wherever they stand. What is Saywhy's own is no part of the policy, but it is counted in `listed`, since it
    takes the place of what the policy does not define any more.
    """

    revision: str
    rules: tuple[Rule, ...]
    default: Rule
    school: tuple[object, ...] = ()
    inspection: Inspection = field(default_factory=Inspection)
    parts: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, int] = field(default_factory=dict)
    listed: Mapping[Listing, int] = field(default_factory=dict)


def summary_of(policy: Policy, contents: Mapping[str, bytes]) -> Summary:
    """The summary of a policy and of the files that it was read from, by their names within the folder."""
    catalogue = policy.catalogue
    listed: Counter[Listing] = Counter()
    inline: dict[Listing, list[str]] = {}
    found = [one for every in catalogue.names.values() for one in every]
    found += [one for every in catalogue.patterns.values() for _pattern, one in every]
    for belonging in found:
        listed[belonging.kind, belonging.id] += 1
        if is_document(belonging.source.file) and not belonging.source.builtin:
            inline.setdefault((belonging.kind, belonging.id), []).append(belonging.entry)
    written = {listing: frozenset(entries) for listing, entries in inline.items()}
    return Summary(
        revision=policy.revision,
        rules=policy.rules,
        default=policy.default,
        school=(policy.school, policy.reach, policy.keep),
        inspection=policy.inspection,
        parts={
            "group": dict(policy.groups),
            "place": {str(place.network): place for place in policy.places},
            "time": {name: one for name, one in policy.times.items() if name not in policy.calendars},
            "calendar": dict(policy.calendars),
            "role": dict(policy.roles),
            "category": {
                name: (one, written.get(("category", name))) for name, one in sorted(_own(catalogue.categories).items())
            },
            "app": {
                name: (one, written.get(("app", name)), catalogue.controls_of(name))
                for name, one in sorted(_own(catalogue.apps).items())
            },
            "purpose": _own(catalogue.purposes),
            "correction": dict(catalogue.corrections),
            "carrier": _own(catalogue.carriers),
        },
        files={name: sha256(content).hexdigest() for name, content in contents.items()},
        lists={name: len(names_in(content)) for name, content in contents.items() if is_list(name)},
        listed=dict(listed),
    )


def _own[T: (Category, App, Purpose, Carrier)](parts: Mapping[str, T]) -> dict[str, T]:
    return {name: one for name, one in parts.items() if one.source is None or not one.source.builtin}


def is_document(name: str) -> bool:
    """Whether a file of the folder is one of the policy's YAML files (the others are lists, calendars, and what belongs to its look)."""
    path = PurePosixPath(name)
    return len(path.parts) == 1 and path.suffix == ".yaml"


def is_list(name: str) -> bool:
    """Whether a file of the folder is a list: neither YAML nor a calendar, nor of its look."""
    return not is_document(name) and not name.lower().endswith((CALENDAR_ENDING, *LOOK_ENDINGS))


def names_in_order(content: bytes) -> list[bytes]:
    """The names in a list file's bytes as they are written there, without comments and case."""
    found = (line.partition(b"#")[0].strip().lower() for line in content.removeprefix(b"\xef\xbb\xbf").splitlines())
    return [name for name in found if name]


def names_in(content: bytes) -> frozenset[bytes]:
    """The same, each once."""
    return frozenset(names_in_order(content))


def names_changed(old: bytes, new: bytes) -> tuple[int, int]:
    """How many names of a list file were added and how many were removed."""
    before, after = names_in(old), names_in(new)
    return len(after - before), len(before - after)


def differing_rules(old: Policy, new: Policy) -> int:
    """How many rules, the default among them, one of two policies has and the other has not, or has otherwise."""
    was, now = (
        {rule.id: replace(rule, number=0, source=_NOWHERE) for rule in (one.default, *one.rules)} for one in (old, new)
    )
    return sum(was.get(name) != now.get(name) for name in was.keys() | now.keys())
