"""The words of the pages: a file in English, and its translations; read and checked once, at start."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from string import Formatter
from typing import Annotated, Final

import yaml
from babel.dates import format_date, format_time
from babel.lists import format_list
from pydantic import AfterValidator, BaseModel, ConfigDict, PrivateAttr, ValidationError

from saywhy.explain.builtin import builtin_pages
from saywhy.explain.translated import WhenAsked, translated
from saywhy.explain.translation import Translation, shipped_translation
from saywhy.explain.whose_rule import Layer
from saywhy.policy.languages import SOURCE, available_languages, language_for
from saywhy.policy.reader import Reader

_FILLED: Final = frozenset({
    "app", "by", "category", "count", "date", "file", "group", "language", "minutes", "name", "number", "rule", "school", "span",
    "takes", "time", "total", "until", "when", "word",
})  # fmt: skip


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


class Counted(_Words):
    """What is told of a number, in English: other languages tell it in as many forms as they have."""

    one: Text
    other: Text


class Words(_Words):
    """One language. What belongs to its own grammar, and what the catalogue has, is asked of its translation."""

    language: str
    until: Text
    until_day: Text
    until_day_at: Text
    open_until: Text
    lengths: Mapping[str, Counted]  # of time: minutes, hours, days
    clock: Clock  # of English
    at_time: Text
    on_day: Text
    on_day_at: Text
    common: Mapping[str, Text]
    no_page: Mapping[str, Text]  # where no page can appear
    whose: WhoseWords
    levels: Mapping[Reader, Level]
    open: Text
    test_page: TestPageWords
    faults: Mapping[str, FaultWords]
    certificate: Mapping[str, Text]
    file_kinds: Mapping[str, Text]  # a kind of file in a sentence: "a program"

    _translation: Translation = PrivateAttr()

    @property
    def translation(self) -> Translation:
        """The language itself: its name, its script's direction, its messages."""
        return self._translation

    def day(self, day: dt.date) -> str:
        """A day as people write it: 3 September 2026."""
        return format_date(day, "long", locale=self._translation.locale)

    def time(self, at: dt.time) -> str:
        """A time of day as people say it: 9am, 3:30pm, midday; in other languages as CLDR has it, mostly 15:30."""
        if self.language != SOURCE:
            return format_time(at, "short", locale=self._translation.locale)
        if not at.minute and at.hour % 12 == 0:
            return self.clock.midday if at.hour else self.clock.midnight
        shown = f"{at.hour % 12 or 12}" + (f":{at:%M}" if at.minute else "")
        return (self.clock.am if at.hour < 12 else self.clock.pm).format(time=shown)

    def moment(self, at: dt.datetime) -> str:
        """A day and a time of day: 3 September 2026, 9:05am."""
        return f"{self.day(at.date())}, {self.time(at.time())}"

    def until_when(self, at: dt.datetime, now: dt.datetime) -> str:
        """Until a time of the same day ("until 3:30pm"); else a day, with its time where it is not the day's beginning."""
        if at.date() == now.date():
            return self.until.format(time=self.time(at.time()))
        if at.time() == dt.time():
            return self.until_day.format(date=self.day(at.date()))
        return self.until_day_at.format(date=self.day(at.date()), time=self.time(at.time()))

    def when(self, at: dt.datetime, now: dt.datetime) -> str:
        """At a time of the same day ("at 3:30pm"); else "on 1 March 2027", with its time where it is not the day's beginning."""
        if at.date() == now.date():
            return self.at_time.format(time=self.time(at.time()))
        if at.time() == dt.time():
            return self.on_day.format(date=self.day(at.date()))
        return self.on_day_at.format(date=self.day(at.date()), time=self.time(at.time()))

    def length(self, span: dt.timedelta) -> str:
        """A length of time as people say it, in whole minutes that have been reached: 10 minutes, 2 hours."""
        minutes = span // dt.timedelta(minutes=1)
        hours, rest = divmod(minutes, 60)
        unit, count = ("hours", hours) if hours and not rest else ("minutes", minutes)
        return self._counted(unit, count)

    def days(self, count: int) -> str:
        """So many days: 1 day, 30 days."""
        return self._counted("days", count)

    def _counted(self, unit: str, count: int) -> str:
        words = self.lengths[unit]
        return self._translation.messages.ngettext(words.one, words.other, count).format(count=count)

    def length_within(self, span: dt.timedelta) -> str:
        """A length of time that is not shorter: up to two hours in steps of ten minutes, then in hours."""
        step = dt.timedelta(minutes=10) if span <= dt.timedelta(hours=2) else dt.timedelta(hours=1)
        return self.length(step * max(1, -(-span // step)))

    def joined(self, items: tuple[str, ...]) -> str:
        """A, B and C."""
        return format_list(items, locale=self._translation.locale) if items else ""

    def label(self, kind: str, text: str) -> str:
        """What the catalogue calls something ("category", "purpose", "trusted"), where it is translated; what a school wrote stays."""
        return self._translation.text(text, kind)

    def in_a_sentence(self, label: str) -> str:
        """A category's label inside a sentence: "Games" as "games", while "AI chat" and "VPNs" stay as they are.

        Other languages have it as it is: what a sentence does to a word is theirs.
        """
        if self.language != SOURCE:
            return label
        first, _, _ = label.partition(" ")
        return label[:1].lower() + label[1:] if first[1:].islower() else label


@dataclass(frozen=True, slots=True)
class Languages:
    """Every language that pages can be written in."""

    by_code: Mapping[str, Words]

    def best(self, wanted: tuple[str, ...]) -> Words:
        """The words of the first language that there is ("en-GB" is content with "en"); English otherwise."""
        for tag in wanted:
            if code := language_for(tag, self.by_code):
                return self.by_code[code]
        return self.by_code[SOURCE]


def load_languages(directory: Path) -> Languages:
    """Read a folder's words in English, and every language that they are translated into. Raises WordsError.

    A file of another language beside the English one takes the place of the translation.
    """
    files = {path.stem: path for path in sorted(directory.glob("*.yaml"))}
    if SOURCE not in files:
        raise WordsError(f"{directory} holds no {SOURCE}.yaml")
    written = {tag: _read(path) for tag, path in files.items()}
    sources = {**dict.fromkeys(available_languages(), SOURCE), **{tag: tag for tag in files}}
    made = {tag: words_in(_language(tag), written[tag], files[tag]) for tag in files}
    return Languages(WhenAsked(sources, made, lambda tag: words_in(_language(tag), written[SOURCE], files[SOURCE])))


@cache
def shipped_languages() -> Languages:
    """The words that come with Saywhy."""
    return load_languages(builtin_pages() / "languages")


def words_in(translation: Translation, written: object, path: Path) -> Words:
    """The words of a file (`written` is what it holds), translated. Raises WordsError."""
    try:
        words = Words.model_validate(translated(written, translation))
    except ValidationError as error:
        raise WordsError(f"{path}: {error}") from error
    if missing := [level.value for level in Reader if level not in words.levels]:
        raise WordsError(f"{path}: there are no words for {', '.join(missing)}")
    words._translation = translation  # noqa: SLF001  # which the model has no key for
    return words


def _language(tag: str) -> Translation:
    return shipped_translation(tag) if tag in available_languages() else Translation.of(tag, NullTranslations())


def _read(path: Path) -> object:
    try:
        written = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise WordsError(f"{path}: {error}") from error
    if not isinstance(written, dict) or written.get("language") != path.stem:
        raise WordsError(f"{path}: language must be {path.stem!r}")
    return written
