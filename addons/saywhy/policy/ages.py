"""For whom a place is: from an age on, or between two."""

import re
from dataclasses import dataclass
from typing import Final

from saywhy.policy.reader import Reader

_WRITTEN: Final = re.compile(r"(\d{1,2}) ?(?:[-\u2013] ?(\d{1,2})|\+)", re.ASCII)
_OLDEST: Final = 99


@dataclass(frozen=True, slots=True)
class Ages:
    """Whole years. `until` is the oldest; None: there is none."""

    start: int = 0
    until: int | None = None

    def __post_init__(self) -> None:
        if self.until is not None and self.until <= self.start:
            raise ValueError("the second age has to be above the first")

    def __str__(self) -> str:
        return f"{self.start}+" if self.until is None else f"{self.start}-{self.until}"

    def suit(self, reader: Reader) -> bool:
        """Whether a place is for those who read at a level: for the youngest of them, and not up to their age alone."""
        return all(self.start <= age < (_OLDEST if self.until is None else self.until) for age in reader.youngest)


EVERY_AGE: Final = Ages()


def read_ages(text: str) -> Ages:
    """Ages from "7-11" or "13+". Raises ValueError."""
    written = _WRITTEN.fullmatch(" ".join(text.split()))
    if written is None:
        raise ValueError(text)
    return Ages(int(written[1]), None if written[2] is None else int(written[2]))
