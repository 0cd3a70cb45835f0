"""What rules can be about, one file each: a new file here is a new criterion, in YAML, schema, decisions, lint and diff.

The law of this room: a file has one class and, as `CRITERION`, one of it; no other file needs to know its name.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from saywhy.policy.criterion import EVERYTHING, About, Criteria, Criterion, Key, Piece


@cache
def kinds() -> Mapping[str, Criterion]:
    """Every criterion by its key, in the order of the keys."""
    found = [import_module(f"{__name__}.{one.name}").CRITERION for one in iter_modules(__path__)]
    return {one.key: one for one in sorted(found, key=lambda one: str(one.key))}


def pieces_of(criteria: Criteria) -> Iterator[Piece]:
    """All that a rule is about, piece by piece."""
    if criteria.everything:
        yield EVERYTHING
    for key, written in criteria.written:
        yield from kinds()[key].pieces(written)


def told(criteria: Criteria) -> list[str]:
    """What a rule is about, entry by entry, in words; "everything" where that is it."""
    if criteria.everything:
        return ["everything"]
    return [kinds()[key].told(one) for key, written in criteria.written for one in written]


def keys_of(about: About) -> Iterator[Key]:
    """The keys that a target has for certain, its URL included where it is known; some may come twice."""
    for one in kinds().values():
        if about.url is not None or not one.by_url:
            yield from one.keys(about)


def url_keys_of(about: About) -> Iterator[Key]:
    """Those of the keys that the URL itself gives; it has to be known."""
    for one in kinds().values():
        if one.by_url:
            yield from one.keys(about)


def possible_keys_of(about: About) -> Iterator[Key]:
    """The keys that a host may have, which only a path there could tell. See `sees_url` as well."""
    for one in kinds().values():
        yield from one.possible(about)


def sees_url(criteria: Criteria) -> bool:
    """Whether a rule is about something that only a whole URL can tell, wherever it is."""
    return any(kinds()[key].by_url for key, _ in criteria.written)
