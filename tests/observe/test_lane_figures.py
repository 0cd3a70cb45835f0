"""Figures by lane: every series is there from the beginning, and each lane has its own."""

from prometheus_client import CollectorRegistry

from saywhy.observe.buckets import DECISION_BUCKETS, REQUEST_BUCKETS
from saywhy.observe.gathered import Gathered
from saywhy.observe.lane_figures import DIRECTIONS, HANDSHAKES, INSPECTING, LANES, LaneFigures


def test_nothing_that_is_counted_adds_a_series() -> None:
    registry = CollectorRegistry()
    LaneFigures(registry)
    named = [one.name for metric in registry.collect() for one in metric.samples if not one.name.endswith("_created")]
    of_histograms = len(LANES) * (len(DECISION_BUCKETS) + 3) + len(INSPECTING) * (len(REQUEST_BUCKETS) + 3)
    assert len(named) == of_histograms + len(LANES) * len(DIRECTIONS) + len(HANDSHAKES)


def test_each_lane_has_its_own() -> None:
    registry = CollectorRegistry()
    figures, gathered = LaneFigures(registry), Gathered()
    figures.gather(gathered)
    figures.relayed("relay", "down", 7)
    figures.relayed("thin", "down", 5)
    figures.answered("thin", 0.02)
    figures.decided("layers", 2e-5)
    figures.handshaken("origin", resumed=True)
    figures.kept()
    gathered.write()

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    assert [value("saywhy_relayed_bytes_total", lane=lane, direction="down") for lane in LANES] == [5, 0, 7]
    assert [value("saywhy_request_duration_seconds_count", lane=lane) for lane in INSPECTING] == [1, 0]
    assert [value("saywhy_decision_duration_seconds_count", lane=lane) for lane in LANES] == [0, 1, 0]
    told = {both: value("saywhy_handshakes_total", side=both[0], kind=both[1]) for both in HANDSHAKES}
    assert {both for both, count in told.items() if count} == {("origin", "resumed"), ("origin", "kept")}
