"""The schema of `keep`: how long what people asked, and what they met, is kept."""

from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import Field, PlainValidator, WithJsonSchema

from saywhy.policy.codes import Code
from saywhy.policy.keep import (
    BLOCKS_BETWEEN,
    LOG_BETWEEN,
    REQUESTS_BETWEEN,
    USUAL_BLOCKS,
    USUAL_LOG,
    USUAL_REQUESTS,
    read_duration,
)
from saywhy.policy.part import Part, mistake, wrong_kind
from saywhy.policy.suggest import quoted

_SHAPE: Final = {
    "title": "Duration",
    "type": "string",
    "pattern": "^[1-9][0-9]{0,3} ?(day|week|month|year)s?$",
    "examples": ["30 days", "1 year"],
}


def _within(value: Any, bounds: tuple[timedelta, timedelta]) -> timedelta:
    shortest, longest = (one.days for one in bounds)
    instead = f"write {shortest} to {longest} days, like 30 days, 6 months or 1 year"
    if not isinstance(value, str):
        raise wrong_kind("a time like 30 days", instead)
    try:
        found = read_duration(value)
    except ValueError:
        raise mistake(f"{quoted(value)} is no length of time", instead, code=Code.BAD_TIME) from None
    if not bounds[0] <= found <= bounds[1]:
        what = f"{quoted(value)} is too {'short' if found < bounds[0] else 'long'}"
        raise mistake(what, instead, code=Code.BAD_TIME)
    return found


Blocks = Annotated[timedelta, PlainValidator(lambda value: _within(value, BLOCKS_BETWEEN)), WithJsonSchema(_SHAPE)]
Requests = Annotated[timedelta, PlainValidator(lambda value: _within(value, REQUESTS_BETWEEN)), WithJsonSchema(_SHAPE)]

Log = Annotated[timedelta, PlainValidator(lambda value: _within(value, LOG_BETWEEN)), WithJsonSchema(_SHAPE)]


class KeepPart(Part):
    """How long what people asked, and what they met, is kept."""

    blocks: Blocks = Field(
        default_factory=lambda: USUAL_BLOCKS,
        description="How often blocks were met, in numbers, from their day on; 1 to 366 days. Left out: 30 days.",
        examples=["30 days"],
    )
    requests: Requests = Field(
        default_factory=lambda: USUAL_REQUESTS,
        description="Requests and what was said to them, from when they and their permits were over; 30 days to 7 years. Left out: 1 year.",
        examples=["1 year"],
    )
    log: Log = Field(
        default_factory=lambda: USUAL_LOG,
        description="The decision log, and that of handshakes that came to nothing, by day; 1 to 366 days. Left out: 30 days.",
        examples=["30 days"],
    )
