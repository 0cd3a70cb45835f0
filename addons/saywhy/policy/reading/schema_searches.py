"""The schema of `searches`: which phrases in a search say what somebody is looking for."""

from typing import Annotated, Any, Final

from pydantic import Field, PlainValidator, WithJsonSchema

from saywhy.policy.address import AddressError
from saywhy.policy.codes import Code
from saywhy.policy.fields import CategoryName, Text
from saywhy.policy.part import Part, mistake, wrong_kind
from saywhy.policy.searches import HEAVIEST, USUAL_THRESHOLD, SearchPlace, parse_search_place
from saywhy.policy.text_fields import read_name

_PLACE_SHAPE: Final = {
    "title": "place of the words of a search",
    "type": "string",
    "pattern": r"^ *[^/{}?#\\%*\s]*(?:/[^/{}?#\\%*]+)*(?:/|/?\?[^{}=&#\s]+=)\{words\} *$",
    "examples": ["/search?q={words}"],
}


def _whole(value: Any, least: int, wanted: str) -> int:
    instead = f"write a whole number from {least} to {HEAVIEST}"
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_kind(wanted, instead)
    if not least <= value <= HEAVIEST or value == 0:
        raise mistake(f"{value} is no {wanted.removeprefix('a ')}", instead, code=Code.BAD_WEIGHT)
    return value


def _place(value: Any) -> SearchPlace:
    text = read_name(value, "a place", "write it like /search?q={words}")
    try:
        return parse_search_place(text)
    except AddressError as error:
        what, _, instead = str(error).partition("; ")
        raise mistake(what, instead, code=Code.BAD_ADDRESS) from None


def _number(least: int) -> dict[str, Any]:
    return {"title": "weight", "type": "integer", "minimum": least, "maximum": HEAVIEST, "not": {"const": 0}}


SearchPlaceText = Annotated[SearchPlace, PlainValidator(_place), WithJsonSchema(_PLACE_SHAPE)]
Weight = Annotated[
    int, PlainValidator(lambda value: _whole(value, -HEAVIEST, "a weight")), WithJsonSchema(_number(-HEAVIEST))
]
Reduction = Annotated[int, PlainValidator(lambda value: _whole(value, 1, "a weight")), WithJsonSchema(_number(1))]
Threshold = Annotated[int, PlainValidator(lambda value: _whole(value, 1, "a threshold")), WithJsonSchema(_number(1))]


class SearchesPart(Part):
    """What is looked for in searches, by the words in the URLs of search engines."""

    look_for: list[CategoryName] = Field(
        default_factory=list,
        description="Categories that searches can belong to, by id. Without any no search is looked at.",
        examples=["[self-harm]"],
    )
    threshold: Threshold = Field(
        USUAL_THRESHOLD, description="The score from which on a search belongs to a category.", examples=["15"]
    )
    phrases: dict[CategoryName, dict[Text, Weight]] = Field(
        default_factory=dict,
        description="Phrases by category, each with what it counts; below 0 it reduces. They come beside Saywhy's own.",
        examples=["{self-harm: {bad idea club: 20, bad idea club fundraiser: -20}}"],
    )
    reduce: dict[Text, Reduction] = Field(
        default_factory=dict,
        description="Phrases that reduce every score; of several in a search the strongest counts alone.",
        examples=["{school play: 20}"],
    )
