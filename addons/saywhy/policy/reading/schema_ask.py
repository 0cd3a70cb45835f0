"""The schema of asking: who decides, who agrees, what is on offer, and how soon there is an answer."""

import re
from datetime import timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from saywhy.policy.codes import Code
from saywhy.policy.fields import OfferWord, RoleName
from saywhy.policy.part import Part, mistake, wrong_kind
from saywhy.policy.suggest import quoted
from saywhy.policy.text_fields import read_name

_MOST_PEOPLE: Final = 9
_LONGEST: Final = timedelta(hours=200)
_SPAN: Final = re.compile(r"(\d{1,4}) *(hours?|minutes?)", re.ASCII)
_WRITE: Final = "write hours of school, like 4 hours, or 90 minutes"


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_kind("a number of people", f"write a whole number from 1 to {_MOST_PEOPLE}")
    if not 1 <= value <= _MOST_PEOPLE:
        what = f"nobody can ever be {value} people" if value < 1 else f"{value} people will never agree in time"
        raise mistake(what, f"write a whole number from 1 to {_MOST_PEOPLE}", code=Code.OUT_OF_REACH)
    return value


def _hours(value: Any) -> timedelta:
    text = read_name(value, "a time", _WRITE)
    found = _SPAN.fullmatch(text)
    span = timedelta() if found is None else timedelta(**{f"{found[2].rstrip('s')}s": int(found[1])})
    if not timedelta() < span <= _LONGEST:
        what = f"{quoted(text)} is no time in which an answer can come"
        raise mistake(what, f"{_WRITE}; 200 hours at the most", code=Code.BAD_TIME)
    return span


_PEOPLE: Final = {"title": "people", "type": "integer", "minimum": 1, "maximum": _MOST_PEOPLE}
_TIME: Final = {"title": "time", "type": "string", "pattern": r"^ *[0-9]{1,4} *(hours?|minutes?) *$"}
People = Annotated[int, PlainValidator(_number), WithJsonSchema(_PEOPLE)]
SchoolHours = Annotated[timedelta, PlainValidator(_hours), WithJsonSchema(_TIME)]


class ApprovalGroupPart(Part):
    """People who have to agree."""

    of: Annotated[list[RoleName], Field(min_length=1)] = Field(
        description="Their roles, by id.", examples=["[safeguarding]"]
    )
    number: People = Field(1, description="How many of them; different people each.", examples=["1"])


class AskPart(Part):
    """How an exception is asked for."""

    decides: Annotated[list[RoleName], Field(min_length=1)] | None = Field(
        default=None,
        description="Roles that decide, by id; left out, all those of together, or the owner.",
        examples=["[it]"],
    )
    signs_off: list[RoleName] = Field(
        default_factory=list,
        description="Roles one of which must agree as well, by id: another person.",
        examples=["[safeguarding]"],
    )
    together: list[ApprovalGroupPart] = Field(
        default_factory=list,
        description="Groups that have to agree, with how many of each; who decides first counts in their own.",
        examples=["[{of: [safeguarding], number: 1}, {of: [leadership], number: 1}]"],
    )
    offer: Annotated[list[OfferWord], Field(min_length=1)] | None = Field(
        default=None,
        description="What may be asked for; left out, everything that can be.",
        examples=["[this-page, this-lesson]"],
    )
    answer_within: SchoolHours | None = Field(
        default=None,
        description="Hours of school in which there is an answer; left out, those of the school.",
        examples=["4 hours"],
    )

    @model_validator(mode="after")
    def _agreed_once(self) -> Self:
        if self.signs_off and self.together:
            what = "signs_off and together both say who agrees"
            raise mistake(what, "write signs_off as one more group of together", code=Code.SAID_TWICE)
        seen: set[str] = set()
        for group in self.together:
            for role in group.of:
                if role in seen:
                    what = f"the role {quoted(role)} stands in two groups of together"
                    instead = "leave it in one, with the number of people that it needs"
                    raise mistake(what, instead, code=Code.SAID_TWICE)
                seen.add(role)
        return self


class NobodyPart(AskPart):
    """What the bare word "nobody" stands for: there is no asking."""


def _ask_or_nobody(value: Any) -> Any:
    if value == "nobody":
        return NobodyPart()
    if isinstance(value, str | list):
        raise wrong_kind("'nobody' or a mapping", "write it like {decides: [it]}")
    return value


Ask = Annotated[AskPart, BeforeValidator(_ask_or_nobody, json_schema_input_type=AskPart | Literal["nobody"])]
