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


def test_times_to_answer_are_told_where_there_are_enough_of_them() -> None:
    metrics = Metrics()
    figures = RequestFigures(metrics)
    figures.answered_in([60.0] * 4)
    assert metrics.registry.get_sample_value("saywhy_exception_answer_median_seconds") == 0
    figures.answered_in([60.0, 120.0, 180.0, 240.0, 300.0])
    assert metrics.registry.get_sample_value("saywhy_exception_answer_median_seconds") == 180
    assert 240 <= (metrics.registry.get_sample_value("saywhy_exception_answer_ninth_decile_seconds") or 0) <= 300


def test_what_waits_is_told_by_tier_and_none_is_told_as_none() -> None:
    metrics = Metrics()
    RequestFigures(metrics).waiting({"two": 2, "other": 1})

    def waiting(tier: str) -> float | None:
        return metrics.registry.get_sample_value("saywhy_exception_requests_waiting", {"tier": tier})

    assert [waiting(tier) for tier in ("one", "two", "other")] == [0, 2, 1]
