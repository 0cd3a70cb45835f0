"""What a request of the thin lane adds to the figures once it is over."""

import time

from saywhy.observe.metrics import Metrics
from saywhy.proxy.lane.exchange import Exchange


class Counting:
    """Belongs to one request, and is made when its head has come."""

    __slots__ = ("_began", "_metrics")

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._began = time.perf_counter()

    def passed(self, exchange: Exchange | None) -> None:
        """Count what went through; None: nothing was sent on."""
        if exchange is not None and exchange.up:
            self._metrics.relayed("up", exchange.up)
        if exchange is not None and exchange.down:
            self._metrics.relayed("down", exchange.down)

    def answered(self) -> None:
        """Count the time until the end of the answer, or of the page in its place."""
        self._metrics.traffic.answered("thin", time.perf_counter() - self._began)
