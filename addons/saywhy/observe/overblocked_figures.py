"""The figures of sites that should stay open at a school, and are closed."""

from prometheus_client import CollectorRegistry, Gauge

from saywhy.observe.labels import SITE_KINDS, closed


class OverblockedFigures:
    """Among the figures of a process; called with what was found of a kind."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._should_stay_open = Gauge(
            "saywhy_should_stay_open_sites",
            "Sites that should stay open at a school and were tried, by kind.",
            ("kind",),
            registry=registry,
            multiprocess_mode="mostrecent",  # one process tries them
        )
        self._overblocked = Gauge(
            "saywhy_overblocked_sites",
            "Those of them that the policy and lists in force close to some group at some time.",
            ("kind",),
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self._overblocked_share = Gauge(
            "saywhy_overblocked_ratio",
            "The part of them that is closed so, from 0 to 1.",
            ("kind",),
            registry=registry,
            multiprocess_mode="mostrecent",
        )

    def __call__(self, kind: str, sites: int, closed_sites: int) -> None:
        """Set how many sites of a kind should stay open, and how many of them are closed to somebody at some time."""
        label = closed(kind, SITE_KINDS)
        self._should_stay_open.labels(label).set(sites)
        self._overblocked.labels(label).set(closed_sites)
        self._overblocked_share.labels(label).set(closed_sites / sites if sites else 0.0)
