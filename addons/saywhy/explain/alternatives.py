"""Alternatives, kept only where the filter itself lets this very person go, now, and where they suit who reads."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from saywhy.decide.access import Access, Target
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.explain.explanation import DroppedAlternative, OpenPurpose
from saywhy.policy.catalogue import Alternative, Purpose
from saywhy.policy.policy import Policy
from saywhy.policy.reader import Reader
from saywhy.policy.school_day import lesson_times

MOST_PLACES: Final = 3  # on one page
_GAMES: Final = "games"  # the category
_OPENABLE: Final = ("http", "https")  # what a link on a page leads to


class Unfit(StrEnum):
    """Why a place that is open is not offered."""

    AGE = "age"  # it is for others
    LESSON = "lesson"  # it is for breaks
    ROOM = "room"  # there are enough, or it stands there already


def surviving(
    engine: Engine, grants: Grants, access: Access, purposes: Iterable[str], *, about_games: bool = False
) -> tuple[tuple[OpenPurpose, ...], tuple[DroppedAlternative, ...]]:
    """The purposes with places that are open to the access's subject at its moment, and the places that are not.

    At most MOST_PLACES in all, one of each purpose before a second of any, none twice; a purpose with no place left is passed
    over. `about_games` says that what was refused is a game. Looking ends when there is enough, so `dropped` holds what was
    met on the way.
    """
    known = [engine.policy.catalogue.purposes[name] for name in purposes]
    resting = may_play(engine.policy, access, about_games=about_games)
    dropped: list[DroppedAlternative] = []
    seen: set[str] = set()
    picked: dict[str, list[Alternative]] = {purpose.id: [] for purpose in known}
    turns = [(purpose, _open(engine, grants, access, purpose, dropped, resting=resting)) for purpose in known]
    while turns and len(seen) < MOST_PLACES:
        left = []
        for purpose, places in turns:
            place = next((one for one in places if _key(one) not in seen), None)
            if place is None or len(seen) == MOST_PLACES:
                continue
            seen.add(_key(place))
            picked[purpose.id].append(place)
            left.append((purpose, places))
        turns = left
    told = (OpenPurpose(one.id, one.label, tuple(picked[one.id])) for one in known if picked[one.id])
    return tuple(told), tuple(dropped)


def _open(
    engine: Engine,
    grants: Grants,
    access: Access,
    purpose: Purpose,
    dropped: list[DroppedAlternative],
    *,
    resting: bool,
) -> Iterator[Alternative]:
    level = ages_read(engine.policy, access)
    for alternative in purpose.alternatives:
        if not alternative.ages.suit(level) or (purpose.in_breaks and not resting):
            continue
        decision = _decided(engine, grants, access, alternative)
        if not decision.allowed:
            dropped.append(DroppedAlternative(purpose.id, alternative, decision))
        elif alternative.url.scheme in _OPENABLE and (resting or not _is_game(decision)):
            yield alternative


def unfit(
    engine: Engine, grants: Grants, access: Access, purpose: str, place: Alternative, *, about_games: bool
) -> Unfit:
    """Why a place of a purpose that is neither told nor closed is not offered."""
    resting = may_play(engine.policy, access, about_games=about_games)
    if not place.ages.suit(ages_read(engine.policy, access)):
        return Unfit.AGE
    games = engine.policy.catalogue.purposes[purpose].in_breaks or _is_game(_decided(engine, grants, access, place))
    return Unfit.LESSON if games and not resting else Unfit.ROOM


def may_play(policy: Policy, access: Access, *, about_games: bool) -> bool:
    """Whether a game can be offered: not in a lesson; and where the policy knows no lessons, not to whom a game was refused."""
    lessons = lesson_times(policy)
    if not lessons:
        return not about_games
    local = access.at.astimezone(policy.school.timezone)
    return not any(times.cover(local) for times in lessons)


def ages_read(policy: Policy, access: Access) -> Reader:
    """The level that tells how old they are: easy-read does not, and another of their groups may."""
    if access.subject.reader is not Reader.EASY_READ:
        return access.subject.reader
    groups = (policy.groups.get(name) for name in access.subject.named_groups)
    levels = [Reader.EASY_READ if group is None or group.reader is None else group.reader for group in groups]
    return next((level for level in levels if level is not Reader.EASY_READ), Reader.EASY_READ)


def is_about_games(decision: Decision) -> bool:
    """Whether what was refused was refused as a game."""
    rule = decision.rule
    return _is_game(decision) or (rule is not None and _GAMES in rule.criteria.categories)


def address_of(alternative: Alternative) -> str:
    """The whole URL of an alternative, query included."""
    url = alternative.url
    return url.without_query + (f"?{url.query}" if url.query else "")


def _decided(engine: Engine, grants: Grants, access: Access, place: Alternative) -> Decision:
    url = place.url
    return decide(engine, grants, Access(access.subject, Target(url.host, url.port, url), access.at))


def _is_game(decision: Decision) -> bool:
    return _GAMES in decision.membership.categories


def _key(place: Alternative) -> str:
    return address_of(place)
