"""What is known of the use that is made of an address: posting, uploading, a kind of file."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from saywhy.policy.criterion import Key
from saywhy.policy.uses import FILE_USES, NO_USES, POSTING, UPLOADS, read_use

READING_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # safe ones, RFC 9110 section 9.2.1


@dataclass(frozen=True, slots=True)
class Use:
    """`certain` is what it is; while it is not `settled`, the answer could still turn out to be any kind of file."""

    certain: frozenset[Key] = NO_USES
    settled: bool = False

    def answered(self, kinds: Iterable[Key]) -> "Use":
        """The use once the answer is known to be these kinds of file, or none."""
        return Use(self.certain | frozenset(kinds), settled=True)


READING: Final = Use()


def use_refused(uses: frozenset[Key]) -> Use:
    """The use of what a rule for these uses refused, as far as that tells."""
    return Use(uses | {POSTING} if UPLOADS in uses else uses, settled=True)


def use_logged(method: str, names: Iterable[str], *, blocked: bool) -> Use:
    """The use that a line of the decision log tells: its method, and what it names.

    What was let through, and where no file is named, may have been any; what was refused for a file is known.
    """
    named = frozenset(use for one in names if (use := read_use(one)) is not None)
    files = named & FILE_USES
    return Use(use_of_request(method).certain | named, settled=bool(files) and blocked)


_POSTING: Final = Use(frozenset({POSTING}))
_UPLOADING: Final = Use(frozenset({POSTING, UPLOADS}))
HIDDEN_FILE: Final = Use(FILE_USES, settled=True)


def use_of_request(method: str, *, uploads: bool = False, carries: bool = False) -> Use:
    """The use by a request's method. `carries`: it has a body, or opens a way to send (a WebSocket)."""
    if uploads:
        return _UPLOADING
    return READING if method.upper() in READING_METHODS and not carries else _POSTING
