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
from saywhy.explain.whose_rule import Layer
from saywhy.policy.reader import Reader

_FILLED: Final = frozenset(
    {
        "app",
        "by",
        "category",
        "date",
        "day",
        "file",
        "group",
        "minutes",
        "month",
        "name",
        "number",
        "rule",
        "school",
        "takes",
        "time",
        "total",
        "word",
    }
    | {"until", "when", "year"}
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
    """That it is closed, without and with an end; and the same for a group that has a public name."""

    always: Text
    until: Text
    group: Text
    group_until: Text


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
    details: Text


class CareWords(_Words):
    """A page that cares: no rule, no category, no form. `out_of_hours`: nobody is at school now; `call`: there are lines."""

    title: Text
    sentences: tuple[Text, ...]
    out_of_hours: tuple[Text, ...]
    call: Text
    urgent: Text


class CautionWords(_Words):
    """Where a rule has caution: that what was opened is over, and to go on after writing why, or without that."""

    title: Text
    over: Text
    closed: Text
    asking: Text
    without_reason: Text
    button: Text


class Clock(_Words):
    """How a time of day is said: "3:30pm"."""

    am: Text
    pm: Text
    midday: Text
    midnight: Text


class WhoseWords(_Words):
    """Whose rule it is (by layer), who can change it, and how long it holds."""

    title: Text
    layers: Mapping[Layer, tuple[Text, ...]]
    locked: Text
    opens_at: Text
    ends: Text
    no_end: Text


class Level(_Words):
    """All sentences for one reading level. `untold` stands where the school's reason was not written for it."""

    title: Text
    belongs: Belongs
    closed: Closed
    reach: Mapping[str, Text]  # by reason code
    untold: Text
    reassurance: Text
    asking: AskingWords
    button: Text
    caution: CautionWords
    headings: Headings
    kept: tuple[Text, ...]  # what the filter keeps of this visit, and who can see it
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
    and_: Annotated[Text, Field(alias="and")]
    until: Text
    open_until: Text
    months: Annotated[tuple[Text, ...], Field(min_length=12, max_length=12)]
    date: Text
    clock: Clock
    at_time: Text
    on_day: Text
    on_day_at: Text
    common: Mapping[str, Text]
    whose: WhoseWords
    levels: Mapping[Reader, Level]
    open: Text
    test_page: TestPageWords
    faults: Mapping[str, FaultWords]
    certificate: Mapping[str, Text]
    file_kinds: Mapping[str, Text]  # a kind of file in a sentence: "a program"

    def day(self, day: dt.date) -> str:
        """A day as people write it: 3 September 2026."""
        return self.date.format(day=day.day, month=self.months[day.month - 1], year=day.year)

    def time(self, at: dt.time) -> str:
        """A time of day as people say it: 9am, 3:30pm, midday."""
        if not at.minute and at.hour % 12 == 0:
            return self.clock.midday if at.hour else self.clock.midnight
        shown = f"{at.hour % 12 or 12}" + (f":{at:%M}" if at.minute else "")
        return (self.clock.am if at.hour < 12 else self.clock.pm).format(time=shown)

    def moment(self, at: dt.datetime) -> str:
        """A day and a time of day: 3 September 2026, 9:05am."""
        return f"{self.day(at)}, {self.time(at.time())}"

    def until_when(self, at: dt.datetime, now: dt.datetime) -> str:
        """Until a time of the same day ("until 3:30pm"); else a day, with its time where it is not the day's beginning."""
        if at.date() == now.date():
            return self.until.format(time=self.time(at.time()))
        return self.until.format(time=self.day(at) if at.time() == dt.time() else self.moment(at))

    def when(self, at: dt.datetime, now: dt.datetime) -> str:
        """At a time of the same day ("at 3:30pm"); else "on 1 March 2027", with its time where it is not the day's beginning."""
        if at.date() == now.date():
            return self.at_time.format(time=self.time(at.time()))
        if at.time() == dt.time():
            return self.on_day.format(date=self.day(at))
        return self.on_day_at.format(date=self.day(at), time=self.time(at.time()))

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
