"""The schema of `purposes`: what people want to do, and where they may."""

from typing import Annotated

from pydantic import Field

from saywhy.policy.fields import Text
from saywhy.policy.host_fields import WebAddress
from saywhy.policy.part import Part


class AlternativePart(Part):
    """A trusted place."""

    name: Text = Field(description="What it is called.", examples=["BBC Bitesize"])
    url: WebAddress = Field(description="Where it is.", examples=['"https://www.bbc.co.uk/bitesize"'])
    trusted: Text = Field(description="Why it is trusted.", examples=["Made by the BBC for schools."])


class PurposePart(Part):
    """Something that people want to do, and where they may."""

    label: Text = Field(description="What they want to do.", examples=["Watch short, funny videos"])
    alternatives: Annotated[list[AlternativePart], Field(min_length=1)] = Field(
        description="Trusted places to do it.",
        examples=[
            "[{name: …, url: …, trusted: …}]",
            '[{name: BBC Bitesize, url: "https://www.bbc.co.uk/bitesize", trusted: Made by the BBC for schools.}]',
        ],
    )
