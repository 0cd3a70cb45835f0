"""How often processes were started again, and why; kept by the supervisor."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter

_REASONS = "gone", "silent"


class RestartFigures:
    """Of the processes that are named when it is made."""

    def __init__(self, registry: CollectorRegistry, processes: Iterable[str] = ()) -> None:
        self._counter = Counter(
            "saywhy_process_restarts_total",
            "Processes started again in the place of one that was gone (it had ended by itself) or silent (it hung, and was ended).",
            ("process", "reason"),
            registry=registry,
        )
        for process in processes:
            for reason in _REASONS:
                self._counter.labels(process, reason)

    def restarted(self, process: str, *, hung: bool) -> None:
        """Count one."""
        self._counter.labels(process, _REASONS[hung]).inc()
