"""Every metric in words, from the code that makes it: what stands in docs/metrics.md."""

from datetime import UTC, datetime
from typing import Final

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.metrics import MetricWrapperBase

from saywhy.observe.in_force_labels import IN_FORCE
from saywhy.observe.metrics import POLICY_LOADED, Metrics
from saywhy.observe.process_figures import ProcessFigures
from saywhy.observe.request_figures import RequestFigures
from saywhy.observe.restart_figures import RestartFigures
from saywhy.observe.selftest_figures import SelfTestCollector
from saywhy.observe.state_figures import StateCollector, StateFigures
from saywhy.observe.telling_figures import TellingFigures

type Told = tuple[str, str, tuple[str, ...], str]  # name, type, labels, words

BEGIN: Final = "<!-- metrics: made by `saywhy schema --metrics docs/metrics.md`; changes here are lost -->"
END: Final = "<!-- end of the metrics -->"
POLICY_INFO: Final[Told] = "saywhy_policy_info", "gauge", ("revision",), "The policy in force, by its revision."


class MarksError(ValueError):
    """The file does not say where the metrics belong."""


def told_metrics() -> list[Told]:
    """Every metric that a scrape can have, by name."""
    registry = CollectorRegistry()
    metrics = Metrics(registry=registry)
    metrics.policy_failed(datetime(2026, 1, 1, tzinfo=UTC))  # made when first used
    RequestFigures(metrics).unused(0)  # made when first used
    TellingFigures(metrics)
    ProcessFigures(registry, "portal", 1, 1)
    RestartFigures(registry)
    found: dict[str, Told] = {POLICY_INFO[0]: POLICY_INFO}
    for one in list(registry._collector_to_names):  # noqa: SLF001 — labels are told nowhere else
        assert isinstance(one, MetricWrapperBase)
        (metric,) = one.describe()
        labels = () if metric.name == POLICY_LOADED else one._labelnames  # noqa: SLF001 — see `expose`
        found[metric.name] = _told(metric, labels)
    for family in (*StateCollector(StateFigures).describe(), *SelfTestCollector(lambda: None).describe()):
        found[family.name] = _told(family, getattr(family, "_labelnames", ()))
    del found[IN_FORCE]
    return sorted(found.values())


def _told(metric: Metric, labels: tuple[str, ...]) -> Told:
    name = f"{metric.name}_total" if metric.type == "counter" else metric.name
    return name, metric.type, tuple(labels), metric.documentation


def with_metrics(text: str) -> str:
    """A Markdown text with the table of metrics between its marks renewed. Raises MarksError where they are missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise MarksError(f"the marks are missing; write the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{table()}\n{END}{after}"


def table() -> str:
    """The metrics as a table in Markdown."""
    lines = ["| metric | type | labels | what it is |", "|---|---|---|---|"]
    for name, kind, labels, words in told_metrics():
        lines.append(f"| `{name}` | {kind} | {', '.join(f'`{one}`' for one in labels)} | {words} |")
    return "\n".join(lines) + "\n"
