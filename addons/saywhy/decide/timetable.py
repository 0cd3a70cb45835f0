"""The week cut where something begins or ends to hold, so that a moment is looked up instead of asking every rule."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Final

from saywhy.policy.school import Span, Times

_SECOND: Final = 1_000_000
_DAY: Final = 24 * 60 * 60 * _SECOND
_WEEK: Final = 7 * _DAY


class Timetable:
    """Sets, as bits of a number, that hold at some times of the week. Immutable once built.

    A moment lies in one segment of the week; within a segment nothing changes. Segments are numbered from 0 and end
    at midnight at the latest.
    """

    __slots__ = ("_held", "starts")

    def __init__(self, sets: Mapping[tuple[str, ...], int], times: Mapping[str, Times]) -> None:
        """`sets` are disjoint, each under the names of the times at any of which it holds."""
        changes: defaultdict[int, int] = defaultdict(int)
        for names, bits in sets.items():
            for start, end in _joined(span for name in names for span in times[name].spans):
                changes[start] ^= bits
                changes[end] ^= bits
        # each day begins a segment, so that "later today" means the same all through one
        days = (day * _DAY for day in range(7)) if changes else (0,)
        self.starts = tuple(sorted({*days, *changes} - {_WEEK}))  # microseconds since Monday's midnight, on the wall
        held: list[int] = []
        now = 0
        for start in self.starts:
            now ^= changes.get(start, 0)
            held.append(now)
        self._held = tuple(held)

    def segment(self, local: datetime) -> int:
        """The segment in which a moment, given in the school's own time zone, lies."""
        if len(self.starts) == 1:
            return 0
        return bisect_right(self.starts, local.weekday() * _DAY + _of_day(local)) - 1

    def held(self, segment: int) -> int:
        """What holds all through a segment."""
        return self._held[segment]


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
