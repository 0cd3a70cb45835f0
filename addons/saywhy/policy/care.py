"""Help for people who may be in distress: who listens at school, help lines by country, and who is told that help was shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from saywhy.policy.reader import Reader

EVERYWHERE: Final = (
    "112"  # answers in the whole of the European Union, in the United Kingdom and from most mobile phones
)
_BY_ZONE: Final = {
    "Europe/London": "england",
    "GB": "england",
    "Europe/Belfast": "northern-ireland",
    "Europe/Dublin": "ireland",
}
_TEXT: Final = re.compile(r"(?:(\w+) +to +)?(\d[\d ]*)")


class Gathered(StrEnum):
    """How soon somebody is told that a page that cares was shown."""

    AT_ONCE = "at-once"
    HOURLY = "hourly"
    DAILY = "daily"

    @property
    def span(self) -> timedelta:
        """How much time goes into one message."""
        return {Gathered.AT_ONCE: timedelta(), Gathered.HOURLY: timedelta(hours=1)}.get(self, timedelta(days=1))


@dataclass(frozen=True, slots=True)
class TextTo:
    """A number that a text message goes to, and the word to send; "" where any will do."""

    number: str
    word: str = ""


def read_text_to(written: str) -> TextTo:
    """Read "SHOUT to 85258", or a number alone. Raises ValueError."""
    found = _TEXT.fullmatch(written.strip())
    if found is None:
        raise ValueError(written)
    return TextTo(found[2].strip(), found[1] or "")


@dataclass(frozen=True, slots=True)
class Help:
    """Somebody to turn to. `contact` says where to find them, or anything else that helps to reach them.

    Those `at_school` come before lines outside. `groups`, `readers` and `times` say whom they are for and when they are
    there; empty: everybody, and while school is open.
    """

    name: str
    contact: str = ""
    url: str = ""
    phone: str = ""
    text_to: TextTo | None = None
    at_school: bool = False
    groups: frozenset[str] = frozenset()
    readers: frozenset[Reader] = frozenset()
    times: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Country:
    """The lines of a country, by id, the number to call in danger, and a plain site to go to."""

    id: str
    label: str
    danger: str = EVERYWHERE
    lines: tuple[str, ...] = ()
    leave: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """Which role is told that a page that cares was shown, how soon, and whether also what kind of page was asked for."""

    role: str
    gathered: Gathered = Gathered.HOURLY
    kind: bool = False


@dataclass(frozen=True, slots=True)
class Care:
    """The section `care`, with what follows from the school's country. `hours` are names of times; empty: as school is open."""

    people: tuple[Help, ...] = ()
    lines: tuple[Help, ...] = ()
    danger: str = EVERYWHERE
    leave: str = ""
    hours: tuple[str, ...] = ()
    alert: Alert | None = None
    every_line: Mapping[str, Help] = field(
        default_factory=dict
    )  # of all countries, by id: none of them is to be closed

    @property
    def help(self) -> tuple[Help, ...]:
        """Whom a rule with `care: true` names."""
        return (*self.people, *self.lines)


def country_of_zone(zone: str) -> str:
    """The country, by id, that a time zone (IANA) tells; "" where it tells none that has lines of its own."""
    return _BY_ZONE.get(zone, "")
