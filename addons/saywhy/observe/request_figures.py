"""The figures of requests that wait, or that ended and say nowhere why; of the time that answers took; of permits."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from statistics import quantiles
from typing import Final

from prometheus_client import Gauge

from saywhy.observe.labels import OTHER, TIERS
from saywhy.observe.metrics import Metrics

_FEWEST: Final = 5  # answers of which a time is told without telling of one of them


class RequestFigures:
    """Kept in the portal's process alone, among its other figures."""

    def __init__(self, metrics: Metrics) -> None:
        self.fault = metrics.fault
        self._registry = metrics.registry
        self._waiting = Gauge(
            "saywhy_exception_requests_waiting",
            "Exception requests that are not answered, by how many people have to agree, as the list of requests has it: one, "
            "two or more; other: not worked out yet.",
            ("tier",),
            registry=metrics.registry,
            multiprocess_mode="mostrecent",  # one store is counted: the latest count is right
        )
        self._overdue = Gauge(
            "saywhy_exception_requests_overdue",
            "Exception requests that wait longer than policy gives for an answer.",
            registry=metrics.registry,
            multiprocess_mode="mostrecent",
        )
        self._unreasoned = Gauge(
            "saywhy_exception_requests_ended_without_reason",
            "Exception requests that were answered, closed or ended and say nowhere why: 0, or something is wrong.",
            registry=metrics.registry,
            multiprocess_mode="mostrecent",
        )
        self._oldest = Gauge(
            "saywhy_exception_requests_oldest_age_seconds",
            "For how long the oldest request that is not answered has waited, nights and weekends as well; 0 for none.",
            registry=metrics.registry,
            multiprocess_mode="mostrecent",
        )
        self._median = Gauge(
            "saywhy_exception_answer_median_seconds",
            "The median of the time from a request to its answer, nights and weekends as well, in the last 30 days; 0 where "
            f"fewer than {_FEWEST} were answered.",
            registry=metrics.registry,
            multiprocess_mode="mostrecent",
        )
        self._ninth_decile = Gauge(
            "saywhy_exception_answer_ninth_decile_seconds",
            "The same for nine answers in ten: they were given within this time.",
            registry=metrics.registry,
            multiprocess_mode="mostrecent",
        )
        self._permits = Gauge(
            "saywhy_permits",
            "Permits that the store has in force or to come.",
            registry=metrics.registry,
            multiprocess_mode="mostrecent",
        )
        self._ending = Gauge(
            "saywhy_permits_ending",
            "Those of them that end within 7 days.",
            registry=metrics.registry,
            multiprocess_mode="mostrecent",
        )

    @cached_property
    def _unused(self) -> Gauge:
        """Made when first used: until the decision log was read nothing is known."""
        return Gauge(
            "saywhy_permits_unused",
            "Those of them that began 30 days ago or more, and that nobody has used since; looked at once an hour.",
            registry=self._registry,
            multiprocess_mode="mostrecent",
        )

    def oldest(self, seconds: float) -> None:
        """Set for how long the oldest request has waited; 0 for none."""
        self._oldest.set(seconds)

    def waiting(self, by_tier: Mapping[str, int]) -> None:
        """Set how many requests wait; tiers left out have none."""
        for tier in (*sorted(TIERS), OTHER):
            self._waiting.labels(tier).set(by_tier.get(tier, 0))

    def answered_in(self, seconds: Sequence[float]) -> None:
        """Set the times that answers took."""
        tenths = quantiles(seconds, n=10, method="inclusive") if len(seconds) >= _FEWEST else [0.0] * 9
        self._median.set(tenths[4])
        self._ninth_decile.set(tenths[8])

    def permits(self, count: int, ending: int) -> None:
        """Set how many permits there are, and how many of them end soon."""
        self._permits.set(count)
        self._ending.set(ending)

    def unused(self, count: int) -> None:
        """Set how many permits nobody uses."""
        self._unused.set(count)

    def overdue(self, count: int) -> None:
        """Set how many requests wait too long."""
        self._overdue.set(count)

    def ended_without_reason(self, count: int) -> None:
        """Set how many requests say nowhere why they ended."""
        self._unreasoned.set(count)
