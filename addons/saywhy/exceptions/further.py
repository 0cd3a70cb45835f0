"""What a permit opens besides its first page or site: hosts that the page needs, and more pages of the same site.

A host is opened as a site is, for the same people and the same time, and it is closed again with the permit. That a page
asked for it cannot be told: a tool writes whatever Referer it likes. So each is listed, and weighed by the rules that close it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from saywhy.decide.engine import Engine
from saywhy.exceptions.reach import Reached, asked_by, reached
from saywhy.policy.grant import GrantTarget
from saywhy.policy.rule import Rule

MOST: Final = 50  # of one permit


class Because(StrEnum):
    """Why it opens with a permit."""

    NEEDED = "needed"  # the page that was asked for loads something from there
    PAGE = "page"  # asked for together with it


@dataclass(frozen=True, slots=True)
class Further:
    """A page or a site that opens with a permit; `weighed` are the terms of the rules whose closing it lifts."""

    what: GrantTarget
    because: Because
    weighed: frozenset[str] = frozenset()


def together(first: Reached, *others: Reached) -> Reached:
    """What several reach: the strictest terms of all of it."""
    if not others:
        return first
    opens = {rule.id: rule for one in (first, *others) for rule in one.opens}
    stays = {rule.id: rule for one in (first, *others) for rule in one.stays if rule.id not in opens}
    ask, apart = asked_by(tuple(opens.values()))
    return Reached(tuple(opens.values()), tuple(stays.values()), ask, apart)


def reached_with(
    engine: Engine, base: Rule, what: GrantTarget, further: Iterable[Further], groups: tuple[str, ...]
) -> Reached:
    """What a permit reaches with all that opens besides."""
    return together(reached(engine, base, what, groups), *(reached(engine, base, one.what, groups) for one in further))


def weighed(engine: Engine, base: Rule, further: Iterable[Further], groups: tuple[str, ...]) -> tuple[Further, ...]:
    """Each with the terms that are its own: none opens what only another one was weighed for."""
    return tuple(replace(one, weighed=reached(engine, base, one.what, groups).weighed) for one in further)
