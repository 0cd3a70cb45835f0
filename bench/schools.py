"""Policies of any size, built by hand, in the mixes that a school or an attack on its filter could come to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from ipaddress import ip_network
from zoneinfo import ZoneInfo

from saywhy.decide.engine import Engine
from saywhy.policy.catalogue import App, Belonging, Catalogue, Category, Source
from saywhy.policy.criterion import Criteria
from saywhy.policy.grant import ANY_RULE, Grant, GrantScope, GrantTarget
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.policy import Policy
from saywhy.policy.reader import Reader
from saywhy.policy.rule import Decided, Effect, Rule, Why
from saywhy.policy.school import Group, Place, School, Span, Times

AT = datetime(2026, 11, 23, 10, 7, tzinfo=UTC)  # a Monday, in lesson time
HERE = Source("school.yaml", 1)
_DAYS = frozenset(range(5))
_DECIDED = Decided("IT", date(2026, 9, 1))

type MakeRule = Callable[[int], Rule]


def _rule(about: Criteria, effect: Effect = Effect.BLOCK, **parts: object) -> Rule:
    return Rule("", 0, effect, about, HERE, why=Why("because"), decided=_DECIDED, **parts)  # type: ignore[arg-type]


def _everything(number: int) -> Rule:
    limits: tuple[dict[str, object], ...] = (
        {"groups": frozenset({f"class-{number}"})},
        {"places": frozenset({f"room-{number}"})},
        {"times": (f"slot-{number % 500}",)},
    )
    return _rule(Criteria(everything=True), **limits[number % 3])


MIXES: dict[str, tuple[MakeRule, Effect]] = {
    "one domain a rule": (lambda n: _rule(Criteria(domains=(f"site-{n}.example",))), Effect.ALLOW),
    "an allow-list": (lambda n: _rule(Criteria(domains=(f"site-{n}.example",)), Effect.ALLOW), Effect.BLOCK),
    "one category, many groups": (
        lambda n: _rule(Criteria(categories=("games",)), groups=frozenset({f"class-{n}"})),
        Effect.ALLOW,
    ),
    "one category and group, many times": (
        lambda n: _rule(Criteria(categories=("games",)), groups=frozenset({"year9"}), times=(f"slot-{n % 500}",)),
        Effect.ALLOW,
    ),
    "many apps": (lambda n: _rule(Criteria(apps=(f"app-{n}",)), groups=frozenset({"students"})), Effect.ALLOW),
    "paths on one host": (lambda n: _rule(Criteria(urls=(parse_pattern(f"play.example/shop/{n}"),))), Effect.ALLOW),
    "paths with stars on one host": (
        lambda n: _rule(Criteria(urls=(parse_pattern(f"play.example/*/item-{n}x*"),))),
        Effect.ALLOW,
    ),
    "parameters on one host": (
        lambda n: _rule(Criteria(urls=(parse_pattern(f"play.example/watch?v=id{n}"),))),
        Effect.ALLOW,
    ),
    "everything, for others": (_everything, Effect.ALLOW),
}
SITES = {
    "listed": "https://www.play.example/shop/7/item-7x/watch?v=id7&list=3",
    "not listed": "https://news.site-7.example/some/longer/path/to/a/page.html?id=12345",
}


def school(make: MakeRule, size: int, default: Effect = Effect.ALLOW) -> Engine:
    """An engine of so many rules, a few categories, an app for each rule, and 500 named times."""
    rules = tuple(replace(make(n), id=f"rule-{n}", number=n) for n in range(1, size + 1))
    apps = {f"app-{n}": App(f"app-{n}", f"App {n}") for n in range(1, size + 1)}
    names = {"play.example": (Belonging("category", "games", "play.example", HERE),)}
    names |= {f"{name}.example": (Belonging("app", name, f"{name}.example", HERE),) for name in apps}
    start = datetime(2026, 1, 1, tzinfo=UTC)
    slots = {
        f"slot-{n}": Times(f"slot-{n}", "slot", (Span(_DAYS, _clock(start, n), _clock(start, n + 3)),))
        for n in range(500)
    }
    policy = Policy(
        school=School("Hillside School", ZoneInfo("Europe/London")),
        rules=rules,
        default=Rule("default", 0, default, Criteria(everything=True), HERE),
        groups={
            "students": Group("students", "Students", None),
            "year9": Group("year9", "Year 9", Reader.SECONDARY, frozenset({"students"})),
        },
        places=(Place("library", ip_network("10.30.9.0/24"), ("year9",)),),
        times=slots,
        catalogue=Catalogue(categories={"games": Category("games", "Games")}, apps=apps, names=names),
    )
    made = Engine(policy)
    made.prepare()
    return made


def _clock(start: datetime, minutes: int) -> time:
    return (start + timedelta(minutes=(minutes * 2) % 1440)).time()


def grants(size: int, site: str, kind: str) -> list[Grant]:
    """So many grants for one site that do not hold for the subject of the benchmark: the worst there can be."""
    made: list[Grant] = []
    for n in range(size):
        who, what = GrantScope(frozenset({f"class-{n}"})), GrantTarget(site=site)
        starts = AT - timedelta(minutes=1)
        if kind == "other devices":
            who = GrantScope(device=f"10.{40 + n // 62_500}.{n // 250 % 250}.{n % 250}")
        elif kind == "ended or to come":
            who = GrantScope(frozenset({"year9"}))
            starts = AT + timedelta(hours=2 * n + 1 if n % 2 else -2 * n - 2)
        elif kind == "other pages":
            who, what = GrantScope(frozenset({"year9"})), GrantTarget(page=parse_pattern(f"{site}/page/{n}"))
        elif kind == "other sites":
            what = GrantTarget(site=f"site-{n}.other")
        made.append(Grant(f"g{n}", who, what, starts, starts + timedelta(hours=1), weighed=frozenset({ANY_RULE})))
    return made


GRANT_KINDS = ("other sites", "other groups", "other devices", "other pages", "ended or to come")
