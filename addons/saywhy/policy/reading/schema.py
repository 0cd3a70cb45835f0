"""The schema of a policy's files: what may be written, section by section."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from saywhy.policy.codes import Code
from saywhy.policy.fields import (
    AppName,
    CategoryName,
    Date,
    GroupName,
    Id,
    Label,
    Language,
    PurposeName,
    ReaderLevel,
    Text,
)
from saywhy.policy.host_fields import Host, Pattern, WholeName
from saywhy.policy.network_fields import NetworkText, Ports, Protocol
from saywhy.policy.part import Part, Reading, mistake
from saywhy.policy.protocols import ANYTHING
from saywhy.policy.reading.schema_calendars import CalendarPart
from saywhy.policy.reading.schema_care import CarePart, CountryPart, HelpLinePart
from saywhy.policy.reading.schema_carriers import CarrierPart
from saywhy.policy.reading.schema_controls import ControlsPart
from saywhy.policy.reading.schema_inspection import InspectionPart
from saywhy.policy.reading.schema_keep import KeepPart
from saywhy.policy.reading.schema_purposes import PurposePart
from saywhy.policy.reading.schema_reach import ReachPart
from saywhy.policy.reading.schema_roles import Role
from saywhy.policy.reading.schema_rules import DefaultPart, RulePart
from saywhy.policy.reading.schema_school import SchoolPart
from saywhy.policy.reading.schema_searches import SearchesPart, SearchPlaceText
from saywhy.policy.reading.schema_times import Times
from saywhy.policy.suggest import quoted


class GroupPart(Part):
    """People who are treated alike."""

    label: Text = Field(
        "",
        description="What those who keep the filter and decide read; left out, the id made readable.",
        examples=["Year 7"],
    )
    public: Text = Field(
        "",
        description="What pages may call these people, seen by whoever looks on; left out, pages name no group.",
        examples=["Year 7"],
    )
    reader: ReaderLevel | None = Field(
        None,
        description="The words they meet: early, primary, secondary, adult, easy-read, sixth-form or staff.",
        examples=["secondary"],
    )
    language: Language | None = Field(
        None, description="The language that they read first, whatever their browser says.", examples=["uk"]
    )
    within: list[GroupName] = Field(
        default_factory=list, description="Groups that these people belong to as well, by id.", examples=["[students]"]
    )


class PlacePart(Part):
    """A network, and whose devices are in it."""

    network: NetworkText = Field(description="The network.", examples=["10.30.7.0/24"])
    groups: Annotated[list[GroupName], Field(min_length=1)] = Field(
        description="Groups of its devices, the most telling first.", examples=["[year7]"]
    )
    name: Label = Field("", description="What rules call it after at; left out, the network.", examples=["Library"])
    shared: bool = Field(
        default=False,
        description="true: many devices share one address of it (NAT, a proxy), so an address tells nobody apart.",
        examples=["true"],
    )


class ListingPart(Part):
    """Where it is said which sites belong together."""

    label: Text = Field("", description="What pages say; left out, the id made readable.", examples=["Music"])
    about: Text = Field("", description="What it is, in a sentence.", examples=["Songs and podcasts."])
    domains: list[Host] = Field(
        default_factory=list, description="Names; each covers its subdomains.", examples=["[music.example]"]
    )
    urls: list[Pattern] = Field(
        default_factory=list,
        description="Addresses with a path, like www.example.org/shop/*.",
        examples=['["www.example.org/shop/*"]'],
    )
    lists: list[Text] = Field(
        default_factory=list,
        description="Files within this folder, one domain a line.",
        examples=["[lists/music.txt]"],
    )

    @model_validator(mode="after")
    def _lists_something(self, info: ValidationInfo) -> Self:
        later = isinstance(info.context, Reading) and info.context.lists_come_later
        if not (self.domains or self.urls or self.lists or later):
            what = "nothing is listed here, so no rule about it could match"
            raise mistake(what, "write domains, urls or lists", code=Code.ABOUT_NOTHING)
        return self


class CategoryPart(ListingPart):
    """A kind of site."""

    readers: dict[ReaderLevel, Text] = Field(
        default_factory=dict,
        description="What it is in other words, by reading level: early, primary, easy-read, …",
        examples=["{early: Games where people can lose money.}"],
    )
    risk: Text = Field(
        "", description="The risk in a sentence, in plain words.", examples=["People can lose more than they have."]
    )
    purposes: list[PurposeName] = Field(
        default_factory=list,
        description="What people may have wanted there, by id; a rule's own instead comes first.",
        examples=["[play-a-game]"],
    )
    high_risk: bool = Field(
        default=False, description="true: nobody opens any of it alone; two people agree.", examples=["true"]
    )


class NeedsPart(Part):
    """What an app needs of others."""

    domains: list[WholeName] = Field(
        default_factory=list,
        description="Names of others; each covers its subdomains, all of which open with the app.",
        examples=["[fonts.gstatic.com]"],
    )
    apps: list[AppName] = Field(
        default_factory=list,
        description="Apps that it needs as a whole, such as a sign-in, by id.",
        examples=["[school-sign-in]"],
    )

    @model_validator(mode="after")
    def _needs_something(self) -> Self:
        if not (self.domains or self.apps):
            raise mistake("this needs nothing", "write domains or apps, or leave needs out", code=Code.ABOUT_NOTHING)
        return self


class AppPart(ListingPart):
    """A service by its name."""

    purposes: list[PurposeName] = Field(
        default_factory=list, description="What people use it for, by id.", examples=["[short-videos]"]
    )
    categories: list[CategoryName] = Field(
        default_factory=list,
        description="Categories that all its domains and urls belong to as well, by id.",
        examples=["[social-networks]"],
    )
    ports: list[Ports] = Field(
        default_factory=list,
        description="Ports that it uses besides 80 and 443, for those who keep the firewall.",
        examples=["[5938, 8801-8810]"],
    )
    pins: bool = Field(
        default=False,
        description="true: its programs refuse a school's certificate, so it cannot be looked into.",
        examples=["true"],
    )
    protocols: list[Protocol] = Field(
        default_factory=list,
        description=f"What its programs speak besides the web, as they name it in TLS (ALPN); {ANYTHING}: whatever it is.",
        examples=["[apns-security-v3]"],
    )
    controls: ControlsPart | None = Field(
        None,
        description="What its service offers to those who run a network, by the obligation that asks for it.",
        examples=["{safe_search: {address: strict.bing.com}}"],
    )
    searches: list[SearchPlaceText] = Field(
        default_factory=list,
        description="Where the words of a search stand in the URLs of its domains.",
        examples=['["/search?q={words}", "/tagged/{words}"]'],
    )
    needs: NeedsPart | None = Field(
        None,
        description="What it needs of others, which a rule that allows it opens as well and one that blocks it leaves.",
        examples=["{domains: [fonts.gstatic.com], apps: [school-sign-in]}"],
    )
    know: Text = Field(
        "",
        description="What a school should know before it decides, in two or three sentences.",
        examples=["Its terms ask for an age of 13. Strangers can write to everybody."],
    )


class CorrectionPart(Part):
    """What is true of a name and its subdomains, whatever a list says."""

    name: WholeName = Field(description="The name; it covers its subdomains.", examples=["brook.org.uk"])
    never: list[CategoryName] = Field(
        default_factory=list, description="Categories that it does not belong to.", examples=["[pornography]"]
    )
    also: list[CategoryName] = Field(
        default_factory=list, description="Categories that it does belong to.", examples=["[games]"]
    )
    because: Text = Field(description="The reason.", examples=["Our PSHE lessons use it."])
    on: Date | None = Field(None, description="The day, as year-month-day.", examples=["2026-09-03"])

    @model_validator(mode="after")
    def _corrects_something(self) -> Self:
        if not (self.never or self.also):
            raise mistake("this corrects nothing", "write never or also, with categories", code=Code.CORRECTS_NOTHING)
        both = sorted(set(self.never) & set(self.also))
        if both:
            what = f"{quoted(both[0])} stands under never and under also"
            raise mistake(what, "take it out of one of them", code=Code.CORRECTS_NOTHING)
        return self


def _default(value: Any) -> Any:
    effect = value.get("effect") if isinstance(value, dict) else value
    if effect == "caution" or (isinstance(value, dict) and "caution" in value):
        what, instead = "the default is allow or block, not caution", "write a last rule with caution: everything"
        raise mistake(what, instead, code=Code.NOT_FOR_CAUTION)
    return {"effect": value} if isinstance(value, str) else value


Default = Annotated[DefaultPart, BeforeValidator(_default, json_schema_input_type=DefaultPart | Literal["allow"])]


class FilePart(Part):
    """One file of a policy: any of the sections."""

    school: SchoolPart | None = Field(
        None, description="The school.", examples=["{name: Hillside School, timezone: Europe/London}"]
    )
    roles: dict[Id, Role] = Field(
        default_factory=dict, description="Who owns rules and decides on requests.", examples=["{it: IT support}"]
    )
    groups: dict[Id, GroupPart] = Field(
        default_factory=dict, description="People who are treated alike.", examples=["{year7: {reader: secondary}}"]
    )
    places: list[PlacePart] = Field(
        default_factory=list,
        description="Networks, and whose devices are in them.",
        examples=["[{network: 10.30.7.0/24, groups: [year7], name: Library}]"],
    )
    times: dict[Id, Times] = Field(
        default_factory=dict,
        description="Names for times of the week.",
        examples=["{lessons: [{days: mon-fri, from: 09:15, until: 12:20}]}"],
    )
    calendars: dict[Id, CalendarPart] = Field(
        default_factory=dict,
        description="Names for events of calendar files: terms, holidays, weeks A and B. They can stand where times do.",
        examples=['{holidays: {file: calendars/school.ics, events: ["Half term", "Christmas holiday"]}}'],
    )
    reach: ReachPart | None = Field(None, description="What may be opened at all.", examples=["{ports: [80, 443]}"])
    keep: KeepPart | None = Field(
        None,
        description="How long what people asked, and what they met, is kept.",
        examples=["{blocks: 30 days, requests: 1 year}"],
    )
    care: CarePart | None = Field(
        None,
        description="Help for people who may be in distress: who listens, whom to call, who is told.",
        examples=["{people: [{name: The safeguarding team, where: Room 12}], alert: {to: safeguarding}}"],
    )
    help_lines: dict[Id, HelpLinePart] = Field(
        default_factory=dict,
        description="Help lines; Saywhy's catalogue has those of England, Wales, Scotland, Northern Ireland and Ireland.",
        examples=['{county-line: {name: County line, phone: "01632 960002"}}'],
    )
    countries: dict[Id, CountryPart] = Field(
        default_factory=dict,
        description="Countries: whom to call in danger, and their help lines.",
        examples=['{jersey: {label: Jersey, danger: "999", lines: [childline]}}'],
    )
    searches: SearchesPart | None = Field(
        None,
        description="What is looked for in searches, by the words in the URLs of search engines.",
        examples=["{look_for: [self-harm]}"],
    )
    default: Default | None = Field(
        None, description="What happens where no rule matches: allow or block.", examples=["allow"]
    )
    inspection: InspectionPart | None = Field(
        None,
        description="What is seen inside encrypted connections, and what never is.",
        examples=["{never: {categories: [banking, health]}}"],
    )
    categories: dict[Id, CategoryPart] = Field(
        default_factory=dict, description="Kinds of sites.", examples=["{gambling: {lists: [lists/gambling.txt]}}"]
    )
    apps: dict[Id, AppPart] = Field(
        default_factory=dict, description="Services by their names.", examples=["{tiktok: {domains: [tiktok.com]}}"]
    )
    purposes: dict[Id, PurposePart] = Field(
        default_factory=dict,
        description="What people want to do, and where they may.",
        examples=[
            '{revise: {label: Revise for an exam, alternatives: [{name: BBC Bitesize, url: "https://www.bbc.co.uk/bitesize", trusted: Made for schools.}]}}'
        ],
    )
    corrections: list[CorrectionPart] = Field(
        default_factory=list,
        description="Names that a list has wrong: what they are instead.",
        examples=["[{name: brook.org.uk, never: [pornography], because: Our PSHE lessons use it.}]"],
    )
    carriers: dict[Id, CarrierPart] = Field(
        default_factory=dict,
        description="Services that carry another address inside their own, such as translators and archives.",
        examples=['{archive: {domains: [web.archive.org], addresses: ["/web/*/{address}"]}}'],
    )
    rules: list[RulePart] = Field(
        default_factory=list,
        min_length=1,
        description="The rules; the first that matches decides.",
        examples=["[{id: maths-videos, allow: {domains: [maths.example]}}]"],
    )
