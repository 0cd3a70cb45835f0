"""What the self-test found when it ran last, told when it is scraped. The supervisor alone tells it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


@dataclass(frozen=True, slots=True)
class SelfTestFigures:
    """Of one run. `passed` by check; `ended` in Unix seconds, `took` in seconds."""

    passed: Mapping[str, bool]
    let_through: int
    ended: float
    took: float


class SelfTestCollector(Collector):
    """Asks at each scrape; None: it has not run, so nothing is told."""

    def __init__(self, last: Callable[[], SelfTestFigures | None]) -> None:
        self._last = last

    def describe(self) -> Iterable[Metric]:
        """The metrics without values."""
        return _families(None)

    def collect(self) -> Iterable[Metric]:
        """The metrics of the last run."""
        return _families(self._last())


def _families(last: SelfTestFigures | None) -> list[Metric]:
    passed = GaugeMetricFamily(
        "saywhy_selftest_ok", "1 where a check of the self-test came out as it has to when it ran last, otherwise 0.", labels=["check"]
    )  # fmt: skip
    let_through = GaugeMetricFamily(
        "saywhy_selftest_let_through", "Checks of the last self-test in which something passed that has to be closed."
    )
    ended = GaugeMetricFamily("saywhy_selftest_timestamp_seconds", "When the self-test ended last.")
    took = GaugeMetricFamily("saywhy_selftest_duration_seconds", "How long the last self-test took.")
    if last is not None:
        for check, good in last.passed.items():
            passed.add_metric([check], good)
        let_through.add_metric([], last.let_through)
        ended.add_metric([], last.ended)
        took.add_metric([], last.took)
    return [passed, let_through, ended, took]
