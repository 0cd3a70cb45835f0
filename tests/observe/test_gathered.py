"""What is gathered and written comes to the same as what is counted at once."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from saywhy.observe.buckets import DECISION_BUCKETS
from saywhy.observe.lane_figures import INSPECTING, LANES
from saywhy.observe.metrics import Metrics

SECONDS = st.sampled_from([*DECISION_BUCKETS, 0.0, 1e-6, 3e-5, 0.2, 60.0])


def values(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): round(sample.value, 9)
        for family in metrics.registry.collect()
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def count(metrics: Metrics, seconds: Sequence[float]) -> None:
    for number, one in enumerate(seconds):
        metrics.decided("block" if number % 2 else "allow", "rule", "year7")
        metrics.lanes.decided(LANES[number % 3], one)
        metrics.lanes.answered(INSPECTING[number % 2], one)
        metrics.lanes.handshaken("client", resumed=bool(number % 2))
        metrics.lanes.kept()
        metrics.requested("https")
        metrics.lanes.relayed("thin", "up", number)
        metrics.lanes.relayed("relay", "down", 1_000 * number)
        metrics.page_rendered("page", "adult", one)
        metrics.connection_opened()
        if number % 3:
            metrics.connection_closed()


@given(first=st.lists(SECONDS, max_size=8), second=st.lists(SECONDS, max_size=8))
def test_it_comes_to_the_same(first: list[float], second: list[float]) -> None:
    at_once, gathered = Metrics(["year7"]), Metrics(["year7"])
    gathered.gather()
    for some in (first, second):
        count(at_once, some)
        count(gathered, some)
        gathered.write()
        gathered.write()
        assert values(gathered) == values(at_once)


def test_before_it_is_written_nothing_is_told() -> None:
    metrics = Metrics(["year7"])
    metrics.gather()
    count(metrics, [1e-5])
    assert metrics.registry.get_sample_value("saywhy_requests_total", {"scheme": "https"}) in (None, 0.0)
