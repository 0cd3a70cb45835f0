"""Figures that are counted with every request: gathered in plain numbers, and written now and then.

A series of prometheus-client's takes a lock and writes to a shared file with each count; a request has five of them.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable

from prometheus_client import Counter, Gauge, Histogram


class Gathered:
    """Belongs to one thread, which counts and writes."""

    def __init__(self) -> None:
        self._counts: defaultdict[Counter | Gauge, float] = defaultdict(float)
        self._added: dict[Counter, _Added] = {}
        self._observed: dict[Histogram, _Observed] = {}

    def add(self, series: Counter | Gauge, amount: float) -> None:
        """Count something."""
        self._counts[series] += amount

    def observe(self, histogram: Histogram, value: float) -> None:
        """Count a value in its bucket."""
        self.observing(histogram)(value)

    def adding(self, series: Counter) -> Callable[[float], None]:
        """What adds to a series: for whoever counts often, without a look-up."""
        added = self._added.get(series)
        if added is None:
            added = self._added[series] = _Added(series)
        return added.add

    def observing(self, histogram: Histogram) -> Callable[[float], None]:
        """What counts a value in its bucket."""
        observed = self._observed.get(histogram)
        if observed is None:
            observed = self._observed[histogram] = _Observed(histogram)
        return observed.add

    def write(self) -> None:
        """Add what was gathered to the series, and begin anew."""
        counts, self._counts = self._counts, defaultdict(float)
        for series, amount in counts.items():
            series.inc(amount)
        for added in self._added.values():
            added.write()
        for observed in self._observed.values():
            observed.write()


class _Added:
    """What came to one series."""

    __slots__ = ("_amount", "_series")

    def __init__(self, series: Counter) -> None:
        self._series = series
        self._amount = 0.0

    def add(self, amount: float) -> None:
        self._amount += amount

    def write(self) -> None:
        if self._amount:
            amount, self._amount = self._amount, 0.0
            self._series.inc(amount)


class _Observed:
    """The values of one histogram, by bucket."""

    def __init__(self, histogram: Histogram) -> None:
        self._histogram = histogram
        self._bounds = histogram._upper_bounds[:-1]  # noqa: SLF001 — the last bucket has none
        self._buckets: defaultdict[int, int] = defaultdict(int)
        self._sum = 0.0

    def add(self, value: float) -> None:
        self._buckets[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def write(self) -> None:
        buckets, self._buckets = self._buckets, defaultdict(int)
        total, self._sum = self._sum, 0.0
        for number, count in buckets.items():
            self._histogram._buckets[number].inc(count)  # noqa: SLF001 — `observe` takes one value at a time
        if total:
            self._histogram._sum.inc(total)  # noqa: SLF001
