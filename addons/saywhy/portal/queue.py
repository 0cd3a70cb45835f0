"""What waits, joined: requests that differ only in who sent them stand together in the list."""

from collections.abc import Iterable
from dataclasses import dataclass

from saywhy.exceptions.request import ExceptionRequest


@dataclass(frozen=True, slots=True)
class Joined:
    """Requests for the same page by people of the same groups, in the same state; the one that waits longest first."""

    first: ExceptionRequest
    rest: tuple[ExceptionRequest, ...]

    @property
    def all(self) -> tuple[ExceptionRequest, ...]:
        """All of them."""
        return (self.first, *self.rest)


def joined(waiting: Iterable[ExceptionRequest]) -> tuple[Joined, ...]:
    """The list in sections, in the order of the first of each."""
    found: dict[tuple[object, ...], list[ExceptionRequest]] = {}
    for one in waiting:
        found.setdefault(_what_is_asked(one), []).append(one)
    return tuple(Joined(alike[0], tuple(alike[1:])) for alike in found.values())


def same_as(asked: ExceptionRequest, waiting: Iterable[ExceptionRequest]) -> tuple[ExceptionRequest, ...]:
    """The others that one answer can be given to as well."""
    what = _what_is_asked(asked)
    return tuple(one for one in waiting if one.id != asked.id and _what_is_asked(one) == what)


def _what_is_asked(one: ExceptionRequest) -> tuple[object, ...]:
    refusal = one.refusal
    return refusal.host, refusal.url, refusal.rule, refusal.groups, one.state
