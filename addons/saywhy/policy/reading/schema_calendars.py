"""The schema of `calendars`: which file, and which of its events."""

from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from saywhy.policy import json_shapes
from saywhy.policy.codes import Code
from saywhy.policy.fields import Text
from saywhy.policy.part import Part, mistake
from saywhy.policy.reading.calendars import CALENDAR_ENDING
from saywhy.policy.suggest import quoted
from saywhy.policy.text_fields import read_name


def _file(value: Any) -> str:
    text = read_name(value, "the name of a file", "write it like calendars/school.ics")
    if not text.lower().endswith(CALENDAR_ENDING):
        what = f"{quoted(text)} is no calendar file: its name does not end in {CALENDAR_ENDING}"
        raise mistake(
            what, "export the calendar as iCalendar (.ics) into the policy's folder", code=Code.BAD_CALENDAR_FILE
        )
    return text


CalendarFileName = Annotated[str, PlainValidator(_file), WithJsonSchema(json_shapes.CALENDAR_FILE)]


class CalendarPart(Part):
    """Events of a calendar file, under one name."""

    file: CalendarFileName = Field(
        description="An iCalendar file (.ics) within this folder, as calendar programs export it.",
        examples=["calendars/school.ics"],
    )
    events: Annotated[list[Text], Field(min_length=1)] | None = Field(
        None,
        description="The names of its events that are meant; * stands for anything. Left out, all of them.",
        examples=['["Half term", "Christmas holiday"]', '["INSET day*"]'],
    )
    label: Text = Field("", description="What pages say; left out, the id made readable.", examples=["the holidays"])
