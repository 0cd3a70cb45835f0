"""The self-test, as whoever scrapes sees it."""

from prometheus_client import CollectorRegistry

from saywhy.observe.selftest_figures import SelfTestCollector, SelfTestFigures


def scraped(last: SelfTestFigures | None) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(SelfTestCollector(lambda: last))
    return registry


def test_each_check_is_told_and_when_it_was() -> None:
    found = scraped(SelfTestFigures({"blocked": False, "sealed": True}, 1, 1_000.0, 0.25))
    assert found.get_sample_value("saywhy_selftest_ok", {"check": "blocked"}) == 0
    assert found.get_sample_value("saywhy_selftest_ok", {"check": "sealed"}) == 1
    assert found.get_sample_value("saywhy_selftest_let_through") == 1
    assert found.get_sample_value("saywhy_selftest_timestamp_seconds") == 1_000
    assert found.get_sample_value("saywhy_selftest_duration_seconds") == 0.25


def test_what_has_not_run_tells_nothing() -> None:
    found = scraped(None)
    assert [sample for metric in found.collect() for sample in metric.samples] == []
