"""What is in force: nothing that was worked out from one policy is ever told of another."""

import threading
from collections.abc import Callable
from ipaddress import ip_network

import pytest

from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.policy.school import Place
from saywhy.proxy.in_force import InForce, Snapshot
from tests.decide.conftest import engine

DEVICE = "10.30.9.7"


def all_are(group: str) -> Engine:
    return engine([], places=(Place("all", ip_network("10.0.0.0/8"), (group,)),))


def now(in_force: InForce) -> Snapshot:
    assert in_force.now is not None
    return in_force.now


def groups(snapshot: Snapshot) -> tuple[str, ...]:
    return snapshot.subjects.at(DEVICE).named_groups


def test_a_subject_is_remembered_until_what_is_in_force_changes() -> None:
    in_force = InForce(all_are("year9"))
    assert groups(now(in_force)) == groups(now(in_force)) == ("year9",)
    in_force.engine = all_are("staff")
    assert groups(now(in_force)) == ("staff",)


def test_who_began_before_a_change_leaves_nothing_behind() -> None:
    in_force = InForce(all_are("year9"))
    begun = now(in_force)
    in_force.engine = all_are("staff")
    assert groups(begun) == ("year9",)  # it stays with what it began with
    assert groups(now(in_force)) == ("staff",)


def test_grants_that_change_keep_who_is_who_and_the_other_way_round() -> None:
    in_force = InForce(all_are("year9"))
    known = now(in_force).subjects.at(DEVICE)
    in_force.grants = given = Grants()
    assert now(in_force).subjects.at(DEVICE) is known
    in_force.engine = all_are("staff")
    assert now(in_force).grants is given


def test_grants_that_come_before_any_policy_are_not_lost() -> None:
    in_force = InForce()
    in_force.grants = given = Grants()
    assert in_force.now is None
    in_force.engine = all_are("staff")
    assert now(in_force).grants is given


def test_changes_are_told() -> None:
    in_force, told = InForce(), []
    in_force.when_changed(lambda: told.append(in_force.engine))
    in_force.engine = first = all_are("year9")
    in_force.grants = Grants()
    assert told == [first, first]


def over_and_over(do: Callable[[], None], stop: threading.Event) -> threading.Thread:
    def run() -> None:
        while not stop.is_set():
            do()

    return threading.Thread(target=run)


def test_while_engines_change_nobody_is_taken_for_somebody_of_another() -> None:
    engines: dict[tuple[str, ...], Engine] = {("year9",): all_are("year9"), ("staff",): all_are("staff")}
    in_force, stop, wrong = InForce(engines["staff",]), threading.Event(), []

    def ask() -> None:
        snapshot = now(in_force)
        if snapshot.engine is not engines[groups(snapshot)]:
            wrong.append(groups(snapshot))

    def give() -> None:
        in_force.grants = Grants()

    threads = [over_and_over(one, stop) for one in (ask, ask, ask, give)]
    for thread in threads:
        thread.start()
    for told, one in [*engines.items()] * 2_000:
        in_force.engine = one
        if groups(now(in_force)) != told:
            wrong.append(told)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("peer", ["::ffff:10.30.9.7", DEVICE])
def test_an_ipv4_address_told_as_ipv6_is_the_same_device(peer: str) -> None:
    assert str(now(InForce(engine([]))).subjects.at(peer).device) == DEVICE


def test_a_link_local_address_comes_with_its_zone() -> None:
    assert now(InForce(engine([]))).subjects.at("fe80::1%eth0").groups == frozenset()
