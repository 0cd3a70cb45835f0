"""How long what people asked, and what they met, is kept."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

# A month has 30 days here, and a year 365.
_DAYS: Final = {"day": 1, "week": 7, "month": 30, "year": 365}
_WRITTEN: Final = re.compile(r"([1-9][0-9]{0,3}) ?(day|week|month|year)s?")
USUAL_BLOCKS: Final = timedelta(days=30)
USUAL_REQUESTS: Final = timedelta(days=365)
USUAL_LOG: Final = timedelta(days=30)
BLOCKS_BETWEEN: Final = timedelta(days=1), timedelta(days=366)
REQUESTS_BETWEEN: Final = timedelta(days=30), timedelta(days=7 * 365)
LOG_BETWEEN: Final = timedelta(days=1), timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Keep:
    """Blocks that were met, from their day on; requests, from when they and their permits were over; the logs, by day."""

    blocks: timedelta = USUAL_BLOCKS
    requests: timedelta = USUAL_REQUESTS
    log: timedelta = USUAL_LOG  # of decisions, and of handshakes that came to nothing

    def __str__(self) -> str:
        return f"blocks for {self.blocks.days} days, requests for {self.requests.days} days, the log for {self.log.days} days"


def read_duration(text: str) -> timedelta:
    """Whole days from "30 days", "2 weeks", "6 months", "1 year". Raises ValueError for anything else."""
    written = _WRITTEN.fullmatch(" ".join(text.lower().split()))
    if written is None:
        raise ValueError(text)
    return timedelta(days=int(written[1]) * _DAYS[written[2]])
