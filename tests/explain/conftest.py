"""Hillside School, built by hand: a policy with a rule for every way in which a page can be explained."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import cached_property
from ipaddress import ip_address
from zoneinfo import ZoneInfo

import pytest

from saywhy.decide.access import Access, subject_in, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.explain.explain import explain
from saywhy.explain.explanation import Explanation
from saywhy.explain.render import PageRenderer
from saywhy.policy.address import canonical_url
from saywhy.policy.care import Help
from saywhy.policy.catalogue import Alternative, App, Belonging, Catalogue, Category, Purpose, Source
from saywhy.policy.criterion import Criteria
from saywhy.policy.policy import Policy
from saywhy.policy.reader import Reader
from saywhy.policy.rule import Ask, Decided, Effect, Offer, Rule, Why
from saywhy.policy.school import Group, Role, School, Span, Times

LONDON = ZoneInfo("Europe/London")
LESSON = datetime(2026, 11, 24, 10, 5, tzinfo=LONDON)  # a Tuesday
HERE = Source("school.yaml", 1)
WEEKDAYS = frozenset(range(5))
GROUPS = {
    "reception": Reader.EARLY,
    "year4": Reader.PRIMARY,
    "year9": Reader.SECONDARY,
    "staff": Reader.ADULT,
    "willow": Reader.EASY_READ,
}
LABELS = {"reception": "Reception", "year4": "Year 4", "year9": "Year 9", "staff": "Staff", "willow": "Willow class"}
PUBLIC = {name: label for name, label in LABELS.items() if name != "willow"}  # a class for those who need more help
LISTED = {
    "tiktok.com": ("app", "tiktok"),
    "bet.example": ("category", "gambling"),
    "games.example": ("category", "games"),
    "dark.example": ("category", "self-harm"),
}


def rule(name: str, criteria: Criteria, **more: object) -> Rule:
    plain = Rule(
        id=name,
        number=0,
        effect=Effect.BLOCK,
        criteria=criteria,
        source=HERE,
        why=Why("It takes time and attention away from learning."),
        decided=Decided("Senior leadership team and IT", date(2026, 9, 3)),
        review_by=date(2027, 3, 1),
        owner="it",
        ask=Ask(("it",), ("safeguarding",), (Offer.THIS_LESSON, Offer.THIS_PAGE)),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def place(name: str, url: str, trusted: str = "Made for schools; no accounts, no adverts.") -> Alternative:
    return Alternative(name, canonical_url(url), trusted)


TIKTOK = rule(
    "tiktok",
    Criteria(apps=("tiktok",)),
    why=Why(
        "TikTok collects a great deal about the people who use it, and its feed is made to be hard to put down.",
        {
            Reader.PRIMARY: "TikTok keeps notes about children.",
            Reader.EASY_READ: "TikTok keeps notes about you.",
        },
        "A version for schools that collects nothing about pupils.",
    ),
    instead=("short-videos", "make-a-video"),
)
RULES = (
    rule(
        "self-harm",
        Criteria(categories=("self-harm",)),
        why=Why("Pages that encourage self-harm."),
        locked=True,
        ask=None,
        help=(
            Help("Mrs Okafor", "Room 12, any break"),
            Help("Childline", "0800 1111, free, day and night", "https://www.childline.org.uk/"),
            Help("A closed one", "0800 000", "https://bet.example/"),
        ),
    ),
    rule("gambling", Criteria(categories=("gambling",)), locked=True, ask=None, owner="safeguarding"),
    TIKTOK,
    rule("games", Criteria(categories=("games",)), times=("lessons",), instead=("play",)),
    rule("listed", Criteria(domains=("forum.example",)), ask=None),
)
PURPOSES = {
    one.id: one
    for one in (
        Purpose(
            "short-videos",
            "Watch short, funny videos",
            (
                place("TikTok for schools", "https://schools.tiktok.com/"),
                place("BBC Bitesize", "https://www.bbc.co.uk/bitesize?from=school"),
                place("CBBC", "https://www.bbc.co.uk/cbbc", "Made by the BBC for children."),
            ),
        ),
        Purpose("make-a-video", "Make a video for homework", (place("Book Creator", "https://bookcreator.example/"),)),
        Purpose("play", "Play a game", (place("Bets", "https://bet.example/"),)),
    )
}


@dataclass(frozen=True)
class Hillside:
    """The school, with ways to ask what it would tell."""

    policy: Policy
    renderer: PageRenderer
    grants: Grants = field(default=NO_GRANTS)

    @cached_property
    def engine(self) -> Engine:
        return Engine(self.policy)

    def with_rules(self, *rules: Rule, default: Rule | None = None) -> "Hillside":
        numbered = tuple(replace(one, number=number) for number, one in enumerate(rules, 1))
        return replace(self, policy=replace(self.policy, rules=numbered, default=default or self.policy.default))

    def with_purpose(self, purpose: Purpose) -> "Hillside":
        catalogue = replace(self.policy.catalogue, purposes={**self.policy.catalogue.purposes, purpose.id: purpose})
        return replace(self, policy=replace(self.policy, catalogue=catalogue))

    def access(self, url: str, group: str | None = "year9", at: datetime = LESSON) -> Access:
        groups = () if group is None else (group,)
        subject = subject_in(self.policy, groups, device=ip_address("10.30.9.7"))
        return Access(subject, target_of_url(url), at)

    def tell(
        self,
        url: str = "https://www.tiktok.com/@someone?v=secret",
        group: str | None = "year9",
        at: datetime = LESSON,
        ask_url: str | None = "http://why.school.internal/ask/token",
    ) -> Explanation:
        access = self.access(url, group, at)
        decision = decide(self.engine, self.grants, access)
        return explain(self.engine, self.grants, access, decision, reference="K7-42QX-9M", ask_url=ask_url)

    def page(self, url: str = "https://www.tiktok.com/@someone?v=secret", group: str | None = "year9") -> str:
        return self.renderer.page(self.tell(url, group)).decode()


@pytest.fixture(scope="session")
def renderer() -> PageRenderer:
    return PageRenderer()


@pytest.fixture(scope="session")
def hillside(renderer: PageRenderer) -> Hillside:
    names = {name: (Belonging(kind, one, name, HERE),) for name, (kind, one) in LISTED.items()}
    policy = Policy(
        school=School("Hillside School", LONDON),
        rules=(),
        default=rule("default", Criteria(everything=True), effect=Effect.ALLOW),
        groups={
            name: Group(name, LABELS[name], reader, public=PUBLIC.get(name, "")) for name, reader in GROUPS.items()
        },
        roles={"it": Role("it", "IT support"), "safeguarding": Role("safeguarding", "Safeguarding lead")},
        times={
            "lessons": Times(
                "lessons",
                "lesson time",
                (Span(WEEKDAYS, time(9, 15), time(12, 20)), Span(WEEKDAYS, time(13, 10), time(15, 30))),
            )
        },
        catalogue=Catalogue(
            categories={one: Category(one, one.capitalize()) for one in ("gambling", "games", "self-harm")},
            apps={"tiktok": App("tiktok", "TikTok")},
            purposes=PURPOSES,
            names=names,
        ),
        revision="3f9c2a",
    )
    return Hillside(policy, renderer).with_rules(*RULES)


@pytest.fixture(scope="session")
def block() -> Callable[..., Rule]:
    """Makes a rule that blocks: `block("id", Criteria(…), locked=True)`."""
    return rule
