"""The settings of a rule with caution: how long it opens, how long a day, whether somebody says why."""

import re
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from saywhy.policy.caution import LONGEST, LONGEST_QUOTA, SHORTEST, USUAL, Caution, in_minutes
from saywhy.policy.codes import Code
from saywhy.policy.part import Part, mistake
from saywhy.policy.suggest import quoted
from saywhy.policy.text_fields import read_name

_SPAN: Final = re.compile(r"(\d{1,4})\s*(min|minutes?|h|hours?)", re.ASCII | re.IGNORECASE)
_A_DAY: Final = re.compile(r"(.+?)\s+(?:a|per|each|every)\s+day", re.IGNORECASE)
_WRITE: Final = "write it like 10 minutes"
_WRITE_QUOTA: Final = "write it like 20 minutes a day"
_SPAN_SHAPE: Final = {
    "title": "length of time",
    "type": "string",
    "pattern": r"^\s*[0-9]{1,4}\s*(?:[Mm][Ii][Nn](?:[Uu][Tt][Ee][Ss]?)?|[Hh](?:[Oo][Uu][Rr][Ss]?)?)\s*$",
    "examples": ["10 minutes"],
}
_QUOTA_SHAPE: Final = {
    "title": "length of time a day",
    "type": "string",
    "pattern": r"^\s*[0-9]{1,4}\s*[A-Za-z]+\s+(?:[Aa]|[Pp][Ee][Rr]|[Ee][Aa][Cc][Hh]|[Ee][Vv][Ee][Rr][Yy])\s+[Dd][Aa][Yy]\s*$",
    "examples": ["20 minutes a day"],
}


def _read(text: str, written: str, instead: str, longest: timedelta) -> timedelta:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise mistake(f"{quoted(written)} is no length of time", instead, code=Code.BAD_TIME)
    number, hours = int(found[1]), found[2][0] in "hH"
    span = timedelta(hours=number) if hours else timedelta(minutes=number)
    if not SHORTEST <= span <= longest:
        what = f"{quoted(written)} is too {'short' if span < SHORTEST else 'long'}"
        raise mistake(what, f"write {in_minutes(SHORTEST)} to {in_minutes(longest)}", code=Code.BAD_TIME)
    return span


def _span(value: Any) -> timedelta:
    text = read_name(value, "a length of time", _WRITE)
    return _read(text, text, _WRITE, LONGEST)


def _quota(value: Any) -> timedelta:
    text = read_name(value, "a length of time a day", _WRITE_QUOTA)
    found = _A_DAY.fullmatch(text)
    if found is None:
        raise mistake(f"{quoted(text)} is no length of time a day", _WRITE_QUOTA, code=Code.BAD_TIME)
    return _read(found[1], text, _WRITE_QUOTA, LONGEST_QUOTA)


Span = Annotated[timedelta, PlainValidator(_span), WithJsonSchema(_SPAN_SHAPE)]
Quota = Annotated[timedelta, PlainValidator(_quota), WithJsonSchema(_QUOTA_SHAPE)]


class CautionSettings(Part):
    """What a rule with caution says beside what it is about."""

    open_for: Span | None = Field(
        None,
        description="With caution: how long it opens each time, from 1 minute to 2 hours; left out, 10 minutes.",
        examples=["10 minutes"],
    )
    quota: Quota | None = Field(
        None,
        description="With caution: how long it can be open in a day altogether, for each device; left out, there is no end.",
        examples=["20 minutes a day"],
    )
    give_reason: bool = Field(
        default=True, description="With caution: false: nobody has to write why they go on.", examples=["false"]
    )

    @model_validator(mode="after")
    def _quota_for_one_go(self) -> "CautionSettings":
        once = self.open_for or USUAL
        if self.quota is not None and self.quota < once:
            what = f"quota ({in_minutes(self.quota)} a day) is shorter than what is opened once ({in_minutes(once)})"
            instead = f"write open_for: {in_minutes(self.quota)}, or a longer quota"
            raise mistake(what, instead, code=Code.QUOTA_TOO_SHORT)
        return self

    @property
    def caution_settings(self) -> Caution:
        """The settings as the rule has them."""
        return Caution(self.open_for or USUAL, self.quota, self.give_reason)
