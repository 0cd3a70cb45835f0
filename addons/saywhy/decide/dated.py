"""Sets, as bits of a number, that hold from one moment to another: which hold now is looked up, not asked of each."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from saywhy.policy.period import Period


class Dated:
    """Immutable once built. Between two moments at which something begins or ends nothing changes."""

    __slots__ = ("_held", "_starts")

    def __init__(self, sets: Mapping[Period, int], undated: int) -> None:
        """`sets` are disjoint, each under the period in which it holds; `undated` holds always."""
        changes: defaultdict[float, int] = defaultdict(int)
        now = undated
        for period, bits in sets.items():
            start, end = period.start, period.end
            if start is not None and end is not None and end <= start:
                continue
            if start is None:
                now |= bits
            else:
                changes[start.timestamp()] ^= bits
            if end is not None:
                changes[end.timestamp()] ^= bits
        self._starts = sorted(changes)
        self._held = [now]
        for start_at in self._starts:
            now ^= changes[start_at]
            self._held.append(now)

    def held(self, at: datetime) -> int:
        """What holds at an aware moment."""
        return self._held[bisect_right(self._starts, at.timestamp())]
