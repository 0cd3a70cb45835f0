"""What the portal is given of rooms that it does not know: a browser, the decision log, the policy's files.

Each may be missing; then the pages say so. Whoever gives them says what is wrong in words for a page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from saywhy.exceptions.category_reports import Reported
from saywhy.exceptions.request import Dossier, ExceptionRequest
from saywhy.observe.lately import UNKNOWN, Lately


class CannotBeWrittenError(Exception):
    """An edit of the policy that cannot be written; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class WrittenEdit:
    """An edit of a file of the policy for a technician to commit: `told` are sentences about it."""

    name: str
    patch: str
    whole: bytes
    lines: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageNeeds:
    """What a page asks for: other hosts, addresses at its own; `told` says how that was found, or why not."""

    hosts: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    told: str = ""


def _no_needs(_: ExceptionRequest) -> PageNeeds:
    return PageNeeds(told="Nothing is known of what this page needs.")


def _not_used() -> Mapping[str, datetime] | None:
    return None


def _unknown(_device: str, _now: datetime) -> Lately:
    return UNKNOWN


def _no_files(*_: object) -> WrittenEdit:
    raise CannotBeWrittenError("The policy's files cannot be read here.")


@dataclass(frozen=True)
class Outside:
    """`logged` looks into the decision log, `opened` opens the page (None: there is no browser), which takes a while.

    `permits_used` has the last use by a permit's id in the last 30 days; None while that is not counted. `lately` is what the logs
    have of one device. The others write edits and raise CannotBeWrittenError.
    """

    logged: Callable[[ExceptionRequest], PageNeeds] = _no_needs
    opened: Callable[[ExceptionRequest], PageNeeds] | None = None
    permits_used: Callable[[], Mapping[str, datetime] | None] = _not_used
    as_policy: Callable[[Dossier, str], WrittenEdit] = _no_files
    as_correction: Callable[[Reported, str, str], WrittenEdit] = _no_files  # what to put it into, because
    kept_until: Callable[[str, date], WrittenEdit] = _no_files  # the id of a rule
    lately: Callable[[str, datetime], Lately] = _unknown
