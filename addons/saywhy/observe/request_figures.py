"""The figures of requests that wait too long, or that ended and say nowhere why."""

from prometheus_client import Gauge

from saywhy.observe.metrics import Metrics


class RequestFigures:
    """Kept in the portal's process alone, among its other figures."""

    def __init__(self, metrics: Metrics) -> None:
        self.fault = metrics.fault
        self._overdue = Gauge(
            "saywhy_exception_requests_overdue",
            "Exception requests that wait longer than policy gives for an answer.",
            registry=metrics.registry,
            multiprocess_mode="mostrecent",  # one store is counted: the latest count is right
        )
        self._unreasoned = Gauge(
            "saywhy_exception_requests_ended_without_reason",
            "Exception requests that were answered, closed or ended and say nowhere why: 0, or something is wrong.",
            registry=metrics.registry,
            multiprocess_mode="mostrecent",
        )

    def overdue(self, count: int) -> None:
        """Set how many requests wait too long."""
        self._overdue.set(count)

    def ended_without_reason(self, count: int) -> None:
        """Set how many requests say nowhere why they ended."""
        self._unreasoned.set(count)
