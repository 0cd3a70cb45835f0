"""What a list of requests is to show, read from the address of its page; and who asks for the same."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from saywhy.exceptions.due import Lateness
from saywhy.exceptions.listing import Wanted
from saywhy.exceptions.request import ExceptionRequest
from saywhy.exceptions.state import UNDECIDED, State
from saywhy.policy.policy import Policy
from saywhy.portal.forms import written

WAITING: Final = "waiting"
ANSWERED: Final = "answered"
LATE: Final = "late"
_STATES: Final = {WAITING: UNDECIDED, LATE: UNDECIDED, ANSWERED: frozenset(State) - UNDECIDED} | {
    state.value: frozenset({state}) for state in State
}
RISKS: Final = {"two": "Needs two people", "one": "Needs one person"}
AGES: Final = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
_LONGEST_SEARCH: Final = 100
_MOST_WORDS: Final = 6
_LARGEST: Final = 2**31


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody chose, as it was written, and a message for each field that cannot be used: that one then counts for nothing."""

    search: str = ""
    state: str = WAITING
    role: str = ""
    risk: str = ""
    age: str = ""
    alike: int | None = None
    after: int = 0
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """Whether all that is shown still waits for an answer."""
        return _STATES[self.state] <= UNDECIDED

    @property
    def narrowed(self) -> bool:
        """Whether anything was chosen."""
        return self != Chosen(after=self.after)

    def wanted(self, roles: frozenset[str] | None, now: datetime, revision: str | None) -> Wanted:
        """The same, as the store is asked; `roles` are those of whoever reads it, None for one who reads all."""
        return Wanted(
            states=_STATES[self.state],
            roles=roles,
            words=tuple(self.search.split()[:_MOST_WORDS]),
            role=self.role,
            two={"two": True, "one": False}.get(self.risk),
            before=now - AGES[self.age] if self.age else None,
            late=Lateness.HALF if self.state == LATE else None,
            alike=self.alike,
            revision=revision,
        )

    def address(self, **other: object) -> dict[str, object]:
        """The parameters of a page with the same choice, and with these instead."""
        kept = {
            "search": self.search,
            "state": "" if self.state == WAITING else self.state,
            "role": self.role,
            "risk": self.risk,
            "age": self.age,
            "alike": self.alike,
            **other,
        }
        return {name: value for name, value in kept.items() if value}


def read_chosen(given: Mapping[str, str], policy: Policy | None) -> Chosen:
    """Read the parameters of the page's address."""
    errors: dict[str, str] = {}
    search = written(given.get("search", ""))
    if len(search) > _LONGEST_SEARCH:
        errors["search"] = f"Use {_LONGEST_SEARCH} characters or fewer; you have used {len(search)}"
    roles = () if policy is None else tuple(policy.roles)
    return Chosen(
        search=search[:_LONGEST_SEARCH],
        state=_one_of(errors, given, "state", tuple(_STATES)) or WAITING,
        role=_one_of(errors, given, "role", roles),
        risk=_one_of(errors, given, "risk", tuple(RISKS)),
        age=_one_of(errors, given, "age", tuple(AGES)),
        alike=_number(given.get("alike", "")),
        after=_number(given.get("after", "")) or 0,
        errors=errors,
    )


def _one_of(errors: dict[str, str], given: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    value = given.get(name, "")
    if not value or value in known:
        return value
    errors[name] = "Choose one of these; what the address named is none of them"
    return ""


def _number(text: str) -> int | None:
    """A number of the store's; None for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    number = int(text)
    return number if 0 < number < _LARGEST else None


def chosen_numbers(given: Iterable[str], most: int) -> tuple[int, ...]:
    """The requests that were ticked, each once, at most so many."""
    found = (_number(text) for text in given)
    return tuple(dict.fromkeys(number for number in found if number is not None))[:most]


def same_as(asked: ExceptionRequest, waiting: Iterable[ExceptionRequest]) -> tuple[ExceptionRequest, ...]:
    """The others that one answer can be given to as well."""
    what = _what_is_asked(asked)
    return tuple(one for one in waiting if one.id != asked.id and _what_is_asked(one) == what)


def _what_is_asked(one: ExceptionRequest) -> tuple[object, ...]:
    refusal = one.refusal
    return refusal.host, refusal.url, refusal.rule, refusal.groups, one.state
