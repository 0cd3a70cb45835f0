"""The chain of the audit trail: how a line is hashed. Pure, and the same for good: old lines are checked by it.

A line's hash (SHA-256) covers the hash of the line before and all fields of its own. What it says of people is in it as a
salted digest for each field: the text and its salt can go, and the line still proves itself, while nobody can find the
text again by trying names.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

BEFORE_THE_FIRST: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it stands: `facts` and `sealed` (digests by field) are canonical JSON, hashes are 64 hexadecimal digits."""

    number: int
    at: datetime
    what: str
    request: int | None
    facts: str
    sealed: str
    previous: str
    hash: str

    @property
    def holds(self) -> bool:
        """Whether its hash is that of its content."""
        return self.hash == hash_of(
            self.number, self.at, self.what, self.request, self.facts, self.sealed, self.previous
        )


def canonical(value: Any) -> str:
    """JSON in one form: ASCII, keys in order, no spaces (as RFC 8785 has it for what stands here: texts, whole numbers)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest_of(field: str, salt: str, value: str) -> str:
    """The digest of what a line says of people in one field; the salt is random, and goes with the text."""
    return _hashed([field, salt, value])


def hash_of(  # all that a line has
    number: int, at: datetime, what: str, request: int | None, facts: str, sealed: str, previous: str
) -> str:
    """The hash of a line. `at` is aware."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return _hashed([number, moment, what, request, facts, sealed, previous])


def _hashed(fields: list[Any]) -> str:
    return hashlib.sha256(canonical(fields).encode("ascii")).hexdigest()


def as_ranges(numbers: list[int]) -> list[list[int]]:
    """Numbers as ranges, both ends included: [1, 2, 3, 7] is [[1, 3], [7, 7]]."""
    ranges: list[list[int]] = []
    for number in sorted(set(numbers)):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ranges
