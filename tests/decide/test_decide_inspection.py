"""Relayed, inspected or refused unseen: what policy says of a connection of which only the host is known."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.access import Access, Target, subject_in, target_of_host, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Mismatch, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.decide.inspection import Way, way_of
from saywhy.decide.trace import trace
from saywhy.policy.catalogue import App, Belonging, Catalogue, Correction
from saywhy.policy.grant import ANY_RULE, Grant, GrantScope, GrantTarget
from saywhy.policy.inspection import Inspection, Sites
from saywhy.policy.obligation import NO_OBLIGATIONS
from saywhy.policy.obligations.inspect import INSPECT
from saywhy.policy.pattern import UrlPattern, parse_pattern
from saywhy.policy.rule import Effect, Rule
from tests.decide.conftest import HERE, MONDAY_TEN, engine, policy, rule
from tests.decide.test_decide_properties import HOSTS, PATHS, corrected, corrections, grants, rules

NEVER = Inspection(never=Sites(categories=frozenset({"banking"}), domains=frozenset({"clinic.example"})))
INSPECTED = frozenset({INSPECT})
CATALOGUE = Catalogue(
    apps={"club": App("club", "Club", pins=True)},
    names={
        "bank.example": (Belonging("category", "banking", "bank.example", HERE),),
        "club.example": (Belonging("app", "club", "club.example", HERE),),
    },
)


def school(*some: Rule, default: Effect = Effect.ALLOW, inspection: Inspection = NEVER) -> Engine:
    return engine(some, default, catalogue=CATALOGUE, inspection=inspection)


def decided(where: Engine, target: Target, group: str = "year9", given_grants: Grants = NO_GRANTS) -> Decision:
    return decide(where, given_grants, Access(subject_in(where.policy, (group,)), target, MONDAY_TEN))


def way(where: Engine, host: str, group: str = "year9") -> Way:
    return way_of(decided(where, target_of_host(host), group))


def granting(what: GrantTarget) -> Grants:
    hour = timedelta(hours=1)
    return Grants(
        [
            Grant(
                "g",
                GrantScope(frozenset({"year9"})),
                what,
                MONDAY_TEN - hour,
                MONDAY_TEN + hour,
                weighed=frozenset({ANY_RULE}),
            )
        ]
    )


def at(*patterns: str) -> tuple[UrlPattern, ...]:
    return tuple(parse_pattern(one) for one in patterns)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("plain.example", Way.RELAY),
        ("closed.example", Way.INSPECT),  # a page is shown
        ("paths.example", Way.INSPECT),
        ("www.paths.example", Way.INSPECT),
        ("looked.example", Way.INSPECT),
        ("bank.example", Way.RELAY),
        ("www.bank.example", Way.RELAY),
        ("clinic.example", Way.RELAY),
        ("shop.clinic.example", Way.REFUSE),
        ("club.example", Way.RELAY),
    ],
)
def test_the_way_of_a_connection(host: str, expected: Way) -> None:
    where = school(
        rule("closed", domains=("closed.example", "shop.clinic.example")),
        rule("paths", urls=at("paths.example/x", "bank.example/x", "clinic.example/x", "club.example/x")),
        rule("looked", Effect.ALLOW, domains=("looked.example", "bank.example"), obligations=INSPECTED),
    )
    assert way(where, host) is expected


def test_a_path_that_is_not_looked_at_changes_nothing_and_the_trace_says_so() -> None:
    where = school(rule("x", urls=at("bank.example/x")), rule("y", Effect.ALLOW, domains=("bank.example",)))
    target = target_of_url("https://bank.example/x")
    decision = decided(where, target)
    assert (decision.effect, decision.rule, decision.unseen) == (Effect.ALLOW, where.policy.rules[1], True)
    steps = trace(where, Access(subject_in(where.policy, ("year9",)), target, MONDAY_TEN), decision)
    assert [(step.rule.id, step.mismatch) for step in steps] == [("x", Mismatch.UNSEEN)]


def test_an_allowed_path_does_not_open_what_is_closed_by_its_name() -> None:
    where = school(rule("x", Effect.ALLOW, urls=at("bank.example/x")), default=Effect.BLOCK)
    assert not decided(where, target_of_url("https://bank.example/x")).allowed
    assert way(where, "bank.example") is Way.REFUSE


@pytest.mark.parametrize("group", ["year9", "staff"])
def test_the_floor_goes_before_never_for_those_whom_it_is_about(group: str) -> None:
    floor = rule("floor", urls=at("bank.example/x"), locked=True, groups=frozenset({"students"}))
    where = school(rule("y", urls=at("bank.example/y")), floor)
    assert way(where, "bank.example", group) is (Way.INSPECT if group == "year9" else Way.RELAY)
    found = {path: decided(where, target_of_url(f"https://bank.example/{path}"), group).reason for path in "xyz"}
    expected = Reason.LOCKED if group == "year9" else Reason.DEFAULT
    assert found == {"x": expected, "y": Reason.DEFAULT, "z": Reason.DEFAULT}


def test_a_grant_for_the_site_opens_it_unseen_and_one_for_a_page_does_not() -> None:
    where = school(rule("closed", categories=("banking",)))
    site = granting(GrantTarget(site="bank.example"))
    page = granting(GrantTarget(page=parse_pattern("bank.example/x")))
    host, url = target_of_host("bank.example"), target_of_url("https://bank.example/x")
    assert way_of(decided(where, host, given_grants=site)) is Way.RELAY
    assert way_of(decided(where, host, given_grants=page)) is Way.REFUSE
    assert decided(where, url, given_grants=site).allowed
    assert not decided(where, url, given_grants=page).allowed


def test_a_pinned_app_that_is_closed_shows_its_page_and_paths_hold_there() -> None:
    where = school(rule("news", Effect.ALLOW, urls=at("club.example/news")), rule("club", apps=("club",)))
    assert way(where, "club.example") is Way.INSPECT
    assert decided(where, target_of_url("https://club.example/news/1")).allowed
    assert not decided(where, target_of_url("https://club.example/")).allowed


@pytest.mark.parametrize("asked_by", ["always", "rule"])
def test_a_pinned_app_is_inspected_where_the_school_asks_for_it(asked_by: str) -> None:
    always = Inspection(always=Sites(apps=frozenset({"club"}))) if asked_by == "always" else Inspection()
    obligations = INSPECTED if asked_by == "rule" else NO_OBLIGATIONS
    where = school(
        rule("feed", urls=at("club.example/feed")),
        rule("club", Effect.ALLOW, apps=("club",), obligations=obligations),
        inspection=always,
    )
    assert way(where, "club.example") is Way.INSPECT
    assert not decided(where, target_of_url("https://club.example/feed")).allowed


def test_always_everything_and_never_everything() -> None:
    closed = rule("closed", domains=("closed.example",))
    every = Sites(everything=True)
    looked, blind = (school(closed, inspection=one) for one in (Inspection(always=every), Inspection(never=every)))
    assert [way(looked, one) for one in ("a.example", "closed.example")] == [Way.INSPECT, Way.INSPECT]
    assert [way(blind, one) for one in ("a.example", "closed.example")] == [Way.RELAY, Way.REFUSE]


def test_never_goes_before_always() -> None:
    both = Inspection(Sites(categories=frozenset({"banking"})), Sites(domains=frozenset({"bank.example"})))
    assert way(school(inspection=both), "bank.example") is Way.RELAY


inspections = st.builds(
    Inspection,
    st.builds(
        Sites,
        categories=st.frozensets(st.just("games"), max_size=1),
        apps=st.frozensets(st.just("tiktok"), max_size=1),
        domains=st.frozensets(st.sampled_from(["a.example", "youtube.com"]), max_size=1),
    ),
    st.builds(Sites, domains=st.frozensets(st.sampled_from(["example", "www.a.example"]), max_size=1)),
)


@given(
    st.lists(rules, max_size=8),
    st.lists(grants, max_size=3),
    st.lists(corrections, max_size=2),
    inspections,
    st.booleans(),
    st.sampled_from(HOSTS),
    st.sampled_from([Effect.ALLOW, Effect.BLOCK]),
)
def test_what_is_relayed_is_allowed_whatever_its_path_and_what_is_refused_is_not(
    some: list[Rule],
    granted: list[Grant],
    said: list[Correction],
    inspection: Inspection,
    pins: bool,
    host: str,
    default: Effect,
) -> None:
    made = corrected(policy(some, default), said)
    apps = {name: replace(app, pins=pins) for name, app in made.catalogue.apps.items()}
    catalogue = replace(made.catalogue, apps=apps)
    where = Engine(replace(made, inspection=inspection, catalogue=catalogue))
    by_name = decided(where, target_of_host(host), given_grants=Grants(granted))
    by_path = [decided(where, target_of_url(f"https://{host}{one}"), given_grants=Grants(granted)) for one in PATHS]
    if way_of(by_name) is Way.RELAY:
        assert all(one.allowed for one in by_path)
    if way_of(by_name) is Way.REFUSE:
        assert not any(one.allowed for one in by_path)
