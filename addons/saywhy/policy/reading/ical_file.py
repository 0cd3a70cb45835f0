"""A calendar file: which events it has by their names, and when those of some names happen."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from functools import lru_cache
from typing import Final

from saywhy.policy.calendar import Unheld, joined
from saywhy.policy.reading.ical_events import Event, read_event, summary_of, uid_of
from saywhy.policy.reading.ical_lines import CalendarError, Component, read_components
from saywhy.policy.reading.ical_occurrences import (
    MOST_OCCURRENCES,
    MOST_SERIES,
    Occurrence,
    occurrences,
    too_many,
    unheld,
)
from saywhy.policy.reading.ical_zones import Zones

_FILES: Final = 8  # that are remembered: the folder is read anew at every change, whichever of its files it is in


def same_name(pattern: str, name: str) -> bool:
    """Whether an event's name is that of a pattern: case and blanks count for nothing, * stands for anything."""
    pieces = [" ".join(piece.split()) for piece in pattern.casefold().split("*")]
    text = " ".join(name.casefold().split())
    if len(pieces) == 1:
        return text == pieces[0]
    first, *middle, last = pieces
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


class CalendarFile:
    """Read once; days, and what names no zone, are the school's. Raises CalendarError.

    Of events that nobody asks for only the name is looked at: what is wrong with them is not the policy's business.
    """

    def __init__(self, content: bytes, school: tzinfo) -> None:
        self._school = school
        self._groups: list[tuple[Zones, list[Component]]] = []
        self.names: dict[str, None] = {}
        for calendar in read_components(content):
            zones = Zones([calendar])
            groups: defaultdict[str, list[Component]] = defaultdict(list)
            for component in calendar.inner:
                if component.name == "VEVENT":
                    groups[uid_of(component)].append(component)
                    self.names[summary_of(component)] = None
            self._groups += [(zones, group) for group in groups.values()]
        if not self.names:
            raise CalendarError(1, "the calendar has no events", "export it again, with its events")
        self._edges: dict[tuple[str, ...], tuple[float, ...]] = {}

    def edges(self, patterns: tuple[str, ...]) -> tuple[float, ...]:
        """When the events of these names happen, as the edges of a calendar; of all events for no names.

        Raises CalendarError.
        """
        if patterns not in self._edges:
            self._edges[patterns] = joined((one.start, one.end) for one in self._occurrences(patterns))
        return self._edges[patterns]

    def unheld(self, patterns: tuple[str, ...]) -> tuple[Unheld, ...]:
        """Why the events of these names are at no moment, as far as they are at none. Raises CalendarError."""
        events = (event for series in self._series(patterns) for event in series)
        found = {unheld(event) for event in events if _asked_for(patterns, event.summary)}
        return tuple(one for one in Unheld if one in found)

    def _occurrences(self, patterns: tuple[str, ...]) -> Iterator[Occurrence]:
        count = again = 0
        for series in self._series(patterns):
            again += any(event.comes_again for event in series)
            if again > MOST_SERIES:
                raise too_many(series[0].number, f"more than {MOST_SERIES:,} events of this calendar come again")
            for one in occurrences(series, self._school):
                count += 1
                if count > MOST_OCCURRENCES:
                    often = f"the events of this calendar happen more than {MOST_OCCURRENCES:,} times"
                    raise too_many(series[0].number, often)
                if _asked_for(patterns, one.summary):
                    yield one

    def _series(self, patterns: tuple[str, ...]) -> Iterator[list[Event]]:
        for zones, group in self._groups:
            if any(_asked_for(patterns, summary_of(component)) for component in group):
                try:
                    yield from list(_series(group, zones, self._school))
                except OverflowError:  # days before the first year, or after the last
                    what = "this event is at a time that no calendar can hold"
                    raise CalendarError(group[0].number, what) from None


def _asked_for(patterns: tuple[str, ...], name: str) -> bool:
    return not patterns or any(same_name(pattern, name) for pattern in patterns)


def _series(group: Sequence[Component], zones: Zones, school: tzinfo) -> Iterator[list[Event]]:
    """An event and what stands in for some of its times. Of two that say they are the same, the later version counts.

    Where they say the same of their versions as well, both count: whoever wrote them did not mean the name that way.
    """
    whole = [read_event(one, zones, school) for one in group if not one.all("RECURRENCE-ID")]
    latest = max((one.sequence for one in whole), default=0)
    whole = [one for one in whole if one.sequence == latest]
    first = whole[0] if whole else None
    instead = [read_event(one, zones, school, first) for one in group if one.all("RECURRENCE-ID")]
    yield [*whole[:1], *instead]
    yield from ([one] for one in whole[1:])


@lru_cache(_FILES)
def calendar_file(content: bytes, school: tzinfo) -> CalendarFile:
    """The file with these bytes. Raises CalendarError."""
    return CalendarFile(content, school)
