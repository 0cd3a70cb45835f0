"""The table in which workers count their clients together."""

import mmap
from multiprocessing import get_context

import pytest

from saywhy.proxy.door.client_counts import ClientCounts, size_for
from saywhy.proxy.door.connection_rate import ConnectionRate
from saywhy.proxy.door.open_connections import Limits, OpenConnections
from tests.proxy.test_proxy_open_connections import Counted, One


def shared(workers: int) -> list[ClientCounts]:
    memory = memoryview(bytearray(size_for(workers)))
    return [ClientCounts(memory, worker, workers) for worker in range(workers)]


def test_each_sees_what_is_open_at_the_others() -> None:
    first, second, third = shared(3)
    for one in (first, first, second):
        one.came("10.0.0.1")
    assert [one.elsewhere("10.0.0.1") for one in (first, second, third)] == [1, 2, 3]
    first.gone("10.0.0.1")
    assert [one.elsewhere("10.0.0.1") for one in (first, second, third)] == [1, 1, 2]
    assert third.elsewhere("10.0.0.2") == 0


def test_what_one_had_goes_with_it() -> None:
    first, second = shared(2)
    for address in ("10.0.0.1", "10.0.0.2"):
        first.came(address)
        second.came(address)
    first.forget()
    assert second.elsewhere("10.0.0.1") == 0
    assert first.elsewhere("10.0.0.2") == 1


def test_one_that_is_alone_counts_nobody_elsewhere() -> None:
    counts = ClientCounts()
    counts.came("10.0.0.1")
    assert counts.elsewhere("10.0.0.1") == 0


def test_thousands_of_others_count_against_nobody() -> None:
    first, second = shared(2)
    for number in range(2_000):
        for _ in range(40):
            first.came(f"10.1.{number // 250}.{number % 250}")
    for _ in range(1_000):
        first.came("10.9.9.9")
    wrongly = sum(second.elsewhere(f"10.2.{number // 250}.{number % 250}") > 80 for number in range(2_000))
    assert wrongly <= 2  # one that would meet a busy one in both of its rows: one in sixteen thousand squared


def test_the_limit_of_open_connections_is_one_for_all_workers() -> None:
    one, another = (OpenConnections(Limits(connections=3), Counted(), counts) for counts in shared(2))
    first = One()
    assert one.came(first)
    assert one.came(One())
    assert another.came(One())
    second = One()
    assert not another.came(second)
    another.gone(second)
    one.gone(first)
    assert another.came(One())
    assert not one.came(One())
    assert one.came(One("10.0.0.2"))


def test_so_is_that_of_new_ones() -> None:
    one, another = (ConnectionRate(10, 20, counts, longest=1) for counts in shared(2))
    assert [(one, another)[number % 2].wait("a", 100) for number in range(20)] == [0.0] * 20
    assert [(one, another)[number % 2].wait("a", 100) for number in range(10)] == pytest.approx(
        [number / 10 for number in range(1, 11)]
    )
    assert one.wait("a", 100) is None
    assert another.wait("a", 100) is None
    assert another.wait("b", 100) == 0


def test_processes_that_are_forked_from_one_agree_where_an_address_stands() -> None:
    memory = memoryview(mmap.mmap(-1, size_for(2)))
    forked = get_context("fork").Process(target=lambda: ClientCounts(memory, 0, 2).came("10.0.0.1"))
    forked.start()
    forked.join()
    assert ClientCounts(memory, 1, 2).elsewhere("10.0.0.1") == 1
