"""The week cut where something begins or ends to hold, so that a moment is looked up instead of asking every rule."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Final

from saywhy.policy.calendar import Calendar
from saywhy.policy.school import Span, Times

_SECOND: Final = 1_000_000
_DAY: Final = 24 * 60 * 60 * _SECOND
_WEEK: Final = 7 * _DAY


class Timetable:
    """Sets, as bits of a number, that hold at some times. Immutable once built.

    A moment lies in one segment: of the week and, where times name calendars, of what these hold. Within a segment nothing
    changes. Segments are numbered from 0 and end at midnight at the latest. Of calendars, every combination that there is
    has the week's segments once more; which one a moment has is looked up among the moments at which a calendar changes.
    """

    __slots__ = ("_combinations", "_edges", "_running", "_sets", "_weekly", "starts")

    def __init__(self, sets: Mapping[tuple[str, ...], int], times: Mapping[str, Times]) -> None:
        """`sets` are disjoint, each under the names of the times at any of which it holds."""
        names = sorted({name for named in sets for name in named})
        by_name: defaultdict[str, int] = defaultdict(int)
        for named, bits in sets.items():
            for name in named:
                by_name[name] |= bits
        self._sets = tuple(by_name[name] for name in names)  # what holds at each of the times
        changes: defaultdict[int, int] = defaultdict(int)
        for number, name in enumerate(names):
            for start, end in _joined(times[name].spans):
                changes[start] ^= 1 << number
                changes[end] ^= 1 << number
        # each day begins a segment, so that "later today" means the same all through one
        days = (day * _DAY for day in range(7)) if changes else (0,)
        self.starts = tuple(sorted({*days, *changes} - {_WEEK}))  # microseconds since Monday's midnight, on the wall
        weekly: list[int] = []
        now = 0
        for start in self.starts:
            now ^= changes.get(start, 0)
            weekly.append(now)
        self._weekly = tuple(weekly)  # the times, as bits, whose spans cover each segment
        self._compile_calendars([times[name] for name in names])

    def _compile_calendars(self, times: list[Times]) -> None:
        calendars: dict[str, Calendar] = {}
        for one in times:
            calendars |= {name: one.calendars[name] for name in (*one.only, *one.without)}
        order = {name: number for number, name in enumerate(calendars)}
        changes: defaultdict[float, int] = defaultdict(int)
        for name, calendar in calendars.items():
            for edge in calendar.edges:
                changes[edge] ^= 1 << order[name]
        self._edges = sorted(changes)
        wanted = [(_bits(order, one.only), _bits(order, one.without)) for one in times]
        found: dict[int, int] = {}  # a combination of calendars: its number
        now = 0
        combinations = [found.setdefault(now, 0)]
        for edge in self._edges:
            now ^= changes[edge]
            combinations.append(found.setdefault(now, len(found)))
        self._combinations = combinations
        self._running = tuple(  # the times, as bits, that each combination lets hold
            sum(
                1 << number
                for number, (only, without) in enumerate(wanted)
                if (not only or only & held) and not without & held
            )
            for held in found
        )

    def segment(self, local: datetime) -> int:
        """The segment in which a moment, given in the school's own time zone, lies."""
        if len(self.starts) == 1:
            return 0
        of_week = bisect_right(self.starts, local.weekday() * _DAY + _of_day(local)) - 1
        if not self._edges:
            return of_week
        return of_week + len(self.starts) * self._combinations[bisect_right(self._edges, local.timestamp())]

    def held(self, segment: int) -> int:
        """What holds all through a segment."""
        combination, of_week = divmod(segment, len(self.starts))
        times = self._weekly[of_week] & self._running[combination]
        held = 0
        while times:
            last = times & -times
            held |= self._sets[last.bit_length() - 1]
            times ^= last
        return held


def _bits(order: Mapping[str, int], names: Iterable[str]) -> int:
    bits = 0
    for name in names:
        bits |= 1 << order[name]
    return bits


def _of_day(clock: datetime | time) -> int:
    return ((clock.hour * 60 + clock.minute) * 60 + clock.second) * _SECOND + clock.microsecond


def _joined(spans: Iterable[Span]) -> list[tuple[int, int]]:
    """The spans as stretches of one week that neither meet nor overlap, in order: from ≤ t < until."""
    stretches: list[tuple[int, int]] = []
    for span in spans:
        start, until = _of_day(span.start), _of_day(span.until)
        for day in span.days:
            begin = day * _DAY + start
            end = day * _DAY + until + (0 if start < until else _DAY)
            stretches.append((begin, min(end, _WEEK)))
            if end > _WEEK:
                stretches.append((0, end - _WEEK))
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(stretches):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif begin < end:
            joined.append((begin, end))
    return joined
