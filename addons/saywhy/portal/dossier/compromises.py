"""Section 8: what lies between a yes and a no, ready to choose, the smallest first.

A yes among them is one that the rules of weighing take as it stands: each is put to them as if the form had been sent. What
the filter cannot hold to is not among them, and the page says so.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from saywhy.decide.engine import Engine
from saywhy.exceptions.offer import A_DATE, ANOTHER_PAGE, Chosen, Offered, page_target
from saywhy.exceptions.request import Account, ExceptionRequest, Proposal
from saywhy.exceptions.staff import open_to, staff_groups
from saywhy.exceptions.until import end_of_day
from saywhy.exceptions.verdicts import approve
from saywhy.exceptions.weighing import (
    CannotBeAsked,
    Incomplete,
    NotEntitled,
    Terms,
    access_of,
    offers_for,
)
from saywhy.explain.alternatives import address_of
from saywhy.policy.address import AddressError, canonical_url
from saywhy.policy.rule import Offer
from saywhy.portal.instead import places_instead

_MOST_INSTEAD: Final = 3
_LONGEST_NAME: Final = 80  # characters of who watches
WATCHED: Final = "watched"  # the key of the one where somebody watches
_DEVICE: Final = "device"
_A_REASON: Final = "Whoever chooses this writes why."  # an answer without a reason is none, and this one is not sent


class Sort(StrEnum):
    """What a compromise is."""

    INSTEAD = "instead"  # another place, and a no to this one
    SHOWN = "shown"  # staff can open it already, and a no to whoever asked
    GRANT = "grant"
    WATCHED = "watched"  # a grant for a lesson, with the name of who watches in its note


@dataclass(frozen=True, slots=True)
class Compromise:
    """One of them. `key` stands for it in an address; `chosen` is what it fills the form for a yes with.

    `proposal` is the permit that this would be, and `second` says whether others have to agree. `reason` fills the form
    for a no. `place` is the alternative's name, `url` its address.
    """

    key: str
    sort: Sort
    chosen: Chosen | None = None
    proposal: Proposal | None = None
    second: bool = False
    reason: str = ""
    note: str = ""
    place: str = ""
    trusted: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Compromises:
    """All of them, the smallest first. `not_had` are those that cannot be had here, as sentences."""

    found: tuple[Compromise, ...] = ()
    not_had: tuple[str, ...] = ()
    by_key: Mapping[str, Compromise] = field(default_factory=dict)

    @property
    def proposals(self) -> Mapping[str, Proposal]:
        """What each that is a yes would give."""
        return {one.key: one.proposal for one in self.found if one.proposal is not None}


_NOT_HAD: Final = (
    "With caution: a permit opens at once, without a page that explains and asks first.",
    "Read without posting: a permit opens all that is done at an address. Only a rule can close posting alone.",
)


def compromises(
    engine: Engine, terms: Terms | None, asked: ExceptionRequest, by: Account | None, now: datetime
) -> Compromises:
    """What can be chosen for a request that waits. `by` decides, within what their role may give; None: nobody who is here."""
    if terms is None:
        return Compromises()
    account = by or Account("", frozenset(engine.policy.roles))
    offers = offers_for(engine, terms, asked, now)
    found = [*_instead(engine, asked, now), *_shown(engine, asked)]
    seen: set[tuple[object, ...]] = set()
    for key, chosen in _yes(offers, asked):
        try:
            _, proposal, second = approve(engine, asked, account, chosen, _A_REASON, now)
        except (Incomplete, NotEntitled, CannotBeAsked):
            continue
        sort = Sort.WATCHED if key == WATCHED else Sort.GRANT
        same = (sort, proposal.who, proposal.what, proposal.ends)
        if same not in seen:
            seen.add(same)
            found.append(Compromise(key, sort, chosen, proposal, second))
    return Compromises(tuple(found), _NOT_HAD, {one.key: one for one in found})


def watched_by(one: Compromise, name: str) -> Compromise:
    """The compromise with the name of who watches, which its note then says to whoever asked."""
    said = " ".join(name.split())[:_LONGEST_NAME]
    return replace(one, note=f"It is open while {said} watches, in this lesson." if said else "")


def _instead(engine: Engine, asked: ExceptionRequest, now: datetime) -> Iterator[Compromise]:
    """Other places for what they may have wanted, which are open to them."""
    for number, place in enumerate(places_instead(engine, asked, now)[:_MOST_INSTEAD], 1):
        reason = f"You can use {place.name} instead: {address_of(place)}\nIt is open for you now."
        yield Compromise(
            f"instead-{number}",
            Sort.INSTEAD,
            reason=reason,
            place=place.name,
            trusted=place.trusted,
            url=address_of(place),
        )


def _shown(engine: Engine, asked: ExceptionRequest) -> Iterator[Compromise]:
    """Staff can open it already, so one of them can show it."""
    try:
        refused = access_of(engine, asked.refusal)
    except AddressError:
        return
    groups = staff_groups(engine.policy)
    if not refused.subject.groups.isdisjoint(groups):
        return
    if any(open_to(engine, refused, name) for name in groups):
        reason = "A member of staff can open this page and show it to you. Please ask the one who teaches you."
        yield Compromise("shown", Sort.SHOWN, reason=reason)


def _yes(offers: Offered, asked: ExceptionRequest) -> Iterator[tuple[str, Chosen]]:
    """Every yes worth trying, the smallest first: how much, then for whom, then for how long."""
    shortest, needed = Chosen(until=next(iter(offers.until), "")), _needed(offers, asked)
    own = [name for name in offers.who if name.removeprefix("group:") in asked.refusal.groups]
    staff = [name for name in offers.who if name not in own and name != _DEVICE]
    asker = _DEVICE if _DEVICE in offers.who else ""
    lesson = Offer.THIS_LESSON.value
    watched = lesson in offers.until  # once, with the smallest amount there is
    for name, what in _amounts(offers, asked):
        part = name.startswith("part-")  # little between a page and a site, so few of them
        for who in (asker, *staff, *own[:1]):
            if not who:
                continue
            for until in (needed,) if part or who in staff else (shortest, needed):
                key = f"{name}-{who.replace(':', '-')}-{until.until}"
                yield key, replace(what, who=who, until=until.until, date=until.date)
                if watched and who in own and until is shortest:
                    watched = False
                    yield WATCHED, replace(what, who=who, until=lesson)


def _amounts(offers: Offered, asked: ExceptionRequest) -> Iterator[tuple[str, Chosen]]:
    if "page" in offers.what:
        yield "page", Chosen(what="page")
    if offers.host is not None:
        parts = _parts(asked.refusal.url or "")
        yield from ((f"part-{number}", Chosen(what=ANOTHER_PAGE, page=one)) for number, one in enumerate(parts, 1))
    yield from ((name.replace(":", "-"), Chosen(what=name)) for name in offers.what if name != "page")


def _parts(text: str) -> list[str]:
    """The parts of a site that a page lies in, the smallest first: its folder, and the first one of the site."""
    try:
        url = canonical_url(text)
    except AddressError:
        return []
    folders = url.path.strip("/").split("/")[:-1]
    paths = ("/".join(folders[:length]) for length in range(len(folders), 0, -1))
    beginning = url.without_query.removesuffix(url.path)
    found = [f"{beginning}/{path}/" for path in paths]
    fit = [one for one in found if page_target(canonical_url(one)) is not None]
    return list(dict.fromkeys((*fit[:1], *fit[-1:])))


def _needed(offers: Offered, asked: ExceptionRequest) -> Chosen:
    """Until when it is needed, as near as what is on offer comes to that."""
    wanted = end_of_day(asked.until, offers.timezone)
    if offers.by_date and offers.now < wanted <= offers.latest:
        return Chosen(until=A_DATE, date=asked.until.isoformat())
    longer = _first(name for name, end in offers.until.items() if end >= wanted)
    return Chosen(until=longer or next(reversed(list(offers.until)), ""))


def _first(names: Iterable[str]) -> str:
    return next(iter(names), "")
