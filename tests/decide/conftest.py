"""Policies built by hand, small enough to hold in the head."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from saywhy.decide.engine import Engine
from saywhy.lists.held_back import Confirmed
from saywhy.lists.index import ListIndex, open_index
from saywhy.lists.publish import compile_lists
from saywhy.lists.store import ListStore, Manifest
from saywhy.lists.taking import add
from saywhy.policy.catalogue import App, Belonging, Catalogue, Category, Source
from saywhy.policy.criterion import Criteria
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.policy import Policy
from saywhy.policy.reader import Reader
from saywhy.policy.rule import Decided, Effect, Rule, Why
from saywhy.policy.school import Group, Place, Reach, School, Span, Times
from tests.policy.test_policy_calendar import calendar_of, named

HERE = Source("school.yaml", 1)
MONDAY_TEN = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # lesson time at Hillside
TERM = calendar_of("term", (date(2026, 9, 1), MONDAY_TEN.date()))  # it ends with that day
MORNINGS = (Span(frozenset(range(7)), time(0), time(12)),)
MONDAY_NOON = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


def rule(identity: str, effect: Effect = Effect.BLOCK, **parts: object) -> Rule:
    """A rule; its number is set by `policy`."""
    criteria = Criteria(
        **{key: parts.pop(key) for key in ("everything", "categories", "apps", "domains", "urls") if key in parts}  # type: ignore[arg-type]
    )
    parts.setdefault("why", Why("because"))
    parts.setdefault("decided", Decided("IT", date(2026, 9, 1)))
    return Rule(identity, 0, effect, criteria, HERE, **parts)  # type: ignore[arg-type]


def policy(rules: Sequence[Rule], default: Effect = Effect.ALLOW, **parts: object) -> Policy:
    """A policy of these rules, numbered in order, with a few groups, times, apps and categories."""
    tiktok = Belonging("app", "tiktok", "tiktok.com", HERE)
    games = Belonging("category", "games", "play.example", HERE)
    shorts = Belonging("app", "shorts", "youtube.com/shorts", HERE)
    defaults: dict[str, object] = {
        "school": School("Hillside School", ZoneInfo("Europe/London")),
        "groups": {
            "students": Group("students", "Students", None),
            "year9": Group("year9", "Year 9", Reader.SECONDARY, frozenset({"students"})),
            "staff": Group("staff", "Staff", Reader.ADULT),
        },
        "places": (
            Place("year 9 rooms", ip_network("10.30.9.0/24"), ("year9",)),
            Place("everywhere else", ip_network("10.30.0.0/16"), ("staff",)),
        ),
        "times": {
            "lessons": Times("lessons", "lesson time", (Span(frozenset(range(5)), time(9), time(12, 20)),)),
            "night": Times("night", "night", (Span(frozenset({4}), time(22), time(6)),)),
            "term-mornings": Times("term-mornings", "mornings in term", MORNINGS, ("term",), calendars={"term": TERM}),
            **named(TERM),
        },
        "calendars": {"term": TERM},
        "reach": Reach(),
        "catalogue": Catalogue(
            categories={"games": Category("games", "Games")},
            apps={"tiktok": App("tiktok", "TikTok"), "shorts": App("shorts", "YouTube Shorts")},
            names={"tiktok.com": (tiktok,), "play.example": (games,)},
            patterns={"youtube.com": ((parse_pattern("youtube.com/shorts"), shorts),)},
        ),
    }
    numbered = tuple(replace(one, number=number) for number, one in enumerate(rules, 1))
    fallback = Rule("default", 0, default, Criteria(everything=True), HERE)
    return Policy(rules=numbered, default=fallback, **{**defaults, **parts})  # type: ignore[arg-type]


def engine(rules: Sequence[Rule], default: Effect = Effect.ALLOW, **parts: object) -> Engine:
    """The same policy, compiled."""
    return Engine(policy(rules, default, **parts))


def changed(one: Engine, **parts: object) -> Engine:
    """The same with other parts of its policy."""
    return Engine(replace(one.written, **parts))  # type: ignore[arg-type]


def lists_of(folder: Path, parts: Mapping[tuple[str, str], str]) -> ListIndex:
    """Lists in a folder, published: for each category, its parts (domains, urls, expressions) with their lines."""

    def quiet(_had: int, _of: int | None) -> None:
        pass

    store = ListStore(folder / "store")
    store.folder.mkdir()
    for (name, part), text in parts.items():
        (folder / name).mkdir(exist_ok=True)
        (folder / name / part).write_text(text)
    for name in {name: None for name, _ in parts}:
        manifest = Manifest(name, "category", name, str(folder / name))
        add(store, manifest, MONDAY_TEN, confirmed=Confirmed(any_host=True), progress=quiet)
    compile_lists(store)
    return open_index(store.index)


@pytest.fixture
def monday_ten() -> datetime:
    return MONDAY_TEN
