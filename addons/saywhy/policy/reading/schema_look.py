"""The schema of a school's own look: its crest, its colours, whom to ask."""

import re
from typing import Annotated, Any, Final, Self

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from saywhy.policy.codes import Code
from saywhy.policy.colours import read_colour
from saywhy.policy.fields import Label, Text
from saywhy.policy.part import Part, mistake, wrong_kind
from saywhy.policy.suggest import quoted
from saywhy.policy.text_fields import read_name

_HOW: Final = 'write red, green and blue in quotes, like "#7a1f2b"'
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()/.-]{1,29}", re.ASCII)
_MAIL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+", re.ASCII)


def _colour(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_kind("a colour", _HOW)
    text = read_name(value, "a colour", _HOW)
    try:
        return read_colour(text)
    except ValueError:
        raise mistake(f"{quoted(text)} is no colour", _HOW, code=Code.BAD_COLOUR) from None


def _phone(value: Any) -> str:
    text = read_name(value, "a phone number", 'write it in quotes, like "01632 960 123"')
    if _PHONE.fullmatch(text) is None:
        what, instead = f"{quoted(text)} is no phone number", 'write digits and spaces, like "01632 960 123"'
        raise mistake(what, instead, code=Code.BAD_CONTACT)
    return text


def _mail(value: Any) -> str:
    text = read_name(value, "a mail address", "write it like it@hillside.example")
    if _MAIL.fullmatch(text) is None:
        what, instead = f"{quoted(text)} is no mail address", "write one, like it@hillside.example"
        raise mistake(what, instead, code=Code.BAD_CONTACT)
    return text


Colour = Annotated[
    str,
    PlainValidator(_colour),
    WithJsonSchema({"title": "colour", "type": "string", "pattern": "^ *#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6}) *$", "examples": ["#7a1f2b"]}),
]  # fmt: skip
Phone = Annotated[
    str,
    PlainValidator(_phone),
    WithJsonSchema({"title": "phone number", "type": "string", "pattern": "^[ +0-9()/.-]+$", "examples": ["01632 960 123"]}),
]  # fmt: skip
Mail = Annotated[
    str,
    PlainValidator(_mail),
    WithJsonSchema({"title": "mail address", "type": "string", "pattern": "@", "examples": ["it@hillside.example"]}),
]


class DarkColoursPart(Part):
    """The colours of pages where somebody's device is set to dark ones."""

    accent: Colour | None = Field(
        None, description="Links and buttons; left out, a lighter shade of the other.", examples=['"#e58a97"']
    )
    background: Colour | None = Field(None, description="Behind everything.", examples=['"#14181f"'])
    text: Colour | None = Field(None, description="Words.", examples=['"#eeeeee"'])


class ColoursPart(Part):
    """The colours of pages. What is left out stays ours; words have to stand out from what is behind them."""

    accent: Colour | None = Field(None, description="Links and buttons.", examples=['"#7a1f2b"'])
    background: Colour | None = Field(None, description="Behind everything.", examples=['"#f5f2ec"'])
    text: Colour | None = Field(None, description="Words.", examples=['"#20242c"'])
    dark: DarkColoursPart | None = Field(
        None,
        description="The same where a device is set to dark colours; left out, made from those above.",
        examples=['{accent: "#e58a97"}'],
    )


class ContactPart(Part):
    """Whom to ask, on every page but those for the youngest."""

    name: Label = Field(description="The role, as people call it.", examples=["IT support"])
    room: Label = Field("", description="Where it is found.", examples=["Room 12"])
    phone: Phone = Field("", description="Its number.", examples=['"01632 960 123"'])
    mail: Mail = Field("", description="Its mail address.", examples=["it@hillside.example"])

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if not (self.room or self.phone or self.mail):
            what = f"nobody can find {quoted(self.name)} by this"
            raise mistake(what, "write room, phone or mail as well", code=Code.BAD_CONTACT)
        return self


class LookPart(Part):
    """How pages of this school look."""

    crest: Text = Field(
        "", description="A picture within this folder: SVG or PNG, at most 12 kB.", examples=["crest.svg"]
    )
    colours: ColoursPart | None = Field(None, description="The school's colours.", examples=['{accent: "#7a1f2b"}'])
    contact: ContactPart | None = Field(
        None, description="Whom to ask.", examples=["{name: IT support, room: Room 12}"]
    )
