"""The schema of roles: who decides, the most that they may give, and who stands in for them."""

from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from saywhy.policy.caps import Whom
from saywhy.policy.codes import Code
from saywhy.policy.fields import RoleName, Text
from saywhy.policy.part import Part, mistake, wrong_kind
from saywhy.policy.rule import UNTIL_OFFERS, WHAT_OFFERS, Offer
from saywhy.policy.text_fields import read_word


def _whom(value: Any) -> Whom:
    return read_word(value, {one.value: one for one in Whom}, "for whom", "whom")


def _what(value: Any) -> Offer:
    return read_word(value, {one.value: one for one in WHAT_OFFERS}, "how much of a site", "amount")


def _until(value: Any) -> Offer:
    return read_word(value, {one.value: one for one in UNTIL_OFFERS}, "for how long", "time")


def _shape(title: str, words: tuple[str, ...]) -> dict[str, Any]:
    return {"title": title, "type": "string", "enum": list(words)}


WhomWord = Annotated[Whom, PlainValidator(_whom), WithJsonSchema(_shape("whom", tuple(Whom)))]
WhatWord = Annotated[Offer, PlainValidator(_what), WithJsonSchema(_shape("amount", WHAT_OFFERS))]
UntilWord = Annotated[Offer, PlainValidator(_until), WithJsonSchema(_shape("time", UNTIL_OFFERS))]


class MostPart(Part):
    """The most that a role may give."""

    who: WhomWord | None = Field(
        None, description="For whom at the most: this-device, one-group or everybody.", examples=["one-group"]
    )
    what: WhatWord | None = Field(
        None, description="How much at the most: this-page, this-site or this-app.", examples=["this-page"]
    )
    until: UntilWord | None = Field(
        None,
        description="How long at the most: this-lesson, today, this-week or this-term.",
        examples=["this-lesson"],
    )

    @model_validator(mode="after")
    def _bounds_something(self) -> Self:
        if self.who is None and self.what is None and self.until is None:
            raise mistake("this bounds nothing", "write who, what or until, or leave most out", code=Code.ABOUT_NOTHING)
        return self


AUDITOR: Final = "auditor"  # reads only, unless policy says otherwise


class RolePart(Part):
    """A role: who owns rules and decides on requests."""

    title: Text = Field(description="What pages say.", examples=["IT support"])
    deputy: RoleName | None = Field(
        None,
        description="The role, by id, that may decide as well once half the time for an answer is over.",
        examples=["leadership"],
    )
    reads: bool | None = Field(
        default=None,
        description="true: it sees all requests and their answers, and decides nothing; left out, true for auditor alone.",
        examples=["true"],
    )
    most: MostPart | None = Field(
        None,
        description="The most that it may give; left out, all that a rule offers.",
        examples=["{who: one-group, what: this-page, until: this-lesson}"],
    )


def _role(value: Any) -> Any:
    if not isinstance(value, str | dict):
        raise wrong_kind("a text")
    return {"title": value} if isinstance(value, str) else value


Role = Annotated[RolePart, BeforeValidator(_role, json_schema_input_type=RolePart | Text)]
