"""The school itself: its groups, places, roles and times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final
from zoneinfo import ZoneInfo

from saywhy.policy.calendar import Calendar
from saywhy.policy.caps import UNBOUNDED, Most
from saywhy.policy.look import NO_LOOK, Look
from saywhy.policy.patience import Patience
from saywhy.policy.reader import Reader

type Network = IPv4Network | IPv6Network
type Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class School:
    """Name, time zone (IANA) and languages (BCP 47, the first is the default).

    `look` is how its pages look; `answer_within` are the hours of school in which a request is to be answered, where its rule says nothing else.
    """

    name: str
    timezone: ZoneInfo
    languages: tuple[str, ...] = ("en",)
    answer_within: timedelta | None = None
    look: Look = NO_LOOK


@dataclass(frozen=True, slots=True)
class Group:
    """People who are treated alike. `within` names every group that these people belong to as well, already closed.

    `label` is for those who keep the filter and those who decide; pages for everyone say `public` alone, where there is one.
    """

    id: str
    label: str
    reader: Reader | None
    within: frozenset[str] = frozenset()
    public: str = ""
    language: str = ""  # BCP 47; what these people read first, whatever their browser says


@dataclass(frozen=True, slots=True)
class Role:
    """Who owns rules and decides on requests: "it", "safeguarding". The title is what pages say.

    `deputy` is the role that may decide as well once half the time for an answer is over; empty: none. A role that
    `reads` sees requests and decides nothing. `most` is what it may give.
    """

    id: str
    title: str
    deputy: str = ""
    reads: bool = False
    most: Most = UNBOUNDED


@dataclass(frozen=True, slots=True)
class Place:
    """A network and the groups that its devices belong to, the most telling group first.

    `shared`: many people come from one address of it (NAT, a proxy), so an address is no device.
    """

    name: str
    network: Network
    groups: tuple[str, ...]
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A weekly window: days (0 is Monday) and from ≤ t < until. Where until ≤ from, it ends on the next day."""

    days: frozenset[int]
    start: time
    until: time

    def covers(self, local: datetime) -> bool:
        """Whether a moment, given in the school's own time zone, lies inside."""
        now = local.time()
        if self.start < self.until:
            return local.weekday() in self.days and self.start <= now < self.until
        if now >= self.start:
            return local.weekday() in self.days
        return now < self.until and (local - timedelta(days=1)).weekday() in self.days

    def end_at(self, local: datetime) -> datetime | None:
        """When it ends that goes on at this moment, given in the school's own time zone; None where none does."""
        if not self.covers(local):
            return None
        tomorrow = self.until <= self.start <= local.time()
        return datetime.combine(local.date() + timedelta(days=tomorrow), self.until, tzinfo=local.tzinfo)


WHOLE_WEEK: Final = Span(frozenset(range(7)), time(), time())


@dataclass(frozen=True, slots=True)
class Times:
    """A name for some spans: "lessons", "lunch".

    It holds in them where one of the calendars in `only` does, if it names any, and none of those in `without`. A
    calendar stands under its own name among the times, too: the whole week, and only that calendar.
    `calendars` has what is named; what they hold is no part of what the times say.
    """

    id: str
    label: str
    spans: tuple[Span, ...] = (WHOLE_WEEK,)
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    calendars: Mapping[str, Calendar] = field(default_factory=dict, compare=False, repr=False)

    def cover(self, local: datetime) -> bool:
        """Whether one of the spans covers the moment, given in the school's own time zone, and the calendars let it."""
        return any(span.covers(local) for span in self.spans) and self.kept_by(local) is None

    def kept_by(self, at: datetime) -> str | None:
        """The calendar that keeps it from holding at an aware moment; None where none does."""
        for name in self.without:
            if self.calendars[name].covers(at):
                return name
        if self.only and not any(self.calendars[name].covers(at) for name in self.only):
            return self.only[0]
        return None

    def end_at(self, local: datetime) -> datetime | None:
        """When the first of its spans that go on ends, or a calendar ends it; None where it does not hold.

        The moment is given in the school's own time zone, and so is the answer.
        """
        if not self.cover(local):
            return None
        end = min(end for span in self.spans if (end := span.end_at(local)) is not None)
        for edge in self.edges_between(local, end):
            if self.kept_by(edge) is not None:
                return edge.astimezone(local.tzinfo)
        return end

    def edges_between(self, start: datetime, end: datetime) -> list[datetime]:
        """The moments (UTC) after `start` and up to `end` at which one of its calendars begins or ends."""
        named = dict.fromkeys((*self.only, *self.without))
        return sorted({edge for name in named for edge in self.calendars[name].edges_between(start, end)})


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be opened at all, whatever the rules say.

    `ports` are the only ones that are answered; `addresses` are the private networks, and the addresses written as
    numbers, that may be opened although such are refused otherwise; `patience` is how long an answer may take to begin.
    """

    ports: frozenset[int] = frozenset({80, 443})
    addresses: tuple[Network, ...] = ()
    patience: Patience = field(default_factory=Patience)

    def names(self, address: Address) -> bool:
        """Whether policy names this address as one that may be opened."""
        return any(address.version == network.version and address in network for network in self.addresses)


def is_lesson(name: str) -> bool:
    """Whether times of this name are lessons: `lessons` or `lesson`, also with more behind a dash (`lessons-lower`)."""
    return name.partition("-")[0] in ("lesson", "lessons")


def most_specific_first(places: Sequence[Place]) -> tuple[Place, ...]:
    """Places ordered so that the first that contains an address is the narrowest; equals keep their order."""
    return tuple(sorted(places, key=lambda place: -place.network.prefixlen))
