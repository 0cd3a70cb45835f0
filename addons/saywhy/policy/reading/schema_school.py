"""The schema of the school itself."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from saywhy.policy.codes import Code
from saywhy.policy.fields import Language, Text, Zone
from saywhy.policy.languages import available_languages
from saywhy.policy.part import Part, mistake
from saywhy.policy.reading.schema_ask import SchoolHours
from saywhy.policy.reading.schema_look import LookPart


class SchoolPart(Part):
    """The school."""

    name: Text = Field(description="The school's name, as pages say it.", examples=["Hillside School"])
    timezone: Zone = Field(description="The time zone in which times are meant.", examples=["Europe/London"])
    languages: Annotated[list[Language], Field(min_length=1)] | None = Field(
        default=None,
        description="The languages that pages can be read in; the first is the default, and that of the school's own words. Left out: English first, then every other.",
        examples=["[en, cy]"],
    )
    look: LookPart | None = Field(
        None, description="Its crest, its colours, whom to ask.", examples=["{crest: crest.svg}"]
    )
    answer_within: SchoolHours | None = Field(
        None,
        description="Hours of school in which a request is answered, where its rule says nothing else.",
        examples=["4 hours"],
    )

    @property
    def offered(self) -> tuple[str, ...]:
        """The languages of pages: those that are named, else all."""
        return tuple(self.languages or available_languages())

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if self.languages is not None and len(set(self.languages)) < len(self.languages):
            raise mistake("languages names one of them twice", "write each once", code=Code.SAID_TWICE)
        return self
