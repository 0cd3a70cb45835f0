from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.observe.buckets import DECISION_BUCKETS
from saywhy.observe.metrics import Metrics

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(groups=["year7", "staff"])


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_a_decision_is_counted_by_effect_reason_and_group(metrics: Metrics) -> None:
    for _ in range(2):
        metrics.decided("block", "rule", "year7")
        metrics.lanes.decided("thin", 2e-5)
    assert value(metrics, "saywhy_decisions_total", effect="block", reason="rule", group="year7") == 2
    assert value(metrics, "saywhy_decision_duration_seconds_count", lane="thin") == 2
    assert value(metrics, "saywhy_decision_duration_seconds_sum", lane="thin") == pytest.approx(4e-5)


def test_ordinary_decisions_fall_between_several_buckets_and_slow_ones_are_still_told_apart() -> None:
    assert sum(5e-6 <= bucket <= 1e-4 for bucket in DECISION_BUCKETS) >= 4
    assert 2.5e-3 in DECISION_BUCKETS  # the alert about slow ones goes by it
    assert DECISION_BUCKETS[-1] >= 1
    assert list(DECISION_BUCKETS) == sorted(set(DECISION_BUCKETS))


@pytest.mark.parametrize(
    ("given_group", "label"), [("year7", "year7"), ("10.1.2.3", "other"), ("", "none"), ("none", "none")]
)
def test_only_groups_of_the_policy_become_labels(metrics: Metrics, given_group: str, label: str) -> None:
    metrics.decided("allow", "default", given_group)
    assert value(metrics, "saywhy_decisions_total", effect="allow", reason="default", group=label) == 1


def test_a_new_policy_brings_its_own_groups(metrics: Metrics) -> None:
    metrics.policy_loaded("b2", NOW, groups=["visitors"])
    metrics.decided("allow", "default", "visitors")
    metrics.decided("allow", "default", "year7")
    assert value(metrics, "saywhy_decisions_total", effect="allow", reason="default", group="visitors") == 1
    assert value(metrics, "saywhy_decisions_total", effect="allow", reason="default", group="other") == 1


@pytest.mark.parametrize(("sites", "closed", "ratio"), [(20, 1, 0.05), (4, 4, 1.0), (9, 0, 0.0), (0, 0, 0.0)])
def test_what_should_stay_open_and_is_closed_is_told_by_kind(
    metrics: Metrics, sites: int, closed: int, ratio: float
) -> None:
    metrics.overblocked("museums", sites, closed)
    assert value(metrics, "saywhy_should_stay_open_sites", kind="museums") == sites
    assert value(metrics, "saywhy_overblocked_sites", kind="museums") == closed
    assert value(metrics, "saywhy_overblocked_ratio", kind="museums") == ratio
    assert value(metrics, "saywhy_overblocked_sites", kind="help") is None


@given(st.text(), st.text(), st.text())
def test_no_value_from_outside_its_set_becomes_a_label(first: str, second: str, third: str) -> None:
    odd = "\N{BULLET}"  # nothing in a closed set has one
    metrics = Metrics()
    metrics.decided(odd + first, odd + second, odd + third)
    metrics.requested(odd + first)
    metrics.page_rendered(odd + first, odd + second)
    metrics.fault(odd + first)
    metrics.exception_requests({odd + first: 1})
    seen = {
        text for metric in metrics.registry.collect() for sample in metric.samples for text in sample.labels.values()
    }
    assert not {text for text in seen if odd in text}


def test_requests_bytes_pages_faults_and_dropped_lines_are_counted(metrics: Metrics) -> None:
    metrics.requested("https")
    metrics.lanes.relayed("layers", "down", 1500)
    metrics.lanes.relayed("layers", "down", 500)
    metrics.page_rendered("block", "secondary", 0.002)
    metrics.page_rendered("block", "secondary")
    metrics.fault("hook")
    metrics.log_lines_dropped(3)
    assert value(metrics, "saywhy_requests_total", scheme="https") == 1
    assert value(metrics, "saywhy_relayed_bytes_total", lane="layers", direction="down") == 2000
    assert value(metrics, "saywhy_pages_total", kind="block", reader="secondary") == 2
    assert value(metrics, "saywhy_page_render_duration_seconds_count") == 1
    assert value(metrics, "saywhy_faults_total", kind="hook") == 1
    assert value(metrics, "saywhy_log_lines_dropped_total") == 3


def test_connections_go_up_and_down(metrics: Metrics) -> None:
    metrics.connection_opened()
    metrics.connection_opened()
    metrics.connection_closed()
    assert value(metrics, "saywhy_connections") == 1


def test_a_state_that_no_request_is_in_any_more_goes_back_to_nought(metrics: Metrics) -> None:
    metrics.exception_requests({"open": 2, "granted": 1})
    metrics.exception_requests({"granted": 3})
    assert value(metrics, "saywhy_exception_requests", state="open") == 0
    assert value(metrics, "saywhy_exception_requests", state="granted") == 3


def test_a_failed_reload_shows_until_one_succeeds(metrics: Metrics) -> None:
    name = "saywhy_policy_last_reload_successful"
    assert value(metrics, name) is None
    metrics.policy_loaded("a1", NOW)
    assert value(metrics, name) == 1
    metrics.policy_failed(NOW + timedelta(hours=1))
    assert value(metrics, name) == 0
    assert value(metrics, "saywhy_policy_reload_failures_total") == 1
    metrics.policy_loaded("b2", NOW + timedelta(hours=2))
    assert value(metrics, name) == 1


def test_alarms_are_set_and_over(metrics: Metrics) -> None:
    for kinds in ({"lists", "refusing"}, {"lists"}, set[str]()):
        metrics.alarms(kinds)
        for kind in ("refusing", "lists", "sealed", "policy"):
            assert value(metrics, "saywhy_alarm", kind=kind) == (1 if kind in kinds else 0)


def test_the_number_of_grants_is_set(metrics: Metrics) -> None:
    metrics.grants(4)
    metrics.grants(2)
    assert value(metrics, "saywhy_grants") == 2
