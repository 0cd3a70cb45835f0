"""The schema of what people want to do, and of the places where they may."""

from typing import Annotated

from pydantic import Field

from saywhy.policy.fields import AgesField, ReaderLevel, Text
from saywhy.policy.host_fields import WebAddress
from saywhy.policy.part import Part


class AlternativePart(Part):
    """A trusted place."""

    name: Text = Field(description="What it is called.", examples=["BBC Bitesize"])
    url: WebAddress = Field(description="Where it is.", examples=['"https://www.bbc.co.uk/bitesize"'])
    trusted: Text = Field(description="Why it is trusted.", examples=["Made by the BBC for schools."])
    ages: AgesField | None = Field(
        None, description="For whom it is: 7-11, or 13+; left out, for everyone.", examples=["5-11"]
    )
    readers: dict[ReaderLevel, Text] = Field(
        default_factory=dict,
        description="Why it is trusted, in other words, by reading level: early, primary, easy-read, …",
        examples=["{early: The BBC makes it.}"],
    )


class PurposePart(Part):
    """Something that people want to do, and where they may."""

    label: Text = Field(description="What they want to do.", examples=["Watch short, funny videos"])
    in_breaks: bool = Field(default=False, description="true: not in lesson time, such as games.", examples=["true"])
    alternatives: Annotated[list[AlternativePart], Field(min_length=1)] = Field(
        description="Trusted places to do it.",
        examples=[
            "[{name: …, url: …, trusted: …}]",
            '[{name: BBC Bitesize, url: "https://www.bbc.co.uk/bitesize", trusted: Made by the BBC for schools.}]',
        ],
    )
