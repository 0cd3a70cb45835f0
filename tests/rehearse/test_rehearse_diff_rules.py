from dataclasses import replace
from datetime import date

import pytest

from saywhy.decide.access import target_of_url
from saywhy.decide.engine import Engine
from saywhy.policy.calendar import Calendar
from saywhy.policy.catalogue import App, Belonging, Carrier, Category, Correction, Purpose, Source
from saywhy.policy.control import Control, Means
from saywhy.policy.inspection import Inspection, Sites
from saywhy.policy.obligations.inspect import INSPECT
from saywhy.policy.part import Part
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.reading.schema import (
    AppPart,
    CategoryPart,
    CorrectionPart,
    GroupPart,
    PlacePart,
)
from saywhy.policy.reading.schema_carriers import CarrierPart
from saywhy.policy.reading.schema_purposes import PurposePart
from saywhy.policy.reading.schema_roles import RolePart
from saywhy.policy.reading.schema_times import TimesPart
from saywhy.policy.rule import Ask, Effect, Offer, Rule, Why
from saywhy.policy.school import Group, Place, Reach, Role, Times
from saywhy.rehearse.diff_rules import What, edits, keys_of, said
from tests.decide.conftest import HERE, changed, engine, rule

A = rule("a", categories=("games",), groups=frozenset({"year9", "students"}), times=("lessons",))
B = rule("b", Effect.ALLOW, domains=("b.example",))
C = rule("c", everything=True, locked=True)
D = rule("d", urls=(parse_pattern("d.example/x"),), apps=("tiktok",))


def told(was: Engine, now: Engine) -> list[str]:
    return [one.sentence for one in edits(was.policy, now.policy)]


def test_nothing_changed_is_nothing_told() -> None:
    assert told(engine([A, B, C]), engine([A, B, C])) == []


@pytest.mark.parametrize(
    ("before", "after", "sentences"),
    [
        ([A], [B, A], ["Rule b is new, number 1: it allows b.example."]),
        ([A, B], [A], ["Rule b is gone (number 2, which allows b.example)."]),
        ([A, B, C], [C, A, B], ["Rule c moved from number 3 to number 1."]),
        ([A, B, C, D], [B, C, D, A], ["Rule a moved from number 1 to number 4."]),
        ([A], [replace(A, id="z")], ["Rule a is now called z."]),
        ([B], [replace(B, effect=Effect.BLOCK)], ["Rule b: `effect` was allow, is block."]),
        (
            [B],
            [rule("b", Effect.ALLOW, domains=("c.example", "e.example"))],
            ["Rule b: `domains` also names c.example and e.example and no longer names b.example."],
        ),
        ([A], [replace(A, groups=frozenset())], ["Rule a: `for` was students and year9, is everyone."]),
        ([A], [replace(A, why=Why("for another reason"))], ["Rule a: `why` says something else."]),
        ([A], [replace(A, ask=Ask(("it",)))], ["Rule a: `ask` was nobody, is {decides: [it]}."]),
        ([replace(A, ask=Ask(("it",), (), tuple(Offer)))], [A], ["Rule a: `ask` was {decides: [it]}, is nobody."]),
        (
            [replace(A, ask=Ask(("it",)))],
            [replace(A, ask=Ask(("it", "head"), ("head",), (Offer.TODAY,)))],
            ["Rule a: `ask` was {decides: [it]}, is {decides: [it, head], signs_off: [head], offer: [today]}."],
        ),
        ([replace(A, why=None)], [A], ["Rule a: `why` is new."]),
        (
            [A],
            [replace(A, times=(), review_by=date(2027, 1, 1))],
            ["Rule a: `when` was lessons, is always; `review_by` was no day, is 2027-01-01."],
        ),
        (
            [B],
            [replace(B, obligations=frozenset({INSPECT}))],
            ["Rule b: `inspect` was false, is true."],
        ),
        ([C], [replace(C, locked=False)], ["Rule c: `locked` was true, is false."]),
    ],
)
def test_rules(before: list[Rule], after: list[Rule], sentences: list[str]) -> None:
    assert told(engine(before), engine(after)) == sentences


def test_what_is_inspected() -> None:
    banks = Inspection(never=Sites(categories=frozenset({"banking"})))
    everything = Inspection(always=Sites(everything=True))
    assert told(engine([A]), engine([A], inspection=banks)) == [
        "`never` of inspection: `categories` also names banking."
    ]
    assert told(engine([A], inspection=banks), engine([A], inspection=everything)) == [
        "`never` of inspection: `categories` no longer names banking.",
        "`always` of inspection: it is everything now.",
    ]


def test_as_few_rules_as_possible_are_told_as_moved() -> None:
    was = [rule(str(n), domains=(f"{n}.example",)) for n in range(9)]
    now = [was[8], *was[:4], was[5], was[4], *was[6:8]]
    moved = [one for one in edits(engine(was).policy, engine(now).policy) if one.what is What.MOVED]
    assert len(moved) == 2


def test_what_a_rule_says() -> None:
    assert said(A) == "blocks category games for students and year9 during lessons"
    assert said(D) == "blocks app tiktok and d.example/x"
    assert said(C) == "blocks everything, locked"
    many = rule("m", domains=tuple(f"{n}.example" for n in range(8)), places=frozenset({"library"}))
    assert said(many) == "blocks 0.example, 1.example, 2.example, 3.example, 4.example and 3 more at library"


def test_what_rules_rest_on() -> None:
    was = engine([A])
    catalogue = replace(
        was.policy.catalogue,
        names={"new.example": (Belonging("category", "games", "new.example", HERE),)},
        patterns={},
        apps={name: app for name, app in was.policy.catalogue.apps.items() if name != "shorts"},
    )
    now = changed(
        engine([A], Effect.BLOCK),
        catalogue=catalogue,
        reach=Reach(frozenset({443})),
        groups={**was.policy.groups, "staff": replace(was.policy.groups["staff"], label="Teachers")},
        places=was.policy.places[:1],
    )
    assert told(was, now) == [
        "The default: `effect` was allow, is block.",
        "Group staff: `label` changed.",
        "Place 10.30.0.0/16 is gone.",
        "App shorts is gone.",
        "App shorts lists 1 fewer of names and addresses.",
        "App tiktok lists 1 fewer of names and addresses.",
        "Category games lists 1 more and 1 fewer of names and addresses.",
        "`ports` of reach was 80 and 443, is 443.",
    ]
    assert target_of_url("https://new.example/").host in catalogue.names


def test_what_a_time_goes_by_is_told_by_its_keys() -> None:
    holidays = Calendar("holidays", "holidays")
    was = engine([A], times={"lessons": Times("lessons", "lessons")})
    now = changed(
        was,
        times={"lessons": Times("lessons", "lessons", without=("holidays",), calendars={"holidays": holidays})},
    )
    assert told(was, now) == ["Time lessons: `except` changed."]


def test_what_a_service_offers() -> None:
    safe, safer = (Control("tiktok", "safe_search", levels={"": Means(f"{name}.example")}) for name in ("a", "b"))
    was = engine([A])
    first = changed(was, catalogue=replace(was.policy.catalogue, controls=(safe,)))
    second = changed(was, catalogue=replace(was.policy.catalogue, controls=(safer,)))
    said = "App tiktok: what it offers for `safe_search`"
    assert told(was, first) == [f"{said} is new."]
    assert told(first, second) == [f"{said} changed."]
    assert told(second, was) == [f"{said} is gone."]
    assert told(first, first) == []


@pytest.mark.parametrize(
    ("kind", "model", "part"),
    [
        ("group", Group, GroupPart),
        ("role", Role, RolePart),
        ("time", Times, TimesPart),
        ("place", Place, PlacePart),
        ("category", Category, CategoryPart),
        ("app", App, AppPart),
        ("purpose", Purpose, PurposePart),
        ("correction", Correction, CorrectionPart),
        ("carrier", Carrier, CarrierPart),
    ],
)
def test_parts_are_told_by_keys_that_can_be_written(kind: str, model: type, part: type[Part]) -> None:
    nothing: object = object.__new__(model)
    assert {key for _, key in keys_of(kind, nothing)} - {"id"} <= set(part.keys())


def test_corrections_and_not_the_lines_on_which_things_stand() -> None:
    never = Correction("a.example", frozenset({"games"}), frozenset(), "Our chess club.", None, HERE)
    was = engine([A])
    now = changed(was, catalogue=replace(was.policy.catalogue, corrections={"a.example": never}))
    assert told(was, now) == ["Correction a.example is new."]
    lower = replace(never, source=Source("school.yaml", 9))
    assert told(now, changed(was, catalogue=replace(was.policy.catalogue, corrections={"a.example": lower}))) == []
    other = replace(lower, because="They moved.")
    otherwise = changed(was, catalogue=replace(was.policy.catalogue, corrections={"a.example": other}))
    assert told(now, otherwise) == ["Correction a.example: `because` changed."]
