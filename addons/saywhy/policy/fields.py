"""Single values of a policy: read from what stands in the file, or refused with what to write instead."""

import re
from collections.abc import Callable
from datetime import date, time
from functools import lru_cache
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import PlainValidator, ValidationInfo, WithJsonSchema

from saywhy.policy import json_shapes
from saywhy.policy.ages import Ages, read_ages
from saywhy.policy.codes import Code
from saywhy.policy.file_kinds import FILE_KINDS
from saywhy.policy.languages import available_languages, language_for
from saywhy.policy.part import Reading, mistake
from saywhy.policy.period import Moment
from saywhy.policy.reader import READER_SYNONYMS, Reader
from saywhy.policy.rule import Offer
from saywhy.policy.suggest import did_you_mean, quoted
from saywhy.policy.text_fields import read_id, read_label, read_name, read_sentence, read_word

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T]+((?:[01]\d|2[0-3]):[0-5]\d))?", re.ASCII)
_LANGUAGE: Final = re.compile(r"([a-z]{2,3})(-[a-z]{4})?(-(?:[a-z]{2}|\d{3}))?((?:-[a-z\d]{5,8})*)", re.ASCII | re.IGNORECASE)  # fmt: skip


def _date(value: Any) -> date:
    text = read_name(value, "a date", "write it as year-month-day: 2027-03-01")
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        raise mistake(
            f"{quoted(text)} is no day of the calendar",
            "write a date as year-month-day: 2027-03-01",
            code=Code.BAD_DATE,
        ) from None
    raise mistake(f"{quoted(text)} is no date", "write it as year-month-day: 2027-03-01", code=Code.BAD_DATE)


def _moment(value: Any) -> Moment:
    instead = "write a day, 2026-12-04, or a minute of it, 2026-12-04 08:30"
    found = _MOMENT.fullmatch(read_name(value, "a day or a minute", instead))
    if found is None:
        raise mistake(f"{quoted(value.strip())} is no day and no minute of one", instead, code=Code.BAD_DATE)
    return Moment(_date(found[1]), None if found[2] is None else time.fromisoformat(found[2]))


@lru_cache(maxsize=1)
def _zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


def _zone(value: Any) -> ZoneInfo:
    text = read_name(value, "a time zone", "write it like Europe/London")
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):  # not known; not a plain name; a folder of zones
        nearest = did_you_mean(text, _zones())
        hint = nearest if nearest.startswith("did") else "write it like Europe/London"
        raise mistake(f"{quoted(text)} is no time zone", hint, code=Code.BAD_TIME) from None


def _language(value: Any) -> str:
    text = read_name(value, "a language tag", "write it like en, cy or pt-BR")
    found = _LANGUAGE.fullmatch(text)
    if found is None:
        better = text.replace("_", "-")
        instead = f"write {better}" if _LANGUAGE.fullmatch(better) else "write it like en, cy or pt-BR"
        raise mistake(f"{quoted(text)} is no language tag", instead, code=Code.BAD_LANGUAGE)
    language, script, region, variants = (one or "" for one in found.groups())
    return language.lower() + script.title() + region.upper() + variants.lower()  # RFC 5646 section 2.1.1


def _spoken_language(value: Any) -> str:
    tag = _language(value)
    if not language_for(tag, available_languages()):
        what = f"there are no pages in {quoted(tag)}"
        raise mistake(what, did_you_mean(tag, available_languages()), code=Code.UNKNOWN_LANGUAGE)
    return tag


def _reader(value: Any) -> Reader:
    words = {**{level.value: level for level in Reader}, **READER_SYNONYMS}
    return read_word(value, words, "a reading level", "reading level")


def _offer(value: Any) -> Offer:
    return read_word(value, {offer.value: offer for offer in Offer}, "something to offer", "offer")


def _known(kind: str) -> Callable[[Any, ValidationInfo], str]:
    def check(value: Any, info: ValidationInfo) -> str:
        wanted = f"the name of a {kind}" if kind != "app" else "the name of an app"
        name = read_label(value, wanted) if kind == "place" else read_name(value, wanted)
        reading = info.context
        if isinstance(reading, Reading) and not reading.knows(kind, name):
            hyphened = name.replace("_", "-")  # as UT1 and others write their categories: social_networks
            if kind == "category" and reading.knows(kind, hyphened):
                return hyphened
            raise mistake(f"unknown {kind} {quoted(name)}", reading.remedy(kind, name), code=Code.UNKNOWN_NAME)
        return name

    return check


def _file_kind(value: Any) -> str:
    text = read_name(value, "a kind of file", f"write one of: {', '.join(FILE_KINDS)}").casefold()
    if text not in FILE_KINDS:
        raise mistake(f"unknown kind of file {quoted(text)}", did_you_mean(text, FILE_KINDS), code=Code.UNKNOWN_WORD)
    return text


def _ages(value: Any) -> Ages:
    instead = "write two ages, 7-11, or the first, 13+"
    text = read_name(value, "an age range", instead)
    try:
        return read_ages(text)
    except ValueError:
        raise mistake(f"{quoted(text)} are no ages", instead, code=Code.BAD_AGES) from None


Text = Annotated[str, PlainValidator(read_sentence), WithJsonSchema(json_shapes.TEXT)]
Label = Annotated[str, PlainValidator(read_label), WithJsonSchema(json_shapes.TEXT)]
Id = Annotated[str, PlainValidator(read_id), WithJsonSchema(json_shapes.ID)]
Date = Annotated[date, PlainValidator(_date), WithJsonSchema(json_shapes.DATE)]
MomentField = Annotated[Moment, PlainValidator(_moment), WithJsonSchema(json_shapes.MOMENT)]
Zone = Annotated[ZoneInfo, PlainValidator(_zone), WithJsonSchema(json_shapes.ZONE)]
Language = Annotated[str, PlainValidator(_spoken_language), WithJsonSchema(json_shapes.LANGUAGE)]
ReaderLevel = Annotated[Reader, PlainValidator(_reader), WithJsonSchema(json_shapes.READER)]
AgesField = Annotated[Ages, PlainValidator(_ages), WithJsonSchema(json_shapes.AGES)]
OfferWord = Annotated[Offer, PlainValidator(_offer), WithJsonSchema(json_shapes.OFFER)]
FileKindName = Annotated[str, PlainValidator(_file_kind), WithJsonSchema(json_shapes.FILE_KIND)]
GroupName = Annotated[str, PlainValidator(_known("group")), WithJsonSchema(json_shapes.GROUP_NAME)]
PlaceName = Annotated[str, PlainValidator(_known("place")), WithJsonSchema(json_shapes.PLACE_NAME)]
TimeName = Annotated[str, PlainValidator(_known("time")), WithJsonSchema(json_shapes.TIME_NAME)]
CalendarName = Annotated[str, PlainValidator(_known("calendar")), WithJsonSchema(json_shapes.CALENDAR_NAME)]
AppName = Annotated[str, PlainValidator(_known("app")), WithJsonSchema(json_shapes.APP_NAME)]
ServiceName = Annotated[str, PlainValidator(_known("service")), WithJsonSchema(json_shapes.SERVICE_NAME)]
CategoryName = Annotated[str, PlainValidator(_known("category")), WithJsonSchema(json_shapes.CATEGORY_NAME)]
PurposeName = Annotated[str, PlainValidator(_known("purpose")), WithJsonSchema(json_shapes.PURPOSE_NAME)]
HelpLineName = Annotated[str, PlainValidator(_known("help line")), WithJsonSchema(json_shapes.HELP_LINE_NAME)]
CountryName = Annotated[str, PlainValidator(_known("country")), WithJsonSchema(json_shapes.COUNTRY_NAME)]
RoleName = Annotated[str, PlainValidator(_known("role")), WithJsonSchema(json_shapes.ROLE_NAME)]
