"""The schema of rules and of the default."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, create_model, model_validator

from saywhy.policy import criteria, obligations
from saywhy.policy.codes import Code
from saywhy.policy.fields import (
    Date,
    FileKindName,
    GroupName,
    Id,
    Language,
    MomentField,
    PlaceName,
    PurposeName,
    ReaderLevel,
    RoleName,
    Text,
    TimeName,
)
from saywhy.policy.host_fields import WebLink
from saywhy.policy.part import Part, mistake, wrong_kind
from saywhy.policy.period import Period
from saywhy.policy.reading.schema_ask import Ask
from saywhy.policy.reading.schema_caution import CautionSettings
from saywhy.policy.suggest import either


class WordsPart(Part):
    """The school's reason in one language."""

    risk: Text = Field(description="The risk, in plain words.", examples=["It shows adverts for betting."])
    readers: dict[ReaderLevel, Text] = Field(
        default_factory=dict,
        description="The reason in other words, by reading level: early, primary, secondary, adult, easy-read.",
        examples=["{primary: It is not for children.}"],
    )
    would_change: Text = Field(
        "", description="What would change the answer.", examples=["If a lesson needs it, ask us."]
    )


def _words(value: Any) -> Any:
    if not isinstance(value, str | dict):
        raise wrong_kind("a text, or a mapping with risk and readers,")
    return {"risk": value} if isinstance(value, str) else value


Words = Annotated[WordsPart, BeforeValidator(_words, json_schema_input_type=WordsPart | Text)]


class WhyPart(WordsPart):
    """The school's reason."""

    languages: dict[Language, Words] = Field(
        default_factory=dict,
        description="The same in other languages, by their tags: a text, or a mapping with risk, readers and would_change.",
        examples=['{pl: "Pokazuje reklamy hazardu."}'],
    )


class DecidedPart(Part):
    """Who decided, and when."""

    by: Text = Field(description="Who decided, in words.", examples=["Senior leadership team and IT"])
    on: Date = Field(description="The day, as year-month-day.", examples=["2026-09-03"])


class HelpPart(Part):
    """Somebody to turn to."""

    name: Text = Field(description="A person at school, or a help line.", examples=["Childline"])
    contact: Text = Field(description="Where to find or how to reach them.", examples=['"0800 1111"'])
    url: WebLink = Field("", description="A page of theirs.", examples=['"https://www.childline.org.uk/"'])


# The keys of what is one of a kind come from its files, so that a new file is a new key.
if TYPE_CHECKING:
    _Criteria = Part
else:
    _Criteria = create_model(
        "_Criteria",
        __base__=Part,
        **{
            one.key: (one.annotation, Field(default_factory=list, description=one.description, examples=[one.example]))
            for one in criteria.kinds().values()
        },
    )
_KEYS: Final = either(criteria.kinds())


class CriteriaPart(_Criteria):
    """What a rule is about; any one of these is enough."""

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if not (any(getattr(self, key) for key in criteria.kinds()) or isinstance(self, EverythingPart)):
            raise mistake("this is about nothing", f"write {_KEYS}, or the word everything", code=Code.ABOUT_NOTHING)
        return self


class EverythingPart(CriteriaPart):
    """What the bare word "everything" stands for."""


def _criteria(value: Any) -> Any:
    if value == "everything":
        return EverythingPart()
    if isinstance(value, str | list):
        wanted = f"a mapping with {_KEYS}"
        raise wrong_kind(wanted, "write it like {apps: [tiktok]}, or the word everything")
    return value


CriteriaField = Annotated[
    CriteriaPart, BeforeValidator(_criteria, json_schema_input_type=CriteriaPart | Literal["everything"])
]
Why = Annotated[WhyPart, BeforeValidator(_words, json_schema_input_type=WhyPart | Text)]


class ReasonedPart(Part):
    """What a rule and the default have in common."""

    why: Why | None = Field(
        None, description="The reason: a text, or a mapping. A block needs it.", examples=["the reason, in plain words"]
    )
    instead: list[PurposeName] = Field(
        default_factory=list,
        description="Purposes that people may have, by id; the page offers their places.",
        examples=["[short-videos]"],
    )
    decided: DecidedPart | None = Field(
        None,
        description="Who decided, and when. A block needs it.",
        examples=["{by: Senior leadership team and IT, on: 2026-09-03}"],
    )
    review_by: Date | None = Field(
        None, description="When it is looked at again. A block needs it.", examples=["2027-03-01"]
    )
    owner: RoleName | None = Field(
        None, description="The role that answers for it, by id. A block needs it.", examples=["it"]
    )
    ask: Ask | None = Field(
        None,
        description="How to ask for an exception, or nobody; left out, the owner decides on everything.",
        examples=["{decides: [it], offer: [this-page, this-lesson]}", "nobody"],
    )

    @model_validator(mode="after")
    def _reviewed_later(self) -> Self:
        if self.decided is not None and self.review_by is not None and self.review_by < self.decided.on:
            raise mistake(f"review_by ({self.review_by}) lies before the day of the decision ({self.decided.on})", "write a later day", code=Code.REVIEW_BEFORE_DECISION)  # fmt: skip
        return self


class DefaultPart(ReasonedPart):
    """What happens where no rule matches."""

    effect: Literal["allow", "block"] = Field(description="allow or block.", examples=["block"])


if TYPE_CHECKING:
    _Obligations = ReasonedPart
else:
    _Obligations = create_model("_Obligations", __base__=ReasonedPart, **obligations.keys_of_a_part())


class RulePart(_Obligations, CautionSettings):
    """One rule. The first that matches decides."""

    id: Id = Field(description="A short name, unlike that of every other rule.", examples=["short-name"])
    allow: CriteriaField | None = Field(
        None, description="What is allowed: a mapping, or everything.", examples=["{domains: [example.org]}"]
    )
    block: CriteriaField | None = Field(
        None, description="What is blocked: a mapping, or everything.", examples=["{apps: [tiktok]}", "everything"]
    )
    caution: CriteriaField | None = Field(
        None,
        description="What opens for a short while to whoever was told why not: a mapping, or everything.",
        examples=["{categories: [file-sharing]}"],
    )
    groups: Annotated[list[GroupName], Field(min_length=1)] | None = Field(
        None, alias="for", description="Groups that it holds for, by id; left out, everyone.", examples=["[students]"]
    )
    places: Annotated[list[PlaceName], Field(min_length=1)] | None = Field(
        None, alias="at", description="Places where it holds, by name; left out, everywhere.", examples=["[Library]"]
    )
    times: Annotated[list[TimeName], Field(min_length=1)] | None = Field(
        None, alias="when", description="Named times when it holds; left out, always.", examples=["[lessons]"]
    )
    begins: MomentField | None = Field(
        None,
        alias="from",
        description="The day, or the minute of a day, from which on it holds.",
        examples=["2026-12-04", "2026-12-04 08:30"],
    )
    ends: MomentField | None = Field(
        None,
        alias="until",
        description="The last day on which it holds, or the minute at which it ends.",
        examples=["2026-12-10", "2026-12-10 12:30"],
    )
    files: Annotated[list[FileKindName], Field(min_length=1)] | None = Field(
        None,
        description="Kinds of file that it is for alone, by name or by content; left out, whatever is fetched.",
        examples=["[programs]"],
    )
    posting: bool = Field(
        default=False,
        description="true: it is for what writes or sends, not for reading.",
        examples=["true"],
    )
    uploads: bool = Field(default=False, description="true: it is for sending files alone.", examples=["true"])
    locked: bool = Field(default=False, description="true: nothing can open it, and nobody can ask.", examples=["true"])
    keep_open: bool = Field(
        default=False,
        description="true, at a rule that allows: nothing closes it but a locked rule, wherever it stands in the list.",
        examples=["true"],
    )
    high_risk: bool = Field(
        default=False, description="true: every exception from it needs two people.", examples=["true"]
    )
    help: Annotated[list[HelpPart], Field(min_length=1)] | None = Field(
        None,
        description="People to turn to; the page then cares instead of explaining a rule.",
        examples=['[{name: Childline, contact: "0800 1111"}]'],
    )

    care: bool = Field(
        default=False,
        description="true: the page cares; it names the people and the help lines of the section care.",
        examples=["true"],
    )

    @model_validator(mode="after")
    def _ends_later(self) -> Self:
        period = Period(self.begins, self.ends)
        if period.start is not None and period.end is not None and period.end <= period.start:
            what = f"until ({self.ends}) is not after from ({self.begins})"
            raise mistake(what, "write a later until", code=Code.BAD_DATE)
        return self
