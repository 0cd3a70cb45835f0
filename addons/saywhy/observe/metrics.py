"""The figures that every process keeps: what was decided, relayed, shown and went wrong.

Made for prometheus-client's multiprocess mode (docs/decisions/0001-metrics-from-several-processes.md): each process
writes its own files, `saywhy.observe.expose` merges them. So each gauge says how its values from several processes
become one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import cached_property
from itertools import product
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values

from saywhy.observe.buckets import RENDER_BUCKETS
from saywhy.observe.gathered import Gathered
from saywhy.observe.handshake_log import ALERTS
from saywhy.observe.labels import (
    ALARMS,
    EFFECTS,
    FAULTS,
    NO_GROUP,
    PAGE_KINDS,
    PORTAL_EVENTS,
    READERS,
    REASONS,
    REQUEST_STATES,
    SCHEMES,
    closed,
)
from saywhy.observe.lane_figures import LaneFigures
from saywhy.observe.overblocked_figures import OverblockedFigures
from saywhy.observe.reserved import ReservedFigures
from saywhy.observe.traffic_figures import TrafficFigures

values.MmapedDict = ReservedFigures  # type: ignore[attr-defined]  # figures never end a process that counts

# The one stored series from which `expose` makes saywhy_policy_info and saywhy_policy_loaded_timestamp_seconds.
POLICY_LOADED: Final = "saywhy_policy_loaded_timestamp_seconds"
# What most decisions are.
_USUAL: Final = (
    ("allow", "default"),
    ("allow", "rule"),
    ("block", "rule"),
    ("block", "locked"),
    ("caution", "caution"),
)


class Metrics:
    """One per process, made after PROMETHEUS_MULTIPROC_DIR is set (see `expose.share_figures`).

    `groups` are the ids of the groups of the loaded policy, the only values that the label `group` takes.
    """

    def __init__(self, groups: Iterable[str] = (), registry: CollectorRegistry | None = None) -> None:
        self.registry = registry = registry or CollectorRegistry()
        self._series: dict[tuple[object, ...], Counter] = {}
        self._counted: defaultdict[tuple[Any, ...], float] = defaultdict(float)
        self._gathered: Gathered | None = None
        self.traffic = TrafficFigures(registry)
        self.lanes = LaneFigures(registry)
        self._decisions = Counter(
            "saywhy_decisions_total",
            "Decisions, by what came out, why, and the first group of who asked.",
            ("effect", "reason", "group"),
            registry=registry,
        )
        self._requests = Counter(
            "saywhy_requests_total", "Requests that reached the proxy.", ("scheme",), registry=registry
        )
        self._pages = Counter(
            "saywhy_pages_total", "Answers given instead of a page.", ("kind", "reader"), registry=registry
        )
        self._render_time = Histogram(
            "saywhy_page_render_duration_seconds",
            "Time that making such an answer took.",
            buckets=RENDER_BUCKETS,
            registry=registry,
        )
        self._faults = Counter("saywhy_faults_total", "Faults that were met and closed.", ("kind",), registry=registry)
        self._handshakes_ended = Counter(
            "saywhy_client_handshakes_ended_total",
            "TLS handshakes that clients ended, by the alert that they sent (closed: none).",
            ("alert",),
            registry=registry,
        )
        self._alarms = Gauge(
            "saywhy_alarm",
            "1 while this is wrong in a process: everything is refused, lists or sealed lists are lost, a policy is not followed, the store is away.",
            ("kind",),
            registry=registry,
            multiprocess_mode="livemax",  # one process is enough, and what it told is gone with it
        )
        self._loaded = Gauge(
            POLICY_LOADED,
            "When the policy in force was loaded.",
            ("revision",),
            registry=registry,
            multiprocess_mode="max",  # the newest load of each revision, whoever made it, outliving its process
        )
        self._reload_failures = Counter(
            "saywhy_policy_reload_failures_total", "Policies that could not be loaded.", registry=registry
        )
        self._rolled_back = Gauge(
            "saywhy_policy_rolled_back",
            "1 while an earlier revision of the policy is in force by a rollback, otherwise 0.",
            registry=registry,
            multiprocess_mode="max",  # one process knows; the others leave it at 0
        )
        self._asked = Gauge(
            "saywhy_exception_requests",
            "Exception requests in the store, by state.",
            ("state",),
            registry=registry,
            multiprocess_mode="mostrecent",  # one store is counted: the latest count is right
        )
        self._portal = Counter(
            "saywhy_portal_events_total",
            "What people did in the portal, and what it met.",
            ("kind",),
            registry=registry,
        )
        self._grants = Gauge(
            "saywhy_grants",
            "Grants in force or to come, as last read from the store.",
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self._connections = Gauge(
            "saywhy_connections",
            "Client connections that are open.",
            registry=registry,
            multiprocess_mode="livesum",  # those of processes that have died are gone
        )
        self._listed = Gauge(
            "saywhy_listed_names",
            "Names and addresses in the index of imported lists.",
            registry=registry,
            multiprocess_mode="mostrecent",  # one index for all
        )
        self.overblocked = OverblockedFigures(registry)
        self._list_failures = Counter(
            "saywhy_list_update_failures_total", "Updates of lists that were not taken.", registry=registry
        )
        self._dropped = Counter(
            "saywhy_log_lines_dropped_total", "Lines that the decision log could not keep.", registry=registry
        )
        self._dropped_at = Gauge(
            "saywhy_log_lines_dropped_timestamp_seconds",
            "When the decision log could not keep a line last; 0 for never.",
            registry=registry,
            multiprocess_mode="max",
        )
        self._blocks_dropped = Counter(
            "saywhy_block_events_dropped_total",
            "Blocks that were met and not counted by rule and host, beyond the bound of a day.",
            registry=registry,
        )

        self._known: dict[Counter, tuple[AbstractSet[str], ...]] = {
            self._decisions: (EFFECTS, REASONS, frozenset(groups) | {NO_GROUP}),
            self._requests: (SCHEMES,),
            self._pages: (PAGE_KINDS, READERS),
        }
        self._begin()

    def _begin(self) -> None:
        """Have each series of a closed set there, at 0: what is counted first would otherwise be no increase for Prometheus."""
        for series, values_of_one in (
            (self._requests, SCHEMES),
            (self._faults, FAULTS),
            (self._handshakes_ended, ALERTS),
            (self._portal, PORTAL_EVENTS),
        ):
            for value in values_of_one:
                series.labels(value)
        for kind, reader in product(PAGE_KINDS, READERS):
            self._pages.labels(kind, reader)

    @cached_property
    def _reload_successful(self) -> Gauge:
        """Made when first used: a process that never loads a policy must not report a failure by its silence."""
        return Gauge(
            "saywhy_policy_last_reload_successful",
            "1 if every process could load the policy when it last tried, otherwise 0.",
            registry=self.registry,
            multiprocess_mode="livemin",
        )

    @cached_property
    def _reload_failed(self) -> Gauge:
        """Made when first used: there is no such time before."""
        return Gauge(
            "saywhy_policy_reload_failed_timestamp_seconds",
            "When a policy could not be loaded last.",
            registry=self.registry,
            multiprocess_mode="max",
        )

    def _count(self, amount: float, *series: Any) -> None:
        """Count at a counter, given with its labels as they came: what they are counted as is looked up when it is written."""
        if self._gathered is None:
            self._written(series).inc(amount)
        else:
            self._counted[series] += amount

    def _written(self, series: tuple[Any, ...]) -> Counter:
        counter, *labels = series
        key = counter, *map(closed, labels, self._known[counter])
        found = self._series.get(key)  # without the lock and the copies that `labels` takes
        if found is None:
            found = self._series[key] = counter.labels(*key[1:])
        return found

    def _observe(self, histogram: Histogram, seconds: float) -> None:
        if self._gathered is None:
            histogram.observe(seconds)
        else:
            self._gathered.observe(histogram, seconds)

    def gather(self) -> None:
        """From now on what every request counts is counted in one thread, which calls `write` now and then."""
        self._gathered = Gathered()
        self.traffic.gather(self._gathered)
        self.lanes.gather(self._gathered)

    def write(self) -> None:
        """Write what was gathered."""
        if self._gathered is not None:
            self.traffic.write()
            counted, self._counted = self._counted, defaultdict(float)
            for series, amount in counted.items():
                self._written(series).inc(amount)
            self._gathered.write()

    def decided(self, effect: str, reason: str, group: str) -> None:
        """Count a decision. `group` is the first named for the subject, "" or "none" outside every place."""
        self._count(1, self._decisions, effect, reason, group or NO_GROUP)

    def requested(self, scheme: str) -> None:
        """Count a request that reached the proxy."""
        self._count(1, self._requests, scheme)

    def page_rendered(self, kind: str, reader: str, seconds: float | None = None) -> None:
        """Count an answer that was given instead of a page, and the time that it took to make."""
        self._count(1, self._pages, kind, reader)
        if seconds is not None:
            self._observe(self._render_time, seconds)

    def handshake_ended(self, alert: str) -> None:
        """Count a handshake that a client ended."""
        self._handshakes_ended.labels(closed(alert, ALERTS)).inc()

    def fault(self, kind: str) -> None:
        """Count a fault."""
        self._faults.labels(closed(kind, FAULTS)).inc()

    def alarms(self, kinds: Collection[str]) -> None:
        """Set which alarms there are in this process; the others are over."""
        for kind in ALARMS:
            self._alarms.labels(kind).set(1 if kind in kinds else 0)

    def policy_loaded(self, revision: str, at: datetime, groups: Iterable[str] | None = None) -> None:
        """Note that a policy is in force since `at` (aware), and its groups where they are given."""
        if groups is not None:
            known = frozenset(groups) | {NO_GROUP}
            self._known[self._decisions] = EFFECTS, REASONS, known
            for (effect, reason), group in product(_USUAL, known):
                self._decisions.labels(effect, reason, group)
        self._loaded.labels(revision).set(at.timestamp())
        self._reload_successful.set(1)

    def policy_failed(self, at: datetime) -> None:
        """Note that a policy could not be loaded at this moment (aware); the one in force stays."""
        self._reload_failures.inc()
        self._reload_failed.set(at.timestamp())
        self._reload_successful.set(0)

    def policy_rolled_back(self, rolled_back: bool) -> None:  # noqa: FBT001 — a figure of two values
        """Note whether an earlier revision is in force by a rollback."""
        self._rolled_back.set(1 if rolled_back else 0)

    def exception_requests(self, counts: Mapping[str, int]) -> None:
        """Set how many requests are in each state; states left out have none."""
        by_state = dict.fromkeys(REQUEST_STATES, 0)
        for state, count in counts.items():
            known = closed(state, REQUEST_STATES)
            by_state[known] = by_state.get(known, 0) + count
        for state, count in by_state.items():
            self._asked.labels(state).set(count)

    def portal_event(self, kind: str) -> None:
        """Count something that happened in the portal."""
        self._portal.labels(closed(kind, PORTAL_EVENTS)).inc()

    def grants(self, count: int) -> None:
        """Set how many grants there are."""
        self._grants.set(count)

    def listed(self, count: int) -> None:
        """Set how many names and addresses the index of imported lists holds."""
        self._listed.set(count)

    def list_updates_failed(self, count: int) -> None:
        """Count updates of lists that were not taken."""
        self._list_failures.inc(count)

    def connection_opened(self) -> None:
        """Count a client connection in."""
        self._change(1)

    def connection_closed(self) -> None:
        """Count a client connection out."""
        self._change(-1)

    def _change(self, by: int) -> None:
        if self._gathered is None:
            self._connections.inc(by)
        else:
            self._gathered.add(self._connections, by)

    def log_lines_dropped(self, count: int = 1) -> None:
        """Count lines that the decision log could not keep."""
        self._dropped.inc(count)
        self._dropped_at.set_to_current_time()

    def blocks_dropped(self, count: int) -> None:
        """Count blocks that are beyond what is counted of a day."""
        self._blocks_dropped.inc(count)
