"""Many rounds in a few figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.peers.aims import verdict
from bench.peers.rounds import Failure, Sample
from bench.peers.summary import Spread, cpu, percentile, rate, ratio, spread, summary


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([7.0], 50, 7.0), ([7.0], 99, 7.0), ([4, 1, 3, 2], 50, 2), (range(1, 101), 99, 99), (range(1, 1001), 99, 990)],
)
def test_a_percentile_is_a_value_that_was_measured(values: list[float], percent: float, expected: float) -> None:
    assert percentile(values, percent) == expected


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(1, 100))
def test_so_many_percent_are_not_above_it(values: list[float], percent: float) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(one <= found for one in values) >= len(values) * percent / 100 - 1e-6


def test_rounds_are_told_by_their_median_and_how_far_they_spread() -> None:
    rounds = [Sample(100, 0.2, 2.0, (0.010, 0.020)), Sample(100, 0.4, 1.0, (0.030,)), Sample(200, 0.6, 2.0, (0.5,))]
    told = summary(rounds)
    assert told.cpu == Spread(2.0, 3.0, 4.0)
    assert told.rate == Spread(50.0, 100.0, 100.0)
    assert (told.p50, told.p99) == (20.0, 500.0)


def test_a_ratio_compares_what_ran_side_by_side() -> None:
    calm, busy = Sample(100, 0.1, 1.0, (0.01,)), Sample(100, 0.3, 3.0, (0.03,))
    assert ratio([calm, busy], [calm, busy], cpu) == Spread(1.0, 1.0, 1.0)
    assert ratio([calm], [busy], rate) == spread([3.0])


@pytest.mark.parametrize("missing", [None, [], Failure("it inspected")])
def test_there_is_no_ratio_to_what_was_not_measured(missing: list[Sample] | Failure | None) -> None:
    measured = [Sample(1, 1.0, 1.0, (1.0,))]
    assert ratio(measured, missing, cpu) is None
    assert ratio(missing, measured, cpu) is None


@pytest.mark.parametrize(
    ("value", "bound", "at_most", "expected"),
    [
        (0.8, 0.8, True, "met"),
        (0.7, 0.8, True, "met"),
        (1.0, 0.8, True, "missed by 25%"),
        (5.0, 5.0, False, "met"),
        (4.0, 5.0, False, "missed by 20%"),
    ],
)
def test_a_missed_aim_says_by_how_much(value: float, bound: float, at_most: bool, expected: str) -> None:
    assert verdict(value, bound, at_most=at_most) == expected
