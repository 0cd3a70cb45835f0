from dataclasses import replace
from datetime import UTC, date, datetime, time
from ipaddress import ip_network

import pytest

from saywhy.decide.access import Access, subject_in, target_of_url
from saywhy.decide.engine import Engine
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.period import Moment, Period
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Effect, Rule
from saywhy.policy.school import Place, Reach, Span, Times
from saywhy.policy.uses import POSTING, file_use
from saywhy.rehearse.diff import Comparer, Kind
from saywhy.rehearse.diff_listed import (
    UNLISTED,
    compare_accesses,
    compare_listed,
    how_many_sites,
    moments_of,
    page_for,
    people_of,
    sites_of,
)
from saywhy.rehearse.diff_tally import Tally
from tests.decide.conftest import policy, rule

MONDAY = date(2026, 11, 23)
GAMES = rule("games", categories=("games",), groups=frozenset({"year9"}))


def comparer_of(was: Policy, now: Policy) -> Comparer:
    return Comparer(Engine(was), Engine(now))


def listed(was: Policy, now: Policy) -> Tally:
    tally = Tally()
    compare_listed(comparer_of(was, now), MONDAY, tally)
    return tally


def changes(tally: Tally) -> set[tuple[Kind, str, str]]:
    return {(kind, one.site, one.group) for kind, found in tally.found() for one in found.examples(1_000)}


def test_a_policy_does_not_differ_from_itself() -> None:
    tally = listed(policy([GAMES]), policy([GAMES]))
    assert tally.considered > 0
    assert tally.changed == 0


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ([], [GAMES], {(Kind.BLOCKED, "play.example", "year9")}),
        ([GAMES], [], {(Kind.OPENED, "play.example", "year9")}),
        ([], [rule("shorts", apps=("shorts",), groups=frozenset({"staff"}))], {(Kind.BLOCKED, "youtube.com/shorts", "staff")}),
        ([], [rule("late", domains=("new.example",), groups=frozenset({"year9"}), times=("night",))], {(Kind.BLOCKED, "new.example", "year9")}),
        ([], [rule("path", urls=(parse_pattern("a.example/x/*/y"),), groups=frozenset({"year9"}))], {(Kind.BLOCKED, "a.example/x/*/y", "year9")}),
        ([], [rule("library", domains=("new.example",), places=frozenset({"year 9 rooms"}))], {(Kind.BLOCKED, "new.example", "year9")}),
    ],
)  # fmt: skip
def test_what_is_listed_is_compared(
    before: list[object], after: list[object], found: set[tuple[Kind, str, str]]
) -> None:
    assert changes(listed(policy(before), policy(after))) == found  # type: ignore[arg-type]


POSTS = rule("posts", domains=("new.example",), groups=frozenset({"year9"}), uses=frozenset({POSTING}))
PROGRAMS = rule(
    "programs", domains=("new.example",), groups=frozenset({"year9"}), uses=frozenset({file_use("programs")})
)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ([], [POSTS], {(Kind.BLOCKED, "new.example, posting", "year9")}),
        ([PROGRAMS], [], {(Kind.OPENED, "new.example, files that are programs", "year9")}),
        ([PROGRAMS], [replace(PROGRAMS, uses=POSTS.uses)], {
            (Kind.OPENED, "new.example, files that are programs", "year9"),
            (Kind.BLOCKED, "new.example, posting", "year9"),
        }),
        ([POSTS], [replace(POSTS, uses=frozenset())], {  # reading is closed now as well; posting stays as it was
            (Kind.BLOCKED, "new.example", "year9"),
        }),
    ],
)  # fmt: skip
def test_what_is_done_there_is_told_where_it_alone_makes_the_difference(
    before: list[Rule], after: list[Rule], found: set[tuple[Kind, str, str]]
) -> None:
    assert changes(listed(policy(before), policy(after))) == found


@pytest.mark.parametrize(
    ("begins", "ends", "differs"),
    [
        (date(2026, 11, 1), date(2026, 11, 20), False),  # over
        (date(2027, 3, 2), date(2027, 3, 4), True),
        (date(2027, 3, 2), None, True),
        (None, date(2026, 11, 24), True),
    ],
)
def test_what_begins_later_is_compared_and_what_is_over_is_not(
    begins: date | None, ends: date | None, *, differs: bool
) -> None:
    first, last = (None if one is None else Moment(one) for one in (begins, ends))
    found = changes(listed(policy([]), policy([replace(GAMES, period=Period(first, last))])))
    assert found == ({(Kind.BLOCKED, "play.example", "year9")} if differs else set())


def test_a_default_that_closes_shows_at_a_site_that_no_list_names() -> None:
    found = changes(listed(policy([]), policy([], Effect.BLOCK)))
    assert {(Kind.BLOCKED, UNLISTED, group) for group in ("year9", "staff", "")} <= found


def test_reach_is_compared_at_its_ports_and_addresses() -> None:
    was = policy([])
    now = replace(was, reach=Reach(frozenset({80, 443, 8443}), (ip_network("10.1.0.0/16"),)))
    assert {site for kind, site, _ in changes(listed(was, now)) if kind is Kind.OPENED} == {
        f"{UNLISTED}, at port 8443",
        "10.1.0.0/16",
    }


def test_everybody_who_has_a_place_is_looked_at_and_devices_outside_of_all() -> None:
    was = policy([GAMES])
    assert [one.group for one in people_of(comparer_of(was, was))] == ["year9", "staff", ""]
    moved = replace(was, places=(*was.places[:1], Place("lab", ip_network("10.30.9.0/25"), ("staff",))))
    seen = {(one.was.named_groups, one.now.named_groups) for one in people_of(comparer_of(was, moved))}
    assert seen == {(("year9",), ("year9",)), (("year9",), ("staff",)), (("staff",), ()), ((), ())}


def test_without_any_place_every_group_is_looked_at() -> None:
    school = replace(policy([GAMES]), places=())
    assert {one.group for one in people_of(comparer_of(school, school))} == {"", "students", "year9", "staff"}


def test_each_time_at_which_other_rules_hold_is_looked_at_once() -> None:
    lunch = Times("lunch", "lunch", (Span(frozenset(range(5)), time(12, 20), time(13)),))
    was = policy([replace(GAMES, times=("lessons",))])
    now = replace(was, rules=(replace(was.rules[0], times=("lunch",)),), times={**was.times, "lunch": lunch})
    comparer = comparer_of(was, now)
    askers = comparer.askers(("year9",), None, None)
    moments = list(moments_of(comparer, askers, MONDAY))
    assert [(at.astimezone(UTC), count) for at, count in moments] == [
        (datetime(2026, 11, 23, 0, 0, tzinfo=UTC), 12),  # neither
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), 5),  # lessons
        (datetime(2026, 11, 23, 12, 20, tzinfo=UTC), 5),  # lunch
    ]


@pytest.mark.parametrize(
    ("pattern", "page"),
    [
        ("a.example/x/*", "https://a.example/x"),
        ("a.example/*/y*", "https://a.example/x/yx"),
        ("a.example/watch?v=1", "https://a.example/watch"),
        ("a.example/*", "https://a.example/"),
        ("a.example/straße", "https://a.example/strasse"),
        ("a.example/50%25 off", "https://a.example/50%25%20off"),
    ],
)
def test_a_page_for_a_pattern_is_covered_by_it(pattern: str, page: str) -> None:
    parsed = parse_pattern(pattern)
    found = page_for(parsed)
    assert found is not None
    assert found.without_query == page
    assert parsed.covers(found)


def test_sites_are_looked_at_once() -> None:
    school = policy([rule("r", domains=("play.example", "new.example"))])
    comparer = comparer_of(school, school)
    names = [one.name for one in sites_of(comparer)]
    assert names == ["tiktok.com", "play.example", "new.example", "youtube.com/shorts", UNLISTED]
    assert how_many_sites(comparer) == 2


def test_single_accesses_are_compared_as_they_are() -> None:
    was, now = policy([]), policy([GAMES])
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    tally = Tally()
    asked = (
        Access(subject_in(was, (group,)), target_of_url("https://www.play.example/x"), at)
        for group in ("year9", "staff")
    )
    compare_accesses(comparer_of(was, now), asked, tally)
    assert tally.considered == 2
    assert changes(tally) == {(Kind.BLOCKED, "www.play.example", "year9")}
