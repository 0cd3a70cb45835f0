"""The schema of the policy's own tests, `tests/*.yaml`: who opens what, when and where, and what is expected."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Any, Final, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, PlainValidator, ValidationInfo, create_model, model_validator

from saywhy.decide.access import Target, target_of_url
from saywhy.decide.decision import Reason
from saywhy.decide.inspection import Way
from saywhy.decide.opened import read_media_type, read_method
from saywhy.policy import obligations
from saywhy.policy.address import AddressError
from saywhy.policy.codes import Code
from saywhy.policy.fields import PlaceName, Text
from saywhy.policy.part import Part, Reading, mistake, wrong_kind
from saywhy.policy.rule import Effect
from saywhy.policy.school import Address
from saywhy.policy.suggest import did_you_mean, quoted
from saywhy.policy.text_fields import read_label, read_name, read_word
from saywhy.rehearse.parse_moment import parse_moment

DEFAULT_WHEN: Final = "monday 10:00"
# The week that a day without a date lies in: always the same, so that a test answers alike on every day it is run.
MONDAY: Final = date(2026, 1, 5)
_EFFECTS: Final = tuple(one.value for one in Effect)
REASONS: Final = {one.value: one for one in Reason if one not in (Reason.GRANT, Reason.GO)}  # tests know of neither

type Asker = Address | tuple[str, ...]  # a device, or the groups of one person, the most telling first


@dataclass(slots=True)
class CasesReading(Reading):
    """What is known while tests are read: the policy's names, and its time zone."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))


def moment_in_a_test(text: str, zone: ZoneInfo) -> datetime:
    """The moment that `when` means; a day without a date lies in the week of MONDAY. Raises ValueError."""
    return parse_moment(text, datetime.combine(MONDAY, time(12), zone), zone)


def _asker(value: Any, info: ValidationInfo) -> Asker:
    text = read_name(value, "a group or an address", "write a group like year9, or an address like 10.30.9.20")
    try:
        return ip_address(text)
    except ValueError:
        pass
    if "," in text:
        each = ", ".join(one.strip() for one in text.split(","))
        both = each.replace(",", " +")
        raise mistake(f"{quoted(text)} is no group", f"write [{each}] to try each, or {both} for one person in all of them", code=Code.UNKNOWN_NAME)  # fmt: skip
    groups = tuple(dict.fromkeys(one.strip() for one in text.split("+")))
    for name in groups:
        _check_known("group", name, info)
    return groups


def _moment(value: Any, info: ValidationInfo) -> datetime:
    forms = "write it like 10:00, monday 10:00 or 2026-11-23T10:00"
    text = read_name(value, "a time", forms)
    reading = info.context
    try:
        return moment_in_a_test(text, reading.zone if isinstance(reading, CasesReading) else ZoneInfo("UTC"))
    except ValueError as error:
        what, _, instead = str(error).partition("; ")
        raise mistake(what, instead or forms, code=Code.BAD_TIME) from None


def _opened(value: Any) -> Target:
    text = read_name(value, "an address", "write it like https://www.example.org/page")
    try:
        return target_of_url(text)
    except AddressError as error:
        raise mistake(str(error), "write it like https://www.example.org/page", code=Code.BAD_ADDRESS) from None


def _effect(value: Any) -> Effect:
    text = read_name(value, "allow, block or caution", "write allow, block or caution")
    if text not in _EFFECTS:
        raise mistake(f"unknown effect {quoted(text)}", did_you_mean(text, _EFFECTS), code=Code.UNKNOWN_WORD)
    return Effect(text)


def _reason(value: Any) -> Reason:
    return read_word(value, REASONS, "a reason", "reason")


def _check_known(kind: str, name: str, info: ValidationInfo) -> None:
    reading = info.context
    if isinstance(reading, Reading) and not reading.knows(kind, name):
        raise mistake(f"unknown {kind} {quoted(name)}", reading.remedy(kind, name), code=Code.UNKNOWN_NAME)


def _known(kind: str, wanted: str) -> Callable[[Any, ValidationInfo], str]:
    def check(value: Any, info: ValidationInfo) -> str:
        name = read_label(value, wanted) if kind == "alternative" else read_name(value, wanted)
        _check_known(kind, name, info)
        return name

    return check


def _each(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _expect(value: Any) -> Any:
    if isinstance(value, str):
        return {"effect": value}
    if not isinstance(value, dict):
        raise wrong_kind("allow, block, caution or a mapping", "write it like {effect: block, rule: tiktok}")
    return value


def _read_by(read: Callable[[str], str], wanted: str, example: str) -> Callable[[Any], str]:
    def field_read(value: Any) -> str:
        try:
            return read(read_name(value, wanted, f"write one like {example}"))
        except ValueError as error:
            what, _, instead = str(error).partition("; ")
            raise mistake(what, instead, code=Code.UNKNOWN_WORD) from None

    return field_read


MethodWord = Annotated[str, PlainValidator(_read_by(read_method, "a method", "POST"), json_schema_input_type=str)]
TypeWord = Annotated[
    str, PlainValidator(_read_by(read_media_type, "a media type", "application/zip"), json_schema_input_type=str)
]
AskerWord = Annotated[Asker, PlainValidator(_asker, json_schema_input_type=str)]
Moment = Annotated[datetime, PlainValidator(_moment, json_schema_input_type=str)]
Opened = Annotated[Target, PlainValidator(_opened, json_schema_input_type=str)]
EffectWord = Annotated[Effect, PlainValidator(_effect, json_schema_input_type=str)]
ReasonWord = Annotated[Reason, PlainValidator(_reason, json_schema_input_type=str)]
RuleName = Annotated[str, PlainValidator(_known("rule", "the id of a rule"), json_schema_input_type=str)]
AlternativeName = Annotated[
    str, PlainValidator(_known("alternative", "the name of an alternative"), json_schema_input_type=str)
]
_OneOrMore = BeforeValidator(_each, json_schema_input_type=str | list[str])


def _way(value: Any) -> Way:
    words = {one.value: one for one in Way}
    return read_word(value, words, "relay, inspect or refuse", "word", "write relay, inspect or refuse")


WayWord = Annotated[Way, PlainValidator(_way, json_schema_input_type=str)]
if TYPE_CHECKING:
    _Carried = Part
else:
    _Carried = create_model("_Carried", __base__=Part, **obligations.keys_of_what_is_expected())


class CarriedPart(_Carried):
    """What an allow carries at this address, as a rule says it; false for what it must not carry."""


class ExpectPart(Part):
    """What is expected. What is left out is not looked at."""

    effect: EffectWord | None = Field(None, description="allow, block or caution.", examples=["block"])
    rule: RuleName | None = Field(
        None, description="The id of the rule that decides; default where none matches.", examples=["tiktok"]
    )
    reason: ReasonWord | None = Field(None, description=f"The reason code: {', '.join(REASONS)}.", examples=["locked"])
    alternatives: list[AlternativeName] | None = Field(
        None,
        description="Names of alternatives that the page offers, among others; [] where it offers none.",
        examples=["[BBC Bitesize]"],
    )

    obligations: CarriedPart | None = Field(
        None,
        description="What the allow carries at this address, by key as at a rule; {} where it carries nothing.",
        examples=["{safe_search: true}"],
    )
    connection: WayWord | None = Field(
        None,
        description="What becomes of an encrypted connection to the host: relay, inspect or refuse.",
        examples=["relay"],
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if all(getattr(self, key) is None for key in type(self).model_fields):
            instead = "write effect, rule, reason, alternatives, obligations or connection"
            raise mistake("nothing is expected here", instead, code=Code.MISSING_KEY)
        return self


Expect = Annotated[ExpectPart, BeforeValidator(_expect, json_schema_input_type=ExpectPart | str)]


class CasePart(Part):
    """One test. A list under who, where, when or open means each of them, in every combination."""

    name: Text = Field(description="What should be so, in a sentence.", examples=["TikTok is closed for Year 9"])
    who: Annotated[list[AskerWord], Field(min_length=1), _OneOrMore] | None = Field(
        None,
        description="A group, or the address of a device; a list means each of them. "
        "One person in several groups: year9 + learning-support, the most telling first.",
        examples=["year9"],
    )
    where: Annotated[list[PlaceName], Field(min_length=1), _OneOrMore] | None = Field(
        None,
        description="A place by its name, or a list; with who left out, it is that place's own groups.",
        examples=["Boarding house"],
    )
    when: Annotated[list[Moment], Field(min_length=1), _OneOrMore] | None = Field(
        None,
        description="A day of the week and a time, or a date and a time like 2026-11-23T10:00, in the school's time "
        f"zone; a list means each of them. A time alone is a Monday's. Left out: {DEFAULT_WHEN}.",
        examples=["monday 10:00"],
    )
    open: Annotated[list[Opened], Field(min_length=1), _OneOrMore] = Field(
        description="The address that is opened, or a list; a host alone means its first page over HTTPS.",
        examples=["https://www.tiktok.com/"],
    )
    method: MethodWord = Field("", description="The method it is opened with; left out, GET.", examples=["POST"])
    uploads: bool = Field(default=False, description="true: files are sent with it.", examples=["true"])
    file: Text = Field("", description="What the site calls the file that it answers with.", examples=["setup.exe"])
    type: TypeWord = Field("", description="The media type that it answers with.", examples=["application/zip"])
    expect: Expect = Field(
        description="What should come out: allow, block, caution, or a mapping with effect, rule, reason, alternatives, obligations and connection.",
        examples=["block"],
    )

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if self.who is None and self.where is None:
            raise mistake(
                "this test does not say who opens it", "write who: a group, or where: a place", code=Code.MISSING_KEY
            )
        if self.where is not None and any(not isinstance(one, tuple) for one in self.who or ()):
            raise mistake(
                "an address and a place; the address says already where it is", "take where out", code=Code.SAID_TWICE
            )
        return self


class CasesFile(Part):
    """One file of tests."""

    tests: Annotated[list[CasePart], Field(min_length=1)] = Field(
        description="The tests.", examples=["[{name: …, who: year9, open: …, expect: block}]"]
    )
