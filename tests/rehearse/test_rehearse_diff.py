"""Every change that is reported is one, every one that is there is reported, and the counts add up."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saywhy.decide.access import Access, Target, subject_at, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.policy.address import Url
from saywhy.policy.rule import Effect, Rule, Why
from saywhy.rehearse.diff import Comparer, Kind, Ruling, compare
from saywhy.rehearse.diff_log import compare_log
from saywhy.rehearse.diff_tally import Tally
from saywhy.rehearse.replay import Logged
from tests.decide.conftest import MONDAY_TEN, engine, policy, rule
from tests.decide.test_decide_properties import HOSTS, PATHS, rules

people = st.sampled_from(
    [
        (("year9",), "year 9 rooms", "10.30.9.7"),
        (("staff",), "everywhere else", "10.30.1.1"),
        (("staff",), "year 9 rooms", None),
        ((), None, "192.0.2.1"),
        (("gone", "year9"), None, None),
    ]
)
lines = st.builds(
    lambda who, host, path, hours, port: Logged(
        MONDAY_TEN + timedelta(hours=hours),
        who[0],
        who[1],
        None if who[2] is None else ip_address(who[2]),
        "https",
        host,
        port,
        path,
        granted=False,
    ),
    people,
    st.sampled_from(HOSTS),
    st.sampled_from(PATHS),
    st.integers(-100, 100),
    st.sampled_from([443, 443, 8443]),
)
logs = st.lists(lines, max_size=30)
schools = st.builds(
    lambda some, default: engine([replace(one, id=f"r{n}") for n, one in enumerate(some)], default),
    st.lists(rules, max_size=6),
    st.sampled_from([Effect.ALLOW, Effect.BLOCK]),
)


def accesses(was: Engine, now: Engine, one: Logged) -> tuple[Access, Access]:
    """One line as an access under each policy, put together by hand."""
    target = target_of_url(f"{one.scheme}://{one.host}:{one.port}{one.path}")
    askers = Comparer(was, now).askers(one.groups, one.place, one.device)
    return Access(askers.was, target, one.at), Access(askers.now, target, one.at)


@settings(deadline=None)
@given(schools, logs)
def test_a_policy_does_not_differ_from_itself(school: Engine, log: list[Logged]) -> None:
    tally = Tally()
    compare_log(Comparer(school, Engine(replace(school.policy))), log, tally)
    assert tally.considered == len(log)
    assert list(tally.found()) == []


@settings(max_examples=200, deadline=None)
@given(schools, schools, logs)
def test_replaying_finds_what_deciding_one_by_one_finds(was: Engine, now: Engine, log: list[Logged]) -> None:
    tally = Tally()
    compare_log(Comparer(was, now), log, tally)
    expected: dict[tuple[Kind, str, str, Ruling, Ruling], int] = {}
    for one in log:
        found = compare(was, now, *accesses(was, now, one))
        if found is not None:
            key = (found.kind, one.groups[0] if one.groups else "", one.host, found.was, found.now)
            expected[key] = expected.get(key, 0) + 1
    counted = {
        (kind, one.group, one.site, one.was, one.now): one.decisions
        for kind, found_of_kind in tally.found()
        for one in found_of_kind.examples(10_000)
    }
    assert counted == expected


@settings(deadline=None)  # the first page told loads its words
@given(schools, schools, logs)
def test_the_counts_add_up(was: Engine, now: Engine, log: list[Logged]) -> None:
    tally = Tally()
    compare_log(Comparer(was, now), log, tally)
    assert tally.changed <= tally.considered == len(log)
    for _, counted in tally.found():
        for parts in (counted.by_group, counted.by_rules):
            assert sum(one.decisions for one in parts.values()) == counted.every.decisions
            assert set().union(*(one.sites for one in parts.values())) == counted.every.sites
            assert set().union(*(one.devices for one in parts.values())) == counted.every.devices


@settings(deadline=None)
@given(schools, schools, lines)
def test_newly_blocked_means_that_it_was_open_and_is_closed(was: Engine, now: Engine, one: Logged) -> None:
    access_was, access_now = accesses(was, now, one)
    found = compare(was, now, access_was, access_now)
    opened = decide(was, NO_GRANTS, access_was).allowed, decide(now, NO_GRANTS, access_now).allowed
    kind = None if found is None else found.kind
    assert (kind is Kind.BLOCKED) == (opened == (True, False))
    assert (kind is Kind.OPENED) == (opened == (False, True))
    if kind is Kind.TOLD:
        assert opened == (False, False)


GAMES = rule("games", categories=("games",), owner="it")


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ([], [GAMES], Kind.BLOCKED),
        ([GAMES], [], Kind.OPENED),
        ([GAMES], [replace(GAMES, id="play")], Kind.DECIDED),
        ([GAMES], [replace(GAMES, locked=True)], Kind.DECIDED),
        ([GAMES], [replace(GAMES, why=Why("for another reason"))], Kind.TOLD),
        ([GAMES], [replace(GAMES, groups=frozenset({"year9"}))], None),
        ([GAMES], [replace(GAMES, times=("lessons",))], None),
        ([GAMES], [rule("other", domains=("other.example",)), GAMES], None),
    ],
)
def test_kinds_of_change(before: list[Rule], after: list[Rule], kind: Kind | None) -> None:
    comparer = Comparer(engine(before), engine(after))
    askers = comparer.askers(("year9",), None, None)
    found = comparer.difference(askers, Target("play.example", 443), MONDAY_TEN)
    assert (None if found is None else found.kind) is kind


def test_a_change_holds_only_while_its_time_does() -> None:
    comparer = Comparer(engine([]), engine([replace(GAMES, times=("lessons",))]))
    askers = comparer.askers(("year9",), None, None)
    found = {
        hour: comparer.difference(askers, Target("play.example", 443), MONDAY_TEN.replace(hour=hour))
        for hour in (8, 9, 13)
    }
    assert [hour for hour, one in found.items() if one is not None] == [9]


def test_whoever_moves_to_another_place_is_decided_on_as_there() -> None:
    before = policy([replace(GAMES, groups=frozenset({"year9"}))])
    after = replace(before, places=tuple(replace(one, groups=("staff",)) for one in before.places))
    now = Engine(after)
    comparer = Comparer(Engine(before), now)
    device = ip_address("10.30.9.7")
    askers = comparer.askers(("year9",), "year 9 rooms", device)
    assert askers.now.named_groups == subject_at(now, device).named_groups == ("staff",)
    found = comparer.difference(askers, Target("play.example", 443), MONDAY_TEN)
    assert found is not None
    assert found.kind is Kind.OPENED
    elsewhere = comparer.askers(("year9",), "a room of another school", device)
    assert comparer.difference(elsewhere, Target("play.example", 443), MONDAY_TEN) is None


def test_groups_that_a_policy_does_not_have_are_told() -> None:
    was = policy([])
    comparer = Comparer(Engine(was), Engine(replace(was, groups={"students": was.groups["students"]})))
    assert comparer.askers(("year9",), None, None).unknown == ("year9",)
    assert comparer.askers(("students",), None, None).unknown == ()


def test_reach_decides_too() -> None:
    was = policy([])
    comparer = Comparer(Engine(was), Engine(replace(was, reach=replace(was.reach, ports=frozenset({443})))))
    found = comparer.difference(comparer.askers((), None, None), Target("a.example", 80), MONDAY_TEN)
    assert found is not None
    assert found.now == Ruling(Effect.BLOCK, Reason.PORT, None)


def test_only_what_neither_policy_can_tell_apart_is_decided_once() -> None:
    comparer = Comparer(engine([]), engine([GAMES]))
    url = Url("https", "play.example", 443, "/", "")
    same = {comparer.standing_of(host, 443, None) for host in ("a.example", "b.example", "c.b.example")}
    assert len(same) == 1
    assert comparer.standing_of("play.example", 443, url) not in same
    assert comparer.standing_of("a.example", 80, None) not in same
    assert comparer.standing_of("10.0.0.1", 443, None) != comparer.standing_of("10.0.0.2", 443, None)
    assert Target("a.example", 443).url is None
