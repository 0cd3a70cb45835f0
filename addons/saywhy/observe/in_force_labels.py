"""Which rules, categories and groups the policy in force has: series about those of earlier revisions are not told any more.

A series cannot be taken out of a process's file. So the processes say what is in force, as series that nobody is told, and
whoever merges the files leaves out what is not.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Gauge, Metric

from saywhy.observe.labels import NO_GROUP, OTHER

IN_FORCE: Final = "saywhy_label_in_force"  # stored, and not told
_ALWAYS: Final = frozenset({OTHER, NO_GROUP})


class InForceLabels:
    """What a process says. One file for each process, so of each value the one said last counts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._gauge = Gauge(
            IN_FORCE,
            "1 for a value of a label that the policy in force has.",
            ("label", "value"),
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self._said: dict[str, frozenset[str]] = {}

    def say(self, label: str, values: Iterable[str]) -> None:
        """These are the values from now on."""
        now = frozenset(values) | _ALWAYS  # so that it is known where there are no others
        for gone in self._said.get(label, frozenset()) - now:
            self._gauge.labels(label, gone).set(0)
        for one in now:
            self._gauge.labels(label, one).set(1)
        self._said[label] = now


def told_in_force(metrics: Iterable[Metric]) -> Iterator[Metric]:
    """The metrics without series about what is not in force; without the series that say so."""
    found = list(metrics)
    allowed = _allowed(found)
    for metric in found:
        if metric.name != IN_FORCE:
            metric.samples = [one for one in metric.samples if _is_told(one.labels, allowed)]
            yield metric


def _allowed(metrics: Iterable[Metric]) -> Mapping[str, frozenset[str]]:
    values: defaultdict[str, set[str]] = defaultdict(set)
    for metric in metrics:
        if metric.name == IN_FORCE:
            for sample in metric.samples:
                if sample.value:
                    values[sample.labels["label"]].add(sample.labels["value"])
    return {label: frozenset(some) for label, some in values.items()}


def _is_told(labels: Mapping[str, str], allowed: Mapping[str, frozenset[str]]) -> bool:
    return all(labels.get(label, OTHER) in some for label, some in allowed.items())
