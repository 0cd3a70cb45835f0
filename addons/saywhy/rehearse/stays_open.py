"""Sites that should stay open at a school: the list that comes with Saywhy, by country, age and kind of help.

A file in `should_stay_open/` for each country, by its code (ISO 3166-1), and `everywhere`. An entry is `site` (a host), `name`,
`about` (a kind of help) and `ages`: the youngest reading level of whom it is for.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, field_validator

from saywhy.policy.address import canonical_host
from saywhy.policy.reader import Reader

_FOLDER: Final = Path(__file__).parent / "should_stay_open"
EVERYWHERE: Final = "everywhere"
_COUNTRIES: Final = {"Europe/London": "gb", "Europe/Belfast": "gb", "GB": "gb", "Europe/Dublin": "ie"}
_AGES: Final = {Reader.EARLY: 0, Reader.PRIMARY: 1, Reader.SECONDARY: 2, Reader.EASY_READ: 2, Reader.ADULT: 3}


class Help(StrEnum):
    """Kinds of help: a closed set, also a label in figures."""

    HELP = "help"
    HEALTH = "health"
    RELATIONSHIPS = "relationships"
    LGBT = "lgbt"
    DRUGS_ADVICE = "drugs-advice"
    NEWS_AND_RIGHTS = "news-and-rights"
    GOVERNMENT = "government"
    MUSEUMS = "museums"
    EXAM_BOARDS = "exam-boards"
    SCHOOL_WORK = "school-work"

    @property
    def words(self) -> str:
        """It in a sentence, as in "2 of health": museums, advice about drugs."""
        return _IN_WORDS.get(self.value, self.value.replace("-", " "))


_IN_WORDS: Final = {"lgbt": "LGBT+ support", "drugs-advice": "advice about drugs", "help": "help lines"}


class ShouldStayOpen(BaseModel):
    """One site; `site` is canonical."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    site: str
    name: str
    about: Help
    ages: Reader

    @field_validator("site")
    @classmethod
    def _canonical(cls, value: str) -> str:
        return canonical_host(value)

    def is_for(self, reader: Reader) -> bool:
        """Whether it is for people who read at this level."""
        return _AGES[self.ages] <= _AGES[reader]


@cache
def countries() -> tuple[str, ...]:
    """The codes of the countries that have a list of their own."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml") if path.stem != EVERYWHERE))


@cache
def _of(name: str) -> tuple[ShouldStayOpen, ...]:
    read = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text("utf-8"))
    return tuple(TypeAdapter(list[ShouldStayOpen]).validate_python(read))


def should_stay_open(wanted: Iterable[str]) -> tuple[ShouldStayOpen, ...]:
    """Those of these countries and of everywhere, each site once. Raises KeyError with a country that has no list."""
    names = [*wanted]
    for name in names:
        if name not in countries():
            raise KeyError(name)
    found = {one.site: one for name in (EVERYWHERE, *names) for one in _of(name)}
    return tuple(found.values())


def country_of(timezone: str) -> tuple[str, ...]:
    """The country that a school's time zone tells (IANA zone.tab), if it has a list of its own."""
    return (_COUNTRIES[timezone],) if timezone in _COUNTRIES else ()
