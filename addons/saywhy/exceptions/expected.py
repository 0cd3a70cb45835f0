"""By when an answer can be expected: the median of what such answers took, where there are enough of them."""

from collections.abc import Sequence
from datetime import timedelta
from statistics import median
from typing import Final

ENOUGH: Final = 5  # answers, before a time is told to anybody


def usual_time(took: Sequence[timedelta]) -> timedelta | None:
    """Within what time half of these answers came; None where there are too few to say so."""
    return timedelta(seconds=median(one.total_seconds() for one in took)) if len(took) >= ENOUGH else None
