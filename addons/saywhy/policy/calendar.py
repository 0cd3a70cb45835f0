"""A school's calendar: when its terms, holidays or weeks are, as stretches of time that neither meet nor overlap."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import batched, pairwise
from typing import Final

FIRST_YEAR: Final = 2020  # of the years that a policy looks at
LAST_YEAR: Final = 2049


class Unheld(StrEnum):
    """Why an event is at no moment: a closed set, as it is told after "its events are"."""

    CANCELLED = "cancelled"
    NO_LENGTH = "over at the moment at which they begin"
    LEFT_OUT = "left out of their series"
    OUTSIDE = f"outside of the years {FIRST_YEAR} to {LAST_YEAR}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Some events of a calendar file. Two that cover the same moments are equal, whatever else changed in the file.

    `edges` are seconds since 1970: where a stretch begins, where it ends, where the next begins, and so on. Where there are
    none, `unheld` says why.
    """

    id: str
    label: str
    edges: tuple[float, ...] = field(default=(), repr=False)
    file: str = ""
    unheld: tuple[Unheld, ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        """Hold what looking up rests on."""
        if len(self.edges) % 2 or any(one >= other for one, other in pairwise(self.edges)):
            raise ValueError("the edges of a calendar come in pairs, each later than the one before")

    def covers(self, at: datetime) -> bool:
        """Whether an aware moment lies in one of its events."""
        return bisect_right(self.edges, at.timestamp()) % 2 == 1

    @property
    def stretches(self) -> tuple[tuple[datetime, datetime], ...]:
        """From when until when (UTC) one event follows another without a gap, in order."""
        return tuple((_moment(start), _moment(end)) for start, end in batched(self.edges, 2, strict=True))

    @property
    def ends(self) -> datetime | None:
        """When the last event is over (UTC); None where there is none."""
        return _moment(self.edges[-1]) if self.edges else None

    def edges_between(self, start: datetime, end: datetime) -> tuple[datetime, ...]:
        """The moments (UTC) after `start` and up to `end` at which it begins or ends."""
        first, last = bisect_right(self.edges, start.timestamp()), bisect_right(self.edges, end.timestamp())
        return tuple(map(_moment, self.edges[first:last]))

    def end_at(self, at: datetime) -> datetime | None:
        """When the stretch ends (UTC) that goes on at an aware moment; None where none does."""
        found = bisect_right(self.edges, at.timestamp())
        return _moment(self.edges[found]) if found % 2 else None

    def beside(self, other: "Calendar") -> tuple[tuple[datetime, datetime], ...]:
        """The stretches (UTC) that are in this one and not in the other."""
        found: list[tuple[datetime, datetime]] = []
        for start, end in batched(self.edges, 2, strict=True):
            first, last = bisect_right(other.edges, start), bisect_left(other.edges, end)
            cuts = (*((start,) if first % 2 == 0 else ()), *other.edges[first:last], *((end,) if last % 2 == 0 else ()))
            found += [(_moment(one), _moment(until)) for one, until in batched(cuts, 2, strict=True) if one < until]
        return tuple(found)


def joined(stretches: Iterable[tuple[datetime, datetime]]) -> tuple[float, ...]:
    """The edges of stretches that may overlap, between aware moments in any order."""
    edges: list[float] = []
    for start, end in sorted((start.timestamp(), end.timestamp()) for start, end in stretches):
        if start >= end:
            continue
        if edges and start <= edges[-1]:
            edges[-1] = max(edges[-1], end)
        else:
            edges += [start, end]
    return tuple(edges)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
