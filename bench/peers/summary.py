"""Rounds in a few figures, and figures of two proxies as a ratio."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from bench.peers.rounds import Failure, Outcome, Sample


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some rounds, the lowest and the highest."""

    low: float
    median: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Of one or more values."""
    return Spread(min(values), statistics.median(values), max(values))


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of the values that so many percent are not above (nearest rank); of one or more values."""
    return sorted(values)[max(1, ceil(len(values) * percent / 100)) - 1]


@dataclass(frozen=True, slots=True)
class Summary:
    """CPU seconds for 1,000 operations, operations a second; milliseconds of all steps of all rounds at p50 and p99."""

    cpu: Spread
    rate: Spread
    p50: float
    p99: float


def summary(samples: Sequence[Sample]) -> Summary:
    """Of one or more rounds."""
    taken = [one * 1000 for sample in samples for one in sample.taken]
    return Summary(
        spread([one.cpu_each * 1000 for one in samples]),
        spread([one.rate for one in samples]),
        percentile(taken, 50),
        percentile(taken, 99),
    )


def ratio(ours: Outcome | None, theirs: Outcome | None, what: Callable[[Sample], float]) -> Spread | None:
    """Ours divided by theirs, each round by itself, as both met the same moments; None where one has no figures."""
    if not ours or not theirs or isinstance(ours, Failure) or isinstance(theirs, Failure):
        return None
    ratios = [what(one) / what(other) for one, other in zip(ours, theirs, strict=False) if what(other)]
    return spread(ratios) if ratios else None


def cpu(sample: Sample) -> float:
    """What an operation costs, in CPU seconds."""
    return sample.cpu_each


def rate(sample: Sample) -> float:
    """Operations a second."""
    return sample.rate
