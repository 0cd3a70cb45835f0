"""What rules can be about, one file each: a new file here is a new criterion, in YAML, schema, decisions, lint and diff.

The law of this room: a file has one class and, as `CRITERION`, one of it; no other file needs to know its name.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from saywhy.policy.criteria.domains import CRITERION as DOMAINS
from saywhy.policy.criterion import EVERYTHING, About, Criteria, Criterion, Key, Piece
from saywhy.policy.rule import Effect, Rule


@cache
def kinds() -> Mapping[str, Criterion]:
    """Every criterion by its key, in the order of the keys."""
    found = [import_module(f"{__name__}.{one.name}").CRITERION for one in iter_modules(__path__)]
    return {one.key: one for one in sorted(found, key=lambda one: str(one.key))}


@cache
def _in_order() -> tuple[Criterion, ...]:
    """Names first: what is looked up by each key in turn meets the host itself before what it belongs to."""
    return tuple(sorted(kinds().values(), key=lambda one: one.key != DOMAINS.key))


def pieces_of(criteria: Criteria) -> Iterator[Piece]:
    """All that a rule is about, piece by piece."""
    if criteria.everything:
        yield EVERYTHING
    for key, written in criteria.written:
        yield from kinds()[key].pieces(written)


def pieces_of_rule(rule: Rule) -> Iterator[Piece]:
    """All that a rule matches by: what it is about and, where it allows that, what that needs."""
    yield from pieces_of(rule.criteria)
    if rule.effect is Effect.ALLOW:
        for key, written in rule.criteria.written:
            yield from kinds()[key].opened(written)


def told(criteria: Criteria) -> list[str]:
    """What a rule is about, entry by entry, in words; "everything" where that is it."""
    if criteria.everything:
        return ["everything"]
    return [kinds()[key].told(one) for key, written in criteria.written for one in written]


def keys_of(about: About) -> Sequence[Key]:
    """The keys that a target has for certain, its URL included where it is known, its host's names first.

    Some may come twice.
    """
    found: list[Key] = []
    for one in _in_order():
        if about.url is not None or not one.by_url:
            found += one.keys(about)
    return found


def url_keys_of(about: About) -> Sequence[Key]:
    """Those of the keys that the URL itself gives; it has to be known."""
    return [key for one in _in_order() if one.by_url for key in one.keys(about)]


def possible_keys_of(about: About) -> Sequence[Key]:
    """The keys that a host may have, which only a path there could tell. See `sees_url` as well."""
    found: list[Key] = []
    for one in _in_order():
        found += one.possible(about)
    return found


def sees_url(criteria: Criteria) -> bool:
    """Whether a rule is about something that only a whole URL can tell, wherever it is."""
    return any(kinds()[key].by_url for key, _ in criteria.written)
