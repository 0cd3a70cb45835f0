"""The schema of the section `inspection`: what is never decrypted, and what always is."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from saywhy.policy.codes import Code
from saywhy.policy.fields import AppName, CategoryName
from saywhy.policy.host_fields import WholeName
from saywhy.policy.part import Part, mistake, wrong_kind
from saywhy.policy.suggest import quoted


class SitesPart(Part):
    """Sites; any one of these is enough."""

    categories: list[CategoryName] = Field(
        default_factory=list, description="Categories, by id.", examples=["[banking, health]"]
    )
    apps: list[AppName] = Field(default_factory=list, description="Apps, by id.", examples=["[whatsapp]"])
    domains: list[WholeName] = Field(
        default_factory=list, description="Names; each covers its subdomains.", examples=["[bank.example]"]
    )

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if not (self.categories or self.apps or self.domains or isinstance(self, EverySitePart)):
            instead = "write categories, apps or domains, or the word everything"
            raise mistake("this names no site", instead, code=Code.ABOUT_NOTHING)
        return self


class EverySitePart(SitesPart):
    """What the bare word "everything" stands for."""


def _sites(value: Any) -> Any:
    if value == "everything":
        return EverySitePart()
    if isinstance(value, str | list):
        wanted = "a mapping with categories, apps or domains"
        raise wrong_kind(wanted, "write it like {categories: [banking]}, or the word everything")
    return value


Sites = Annotated[SitesPart, BeforeValidator(_sites, json_schema_input_type=SitesPart | Literal["everything"])]


class InspectionPart(Part):
    """What is seen inside encrypted connections."""

    never: Sites | None = Field(
        None,
        description="Sites that are never decrypted: allowed or blocked by their name alone.",
        examples=["{categories: [banking, health]}"],
    )
    always: Sites | None = Field(
        None,
        description="Sites that are decrypted although no rule asks for a path; also those of apps that pin.",
        examples=["{domains: [translate.example]}"],
    )

    @model_validator(mode="after")
    def _each_under_one(self) -> Self:
        never, always = self.never, self.always
        if never is None or always is None:
            return self
        if isinstance(never, EverySitePart):
            what = "never says everything, so nothing is left for always"
            raise mistake(what, "take one of them out", code=Code.NEVER_AND_ALWAYS)
        keys = ("categories", "apps", "domains")
        both = [one for key in keys for one in getattr(never, key) if one in getattr(always, key)]
        if both:
            what = f"{quoted(both[0])} stands under never and under always"
            raise mistake(what, "take it out of one of them", code=Code.NEVER_AND_ALWAYS)
        return self
