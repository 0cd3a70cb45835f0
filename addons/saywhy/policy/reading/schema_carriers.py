"""The schema of `carriers`: services whose addresses hold others."""

from typing import Annotated

from pydantic import Field

from saywhy.policy.fields import Text
from saywhy.policy.host_fields import AddressPlaceText, WholeName
from saywhy.policy.part import Part


class CarrierPart(Part):
    """A service that carries other addresses inside its own, which are then decided on as well."""

    label: Text = Field("", description="What pages say; left out, the id made readable.", examples=["Web Archive"])
    about: Text = Field("", description="What it is, in a sentence.", examples=["Copies of pages as they were."])
    domains: Annotated[list[WholeName], Field(min_length=1)] = Field(
        description="Names; each covers its subdomains.", examples=["[web.archive.org]"]
    )
    addresses: Annotated[list[AddressPlaceText], Field(min_length=1)] = Field(
        description="Where in its URLs the other address stands.",
        examples=['["/translate?u={address}", "/web/*/{address}", "{name}"]'],
    )
