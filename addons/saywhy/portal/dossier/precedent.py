"""Section 5: what was asked and decided before, for this address and its app, the nearest first."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final

from saywhy.decide.engine import Engine
from saywhy.exceptions.request import ExceptionRequest, Review, Verdict
from saywhy.policy.address import suffixes
from saywhy.portal.dossier.address import membership_of

MOST: Final = 8
type Ending = tuple[datetime, datetime | None]


class Near(IntEnum):
    """How near a precedent is, the nearest first."""

    PAGE = 0
    SITE = 1
    ABOVE = 2  # another name of the same site
    APP = 3


@dataclass(frozen=True, slots=True)
class Precedent:
    """An earlier answer. `same_people`: for the same group. `ended` is when its permit was revoked."""

    request: ExceptionRequest
    review: Review
    near: Near
    same_people: bool
    ends: datetime | None = None
    ended: datetime | None = None

    @property
    def yes(self) -> bool:
        """Whether it was a yes."""
        return self.review.verdict is not Verdict.REFUSE


def precedents(
    engine: Engine,
    asked: ExceptionRequest,
    answered: Iterable[tuple[ExceptionRequest, Review]],
    endings: Mapping[int, Ending],
) -> tuple[Precedent, ...]:
    """Those of `answered` (each with its last review, the newest first) that say something about what is asked now."""
    apps = membership_of(engine, asked.refusal).apps
    found: list[Precedent] = []
    for one, review in answered:
        near = None if one.id == asked.id else _near(engine, asked, one, apps)
        if near is not None:
            ends, ended = endings.get(one.id, (None, None))
            same_people = one.refusal.groups[:1] == asked.refusal.groups[:1]
            found.append(Precedent(one, review, near, same_people, ends, ended))
    found.sort(key=lambda one: (one.near, not one.same_people, -one.review.at.timestamp()))
    return tuple(found[:MOST])


def asked_elsewhere(
    asked: ExceptionRequest,
    deciders: Collection[str],
    waiting: Iterable[ExceptionRequest],
    before: Iterable[Precedent],
) -> tuple[tuple[ExceptionRequest, ...], tuple[Precedent, ...]]:
    """The same asked of somebody else: what waits for the site under another rule, and what other roles answered.

    `deciders` are the roles that decide on this one.
    """
    host, rule = asked.refusal.host, asked.refusal.rule
    same = (one for one in waiting if one.id != asked.id and one.refusal.host == host and one.refusal.rule != rule)
    answered = (one for one in before if one.near <= Near.SITE and one.review.role not in deciders)
    return tuple(same), tuple(answered)


def _near(engine: Engine, asked: ExceptionRequest, one: ExceptionRequest, apps: frozenset[str]) -> Near | None:
    mine, other = asked.refusal, one.refusal
    if other.host == mine.host:
        return Near.PAGE if other.url == mine.url else Near.SITE
    if other.host in suffixes(mine.host) or mine.host in suffixes(other.host):
        return Near.ABOVE
    return Near.APP if apps and not apps.isdisjoint(membership_of(engine, other).apps) else None
