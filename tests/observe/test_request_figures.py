"""Figures of requests: what waits too long, and what ended without a reason."""

from saywhy.observe.metrics import Metrics
from saywhy.observe.request_figures import RequestFigures


def test_the_latest_count_stands() -> None:
    metrics = Metrics()
    figures = RequestFigures(metrics)
    for count in (3, 1):
        figures.overdue(count)
        figures.ended_without_reason(count - 1)
    assert metrics.registry.get_sample_value("saywhy_exception_requests_overdue") == 1
    assert metrics.registry.get_sample_value("saywhy_exception_requests_ended_without_reason") == 0
