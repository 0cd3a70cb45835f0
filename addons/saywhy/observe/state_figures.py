"""What a state folder holds, told when it is scraped: lists, the certificate, problems of the policy.

The supervisor alone tells it, from what it reads there, so nothing of lists that are gone is left.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

MOST_LISTS: Final = 20  # told one by one; of more, the first by name


@dataclass(frozen=True, slots=True)
class ListFigures:
    """Of one list. Moments are Unix seconds; `lost` are lines of its source that could not be taken."""

    name: str
    entries: int
    lost: int
    updated: float  # when its entries were taken last
    checked: float | None  # when its source was asked last; None for a file, which is read when somebody says so
    failing: bool  # the last update was not taken


@dataclass(frozen=True, slots=True)
class StateFigures:
    """What is told. None and empty: nothing is known, and so nothing is told."""

    lists: tuple[ListFigures, ...] = ()
    certificate_ends: float | None = None  # Unix seconds
    policy_problems: int | None = None


class StateCollector(Collector):
    """Asks at each scrape; whoever is asked must not raise."""

    def __init__(self, look: Callable[[], StateFigures]) -> None:
        self._look = look

    def describe(self) -> Iterable[Metric]:
        """The metrics without values, so that nothing is asked when this is registered."""
        return _families(StateFigures())

    def collect(self) -> Iterable[Metric]:
        """The metrics, as things are now."""
        return _families(self._look())


def _families(state: StateFigures) -> list[Metric]:
    label = ["list"]
    names = GaugeMetricFamily("saywhy_list_entries", "Entries of an imported list that are in force.", labels=label)
    lost = GaugeMetricFamily(
        "saywhy_list_lost_entries", "Lines of a list's source that could not be taken.", labels=label
    )
    updated = GaugeMetricFamily(
        "saywhy_list_updated_timestamp_seconds", "When a list's entries were taken last.", labels=label
    )
    checked = GaugeMetricFamily(
        "saywhy_list_checked_timestamp_seconds",
        "When the source of a list that is fetched was asked last.",
        labels=label,
    )
    failing = GaugeMetricFamily(
        "saywhy_list_failing", "1 where a list's last update was not taken, otherwise 0.", labels=label
    )
    for one in state.lists[:MOST_LISTS]:
        names.add_metric([one.name], one.entries)
        lost.add_metric([one.name], one.lost)
        updated.add_metric([one.name], one.updated)
        if one.checked is not None:
            checked.add_metric([one.name], one.checked)
        failing.add_metric([one.name], one.failing)
    lists = GaugeMetricFamily("saywhy_lists", "Imported lists.", value=len(state.lists))
    ends = GaugeMetricFamily(
        "saywhy_certificate_expiry_timestamp_seconds", "When the certificate of the school's own authority ends."
    )
    if state.certificate_ends is not None:
        ends.add_metric([], state.certificate_ends)
    problems = GaugeMetricFamily(
        "saywhy_policy_problems", "Problems in the policy's folder, for which it is not in force; 0 while it is."
    )
    if state.policy_problems is not None:
        problems.add_metric([], state.policy_problems)
    return [names, lost, updated, checked, failing, lists, ends, problems]
