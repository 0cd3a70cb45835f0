"""What goes by each lane: bytes, the time that requests and decisions take; TLS handshakes, and those that were saved.

What a request counts is one addition to a plain number, where one thread counts (`Gathered`).
"""

from collections.abc import Callable
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Histogram

from saywhy.observe.buckets import DECISION_BUCKETS, REQUEST_BUCKETS
from saywhy.observe.gathered import Gathered

type InspectingLane = Literal["thin", "layers"]
type Lane = InspectingLane | Literal["relay"]
type Direction = Literal["up", "down"]
type Side = Literal["client", "origin"]
type Count = Callable[[float], None]
type Handshake = Literal["full", "resumed", "kept"]

INSPECTING: Final[tuple[InspectingLane, ...]] = ("thin", "layers")
LANES: Final[tuple[Lane, ...]] = (*INSPECTING, "relay")
DIRECTIONS: Final[tuple[Direction, ...]] = ("up", "down")
HANDSHAKES: Final[tuple[tuple[Side, Handshake], ...]] = (
    ("client", "full"),
    ("client", "resumed"),
    ("origin", "full"),
    ("origin", "resumed"),
    ("origin", "kept"),
)


class LaneFigures:
    """Among the figures of a process. All series are there from the beginning."""

    def __init__(self, registry: CollectorRegistry) -> None:
        carried = Counter(
            "saywhy_relayed_bytes_total",
            "Bytes passed on, by lane: up to the places asked for, down to those who asked; bodies, and of a relay all of it.",
            ("lane", "direction"),
            registry=registry,
        )
        self._bytes = {(lane, way): carried.labels(lane, way) for lane in LANES for way in DIRECTIONS}
        durations = Histogram(
            "saywhy_request_duration_seconds",
            "Time from a request's head to the end of its answer, by lane; no requests are seen in a relay.",
            ("lane",),
            buckets=REQUEST_BUCKETS,
            registry=registry,
        )
        self._durations = {lane: durations.labels(lane) for lane in INSPECTING}
        deciding = Histogram(
            "saywhy_decision_duration_seconds",
            "Time that deciding took, by lane; relay: on the name alone.",
            ("lane",),
            buckets=DECISION_BUCKETS,
            registry=registry,
        )
        self._deciding = {lane: deciding.labels(lane) for lane in LANES}
        handshakes = Counter(
            "saywhy_handshakes_total",
            "TLS handshakes that came to their end, with clients and with origins: full ones, and those that resumed a "
            "session; kept: requests that needed none, since a connection to the origin was there.",
            ("side", "kind"),
            registry=registry,
        )
        self._handshakes = {both: handshakes.labels(*both) for both in HANDSHAKES}
        self._count_by(lambda series: series.inc, lambda series: series.observe)

    def gather(self, gathered: Gathered) -> None:
        """From now on one thread counts, and `gathered` is written now and then."""
        self._count_by(gathered.adding, gathered.observing)

    def _count_by(self, adding: Callable[[Counter], Count], observing: Callable[[Histogram], Count]) -> None:
        self._add_bytes = {key: adding(series) for key, series in self._bytes.items()}
        self._add_handshake = {key: adding(series) for key, series in self._handshakes.items()}
        self._observe_request = {lane: observing(series) for lane, series in self._durations.items()}
        self._observe_decision = {lane: observing(series) for lane, series in self._deciding.items()}

    def relayed(self, lane: Lane, direction: Direction, count: int) -> None:
        """Count bytes passed on."""
        self._add_bytes[lane, direction](count)

    def answered(self, lane: InspectingLane, seconds: float) -> None:
        """Count a request whose answer came to its end."""
        self._observe_request[lane](seconds)

    def decided(self, lane: Lane, seconds: float) -> None:
        """Count the time that a decision took."""
        self._observe_decision[lane](seconds)

    def handshaken(self, side: Side, *, resumed: bool) -> None:
        """Count a handshake that came to its end."""
        self._add_handshake[side, "resumed" if resumed else "full"](1)

    def kept(self) -> None:
        """Count a request inside TLS for which a connection to the origin was there."""
        self._add_handshake["origin", "kept"](1)
