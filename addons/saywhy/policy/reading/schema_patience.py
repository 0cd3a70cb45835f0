"""The schema of `reach.patience`: how long an origin may take to begin its answer."""

from typing import Annotated, Any, Final

from pydantic import Field, PlainValidator, WithJsonSchema

from saywhy.policy.codes import Code
from saywhy.policy.host_fields import WholeName
from saywhy.policy.part import Part, mistake, wrong_kind
from saywhy.policy.patience import LONGEST, SHORTEST, USUAL

_SHAPE: Final = {"title": "Seconds", "type": "integer", "minimum": SHORTEST, "maximum": LONGEST, "examples": [USUAL]}


def _seconds(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_kind("a number of seconds", f"write a whole number from {SHORTEST} to {LONGEST}")
    if not SHORTEST <= value <= LONGEST:
        what = f"{value} seconds are too {'few' if value < SHORTEST else 'many'}"
        raise mistake(what, f"write a whole number from {SHORTEST} to {LONGEST}", code=Code.BAD_TIME)
    return value


Seconds = Annotated[int, PlainValidator(_seconds), WithJsonSchema(_SHAPE)]


class LongerPart(Part):
    """Sites that may take another time."""

    domains: Annotated[list[WholeName], Field(min_length=1)] = Field(
        description="Names; each covers its subdomains.", examples=["[chat.example]"]
    )
    seconds: Seconds = Field(description="How long they may take.", examples=["120"])


class PatiencePart(Part):
    """How long a site may take to begin its answer; after that a page says so."""

    seconds: Seconds = Field(USUAL, description="How long all others may take.", examples=["30"])
    longer: list[LongerPart] = Field(
        default_factory=list,
        description="Sites that may take another time, as those that keep a request waiting for news (long polls).",
        examples=["[{domains: [chat.example], seconds: 120}]"],
    )
