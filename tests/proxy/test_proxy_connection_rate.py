"""How fast one address may open new connections."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.proxy.door.client_counts import ClientCounts
from saywhy.proxy.door.connection_rate import ConnectionRate


def test_a_burst_goes_through_then_it_is_slowed_down_then_turned_away() -> None:
    rate = ConnectionRate(10, 20, ClientCounts(), longest=1)
    assert [rate.wait("a", 100) for _ in range(20)] == [0.0] * 20
    waits = [rate.wait("a", 100) for _ in range(10)]
    assert waits == pytest.approx([number / 10 for number in range(1, 11)])
    assert rate.wait("a", 100) is None
    assert rate.wait("b", 100) == 0


def test_what_was_turned_away_costs_nothing() -> None:
    rate = ConnectionRate(10, 1, ClientCounts(), longest=0.1)
    rate.wait("a", 0)
    assert rate.wait("a", 0) == pytest.approx(0.1)
    assert [rate.wait("a", 0) for _ in range(5)] == [None] * 5
    assert rate.wait("a", 0.2) == 0.0


@given(st.lists(st.floats(min_value=0, max_value=2), max_size=200))
def test_never_more_come_through_than_the_rate_lets(gaps: list[float]) -> None:
    rate, now, let_in = ConnectionRate(5, 10, ClientCounts(), longest=2), 0.0, []
    for gap in gaps:
        now += gap
        seconds = rate.wait("a", now)
        if seconds is not None:
            assert 0 <= seconds <= 2 + 1e-9
            let_in.append(now + seconds)
    let_in.sort()
    for first in range(len(let_in)):
        for last in range(first, len(let_in)):
            assert last - first + 1 <= 10 + 5 * (let_in[last] - let_in[first]) + 1 + 1e-6
