"""The schema of `times`: days and hours as a school writes them, and the slips that make a lesson last the night."""

import re
from dataclasses import dataclass
from datetime import time
from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from saywhy.policy import json_shapes
from saywhy.policy.codes import Code
from saywhy.policy.fields import CalendarName, Text
from saywhy.policy.part import Part, mistake, wrong_kind
from saywhy.policy.suggest import quoted
from saywhy.policy.text_fields import read_name

_DAY: Final = 24 * 60  # minutes
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_HALF_DAY: Final = re.compile(r"(1[0-2]|0?[1-9])(?:[:.]([0-5]\d))?\s*([ap])\.?m\.?", re.ASCII | re.IGNORECASE)
_EITHER_HALF: Final = re.compile(r"[1-6]:[0-5]\d", re.ASCII)
_NEXT_DAY: Final = re.compile(r"\s+next\s+day$", re.IGNORECASE)
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_GROUPS: Final = {"weekdays": range(5), "weekend": range(5, 7), "every day": range(7), "daily": range(7)}


@dataclass(frozen=True, slots=True)
class Ending:
    """When a span ends: `at`, in minutes from its day's midnight (24:00 is 1440), or on the next day by its own words."""

    at: int
    next_day: bool = False

    @property
    def time(self) -> time:
        """The time of day; 24:00 is midnight."""
        return time(self.at // 60 % 24, self.at % 60)


def _clock(value: Any) -> time:
    text = read_name(value, "a time of day", "write it as hours and minutes: 09:15")
    found = _CLOCK.fullmatch(text)
    if found is None:
        instead = "write it as hours and minutes: 09:15"
        if text == "24:00":
            instead += "; midnight at the start of a day is 00:00"
        elif half := _HALF_DAY.fullmatch(text):
            hour = int(half[1]) % 12 + 12 * (half[3] in "pP")
            instead = f"write {hour:02}:{half[2] or '00'}"
        raise mistake(f"{quoted(text)} is no time of day here", instead, code=Code.BAD_TIME)
    if _EITHER_HALF.fullmatch(text):
        afternoon = f"{int(found[1]) + 12}:{found[2]}"
        what = f"{quoted(text)} can be read as a time of the night or of the afternoon"
        raise mistake(what, f"write {afternoon}, or 0{text} for the night", code=Code.BAD_TIME)
    return time(int(found[1]), int(found[2]))


def _end(value: Any) -> Ending:
    text = value.strip() if isinstance(value, str) else value
    if text == "24:00":
        return Ending(24 * 60)
    next_day = _NEXT_DAY.search(text) if isinstance(text, str) else None
    until = _clock(text if next_day is None else text[: next_day.start()])
    return Ending(until.hour * 60 + until.minute, next_day is not None)


def _days(value: Any) -> frozenset[int]:
    wanted = "days"
    instead = "write mon-fri, mon, [mon, wed], weekdays, weekend or every day"
    parts = value if isinstance(value, list) else [value]
    if not parts:
        raise mistake("an empty list of days", instead, code=Code.EMPTY_LIST)
    return frozenset(day for part in parts for day in _days_of(read_name(part, wanted, instead), instead))


def _days_of(text: str, instead: str) -> list[int]:
    if text.casefold() in _DAY_GROUPS:
        return list(_DAY_GROUPS[text.casefold()])
    ends = [_day(one.strip().casefold()) for one in text.split("-")]
    if len(ends) > 2 or None in ends:
        raise mistake(f"{quoted(text)} names no days", instead, code=Code.BAD_TIME)
    first, last = ends[0], ends[-1]
    assert first is not None
    assert last is not None
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _day(word: str) -> int | None:
    return next((number for number, day in enumerate(_DAYS) if word in (day, day[:3])), None)


Clock = Annotated[time, PlainValidator(_clock), WithJsonSchema(json_shapes.CLOCK)]
End = Annotated[Ending, PlainValidator(_end), WithJsonSchema(json_shapes.END)]
Days = Annotated[frozenset[int], PlainValidator(_days), WithJsonSchema(json_shapes.DAYS)]


class SpanPart(Part):
    """A weekly window of time."""

    days: Days = Field(description="mon-fri, mon, [mon, wed], weekdays, weekend or every day.", examples=["mon-fri"])
    start: Clock = Field(alias="from", description="The start.", examples=["09:15"])
    until: End = Field(
        description="The end, up to 24:00. Before from, it is on the next day; write 08:30 next day where the span is "
        "longer than 12 hours.",
        examples=["12:20"],
    )

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        start = self.start.hour * 60 + self.start.minute
        lasts = self.until.at - start
        if self.until.next_day and lasts > 0:
            instead = "write a span for each day, or take next day out"
            raise mistake("this lasts for more than a day", instead, code=Code.BAD_TIME)
        if lasts == 0 and not self.until.next_day:
            instead = "for the whole day write from: 00:00 and until: 24:00"
            raise mistake("from and until are the same", instead, code=Code.BAD_TIME)
        # Whoever means the other half of the clock (03:30 for 15:30), or mistypes an hour, is always beyond these 12.
        if lasts < 0 and lasts + _DAY > _DAY // 2 and not self.until.next_day:
            hours, minutes = divmod(lasts + _DAY, 60)
            what = f"this goes on until {self.until.time:%H:%M} of the next day, for {hours}:{minutes:02} hours"
            meant = "24:00" if self.until.at == 0 else f"{self.until.time:%H:%M} next day"
            raise mistake(what, f"write an end after the start, or until: {meant}", code=Code.LONG_NIGHT)
        return self


class TimesPart(Part):
    """A name for some times of the week."""

    label: Text = Field("", description="What pages say; left out, the id made readable.", examples=["lesson time"])
    spans: Annotated[list[SpanPart], Field(min_length=1)] | None = Field(
        None,
        description="The windows; left out, the whole week, where only or except names a calendar.",
        examples=["[{days: mon-fri, from: 09:15, until: 12:20}]"],
    )
    only: Annotated[list[CalendarName], Field(min_length=1)] | None = Field(
        None, description="Calendars; it holds in the events of one of these alone.", examples=["[terms]"]
    )
    without: Annotated[list[CalendarName], Field(min_length=1)] | None = Field(
        None,
        alias="except",
        description="Calendars; it does not hold in the events of any of these.",
        examples=["[holidays, inset]"],
    )

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if not (self.spans or self.only or self.without):
            what = "this says no time: it has neither spans nor a calendar"
            raise mistake(what, f"write {self.example('spans')}", code=Code.MISSING_KEY)
        both = sorted({*(self.only or ())} & {*(self.without or ())})
        if both:
            what = f"{quoted(both[0])} stands under only and under except, so this never holds there"
            raise mistake(what, "take it out of one of them", code=Code.SAID_TWICE)
        return self


def _times(value: Any) -> Any:
    if not isinstance(value, list | dict):
        raise wrong_kind("a list of spans", "write it like [{days: mon-fri, from: 09:15, until: 12:20}]")
    return {"spans": value} if isinstance(value, list) else value


Times = Annotated[TimesPart, BeforeValidator(_times, json_schema_input_type=TimesPart | list[SpanPart])]
