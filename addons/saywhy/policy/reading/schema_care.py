"""The schema of `care`, `help_lines` and `countries`: who listens, whom to call, and who is told."""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from saywhy.policy.care import EVERYWHERE, Gathered, TextTo, read_text_to
from saywhy.policy.codes import Code
from saywhy.policy.fields import CountryName, GroupName, HelpLineName, ReaderLevel, RoleName, Text, TimeName
from saywhy.policy.host_fields import WebLink
from saywhy.policy.part import Part, mistake, wrong_kind
from saywhy.policy.suggest import quoted
from saywhy.policy.text_fields import read_name

_PHONE: Final = re.compile(r"\+?[0-9](?:[0-9 ]{0,18}[0-9])?")
_A_NUMBER: Final = 'write it in quotes, with digits and spaces: "0800 1111"'
_A_TEXT: Final = "write it like SHOUT to 85258, or the number alone in quotes"
_PHONE_SHAPE: Final = {
    "title": "phone number",
    "type": "string",
    "pattern": r"^ *\+?[0-9](?:[0-9 ]{0,18}[0-9])? *$",
    "examples": ["0800 1111"],
}
_TEXT_SHAPE: Final = {
    "title": "text message",
    "type": "string",
    "pattern": r"^ *(?:\w+ +to +)?[0-9][0-9 ]*$",
    "examples": ["SHOUT to 85258"],
}


def _phone(value: Any) -> str:
    text = read_name(value, "a phone number", _A_NUMBER)
    if _PHONE.fullmatch(text) is None:
        raise mistake(f"{quoted(text)} is no phone number", _A_NUMBER, code=Code.BAD_NAME)
    return text


def _text_to(value: Any) -> TextTo:
    if not isinstance(value, str):
        raise wrong_kind("a number for text messages", _A_TEXT)
    try:
        return read_text_to(value)
    except ValueError:
        raise mistake(f"{quoted(value)} says no number for text messages", _A_TEXT, code=Code.BAD_NAME) from None


Phone = Annotated[str, PlainValidator(_phone), WithJsonSchema(_PHONE_SHAPE)]
TextMessage = Annotated[TextTo, PlainValidator(_text_to), WithJsonSchema(_TEXT_SHAPE)]


class PersonPart(Part):
    """An adult at school who listens."""

    name: Text = Field(description="Their name, or what everybody calls them.", examples=["The safeguarding team"])
    role: Text = Field("", description="What they are at school.", examples=["safeguarding lead"])
    where: Text = Field("", description="Where to find them.", examples=["Room 12, next to the library"])
    phone: Phone | None = Field(None, description="Their number.", examples=['"01632 960001"'])
    text: TextMessage | None = Field(None, description="Where text messages reach them.", examples=['"07700 900001"'])
    url: WebLink = Field("", description="A page of theirs.", examples=['"https://www.example.org/wellbeing"'])
    groups: Annotated[list[GroupName], Field(min_length=1)] | None = Field(
        None, alias="for", description="Groups, by id; left out, everyone.", examples=["[year9]"]
    )
    times: Annotated[list[TimeName], Field(min_length=1)] | None = Field(
        None,
        alias="when",
        description="Named times when they are there; left out, while school is open.",
        examples=["[evening]"],
    )


class AlertPart(Part):
    """Who is told that a page that cares was shown."""

    to: RoleName = Field(description="The role, by id.", examples=["safeguarding"])
    when: Literal["at-once", "hourly", "daily"] = Field(
        Gathered.HOURLY.value, description="How soon: at-once, hourly or daily.", examples=["at-once"]
    )
    kind: bool = Field(
        default=False, description="true: also what kind of page was asked for, by its category.", examples=["true"]
    )


class HelpLinePart(Part):
    """A help line."""

    name: Text = Field(description="What it is called.", examples=["Childline"])
    about: Text = Field(
        "", description="In a few words: when, for whom, at what cost.", examples=["Free, day and night."]
    )
    phone: Phone | None = Field(None, description="Its number.", examples=['"0800 1111"'])
    text: TextMessage | None = Field(None, description="How to reach it by text message.", examples=["SHOUT to 85258"])
    url: WebLink = Field("", description="Its own page.", examples=['"https://www.childline.org.uk/"'])
    readers: list[ReaderLevel] = Field(
        default_factory=list,
        description="Reading levels of those it is for; left out, everyone.",
        examples=["[primary, secondary]"],
    )


class CountryPart(Part):
    """A country: whom to call in danger, and its help lines."""

    label: Text = Field(description="Its name.", examples=["England"])
    danger: Phone = Field(EVERYWHERE, description="The number to call in danger.", examples=['"999"'])
    lines: list[HelpLineName] = Field(
        default_factory=list, description="Its help lines, by id, in the order of pages.", examples=["[childline]"]
    )
    leave: WebLink = Field("", description="A plain site to go to.", examples=['"https://www.example.org/weather"'])


class CarePart(Part):
    """Help for people who may be in distress."""

    people: list[PersonPart] = Field(
        default_factory=list,
        description="Adults at school who listen. They come first on the page.",
        examples=['[{name: The safeguarding team, where: "Room 12, next to the library"}]'],
    )
    country: CountryName | None = Field(
        None,
        description="The country whose help lines are shown, by id; left out, that of the school's time zone.",
        examples=["wales"],
    )
    lines: list[HelpLineName] | None = Field(
        None, description="The help lines to show, by id; left out, those of the country.", examples=["[childline]"]
    )
    danger: Phone | None = Field(
        None, description="The number to call in danger; left out, that of the country, or 112.", examples=['"999"']
    )
    leave: WebLink = Field(
        "",
        description="The plain site that “Leave this page” leads to; left out, that of the country.",
        examples=['"https://www.example.org/weather"'],
    )
    hours: Annotated[list[TimeName], Field(min_length=1)] | None = Field(
        None,
        description="Named times when people are at school; left out, school-hours, or from the first lesson to the last.",
        examples=["[school-hours]"],
    )
    alert: AlertPart | None = Field(
        None,
        description="Who is told that such a page was shown; left out, nobody is.",
        examples=["{to: safeguarding, when: at-once}"],
    )
