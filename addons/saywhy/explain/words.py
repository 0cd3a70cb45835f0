"""The words of the pages: one file per language, read and checked once, at start."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Annotated, Final

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from saywhy.explain.builtin import builtin_pages
from saywhy.policy.reader import Reader

_FILLED: Final = frozenset(
    {
        "app",
        "by",
        "category",
        "date",
        "day",
        "file",
        "for_whom",
        "minutes",
        "month",
        "name",
        "number",
        "rule",
        "school",
        "time",
        "total",
    }
    | {"until", "year"}
)
FALLBACK: Final = "en"


class WordsError(ValueError):
    """A file of words that cannot be used; the message names the file and what is wrong."""


def _fillable(text: str) -> str:
    """The text, if nothing stands in its braces but the plain names that the program fills in."""
    try:
        pieces = list(Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"{text!r}: {error}; write {{{{ for a brace that is meant") from None
    for _, name, form, conversion in pieces:
        if name is not None and (name not in _FILLED or form or conversion):
            raise ValueError(f"{text!r}: braces may hold {', '.join(sorted(_FILLED))}, not {name!r}")
    return text


type Text = Annotated[str, AfterValidator(_fillable)]


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Belongs(_Words):
    """What a page is, by what the deciding rule is about."""

    app: Text
    category: Text
    listed: Text
    unlisted: Text
    file: Text
    posting: Text
    uploads: Text


class Closed(_Words):
    """For whom it is closed, without and with an end today."""

    always: Text
    until: Text


class AskingWords(_Words):
    """What somebody who needs the page can do: by form, in person, where no asking is offered, or with their account."""

    form: Text
    person: Text
    locked: Text
    nobody: Text
    reach: Text
    account: Text


class Headings(_Words):
    """Headings of a page's sections."""

    why: Text
    instead: Text
    ask: Text
    decided: Text
    details: Text


class CareWords(_Words):
    """A page that cares: no rule, no category, no form."""

    title: Text
    sentences: tuple[Text, ...]
    urgent: Text


class CautionWords(_Words):
    """Where a rule has caution: that what was opened is over, and to go on after writing why, or without that."""

    title: Text
    over: Text
    closed: Closed
    asking: Text
    without_reason: Text
    button: Text


class Level(_Words):
    """All sentences for one reading level."""

    title: Text
    belongs: Belongs
    closed: Closed
    reach: Mapping[str, Text]  # by reason code
    reassurance: Text
    asking: AskingWords
    button: Text
    caution: CautionWords
    headings: Headings
    care: CareWords


class TestPageWords(_Words):
    """The page that is always closed, so that a device can be checked: the same for all levels."""

    happened: tuple[Text, ...]
    asking: Text


class FaultWords(_Words):
    """A fault of the way, in words for everybody."""

    title: Text
    text: Text
    advice: tuple[Text, ...]


class Words(_Words):
    """One language."""

    language: str
    everyone: Text
    and_: Annotated[Text, Field(alias="and")]
    until: Text
    open_until: Text
    months: Annotated[tuple[Text, ...], Field(min_length=12, max_length=12)]
    date: Text
    common: Mapping[str, Text]
    levels: Mapping[Reader, Level]
    open: Text
    test_page: TestPageWords
    faults: Mapping[str, FaultWords]
    certificate: Mapping[str, Text]
    file_kinds: Mapping[str, Text]  # a kind of file in a sentence: "a program"

    def day(self, day: dt.date) -> str:
        """A day as people write it: 3 September 2026."""
        return self.date.format(day=day.day, month=self.months[day.month - 1], year=day.year)

    def moment(self, at: dt.datetime) -> str:
        """A day and a time of day."""
        return f"{self.day(at)}, {at:%H:%M}"

    def joined(self, items: tuple[str, ...]) -> str:
        """A, B and C."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self.and_} {items[-1]}"


@dataclass(frozen=True, slots=True)
class Languages:
    """Every language that pages can be written in."""

    by_code: Mapping[str, Words]

    def best(self, wanted: tuple[str, ...]) -> Words:
        """The words of the first language that there is ("en-GB" is content with "en"); British English otherwise."""
        for language in wanted:
            for code in (language, language.split("-", 1)[0]):
                if code in self.by_code:
                    return self.by_code[code]
        return self.by_code[FALLBACK]


def load_languages(directory: Path) -> Languages:
    """Read every file of words in a folder. Raises WordsError."""
    found = {path.stem: _read(path) for path in sorted(directory.glob("*.yaml"))}
    if FALLBACK not in found:
        raise WordsError(f"{directory} holds no {FALLBACK}.yaml")
    return Languages(found)


@cache
def shipped_languages() -> Languages:
    """The words that come with Saywhy."""
    return load_languages(builtin_pages() / "languages")


def _read(path: Path) -> Words:
    try:
        words = Words.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise WordsError(f"{path}: {error}") from error
    missing = [level for level in Reader if level not in words.levels]
    if missing or words.language != path.stem:
        raise WordsError(f"{path}: language must be {path.stem!r} and there must be a level for each of {list(Reader)}")
    return words
