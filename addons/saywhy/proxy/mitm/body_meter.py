"""Bodies on their way: counted, never kept."""

from typing import Literal

from saywhy.observe.metrics import Metrics


class BodyMeter:
    """What mitmproxy calls with each piece of a streamed body; gives it back unchanged."""

    __slots__ = ("_direction", "_metrics")

    def __init__(self, metrics: Metrics, direction: Literal["up", "down"]) -> None:
        self._metrics = metrics
        self._direction = direction

    def __call__(self, piece: bytes) -> bytes:
        """Count a piece; the last one is empty."""
        if piece:
            self._metrics.lanes.relayed("layers", self._direction, len(piece))
        return piece
