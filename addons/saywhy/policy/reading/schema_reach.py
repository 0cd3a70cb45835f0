"""The schema of `reach`: what may be opened at all."""

from typing import Annotated

from pydantic import Field

from saywhy.policy.network_fields import NetworkText, Port
from saywhy.policy.part import Part
from saywhy.policy.reading.schema_patience import PatiencePart


class ReachPart(Part):
    """What may be opened at all."""

    ports: Annotated[list[Port], Field(min_length=1)] = Field(
        default=[80, 443], description="The only ports that are answered.", examples=["[80, 443]"]
    )
    addresses: list[NetworkText] = Field(
        default_factory=list,
        description="Private networks, and addresses written as numbers, that may be opened.",
        examples=["[10.30.0.0/24]"],
    )
    patience: PatiencePart | None = Field(
        None,
        description="How long a site may take to begin its answer.",
        examples=["{seconds: 30}"],
    )
