"""What a request of the thin lane adds to the figures once it is over."""

import time

from saywhy.observe.metrics import Metrics
from saywhy.proxy.lane.exchange import Exchange
from saywhy.proxy.lane.origins import Origin


class Counting:
    """Belongs to one request, and is made when its head has come."""

    __slots__ = ("_began", "_metrics")

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._began = time.perf_counter()

    def goes_by(self, origin: Origin) -> None:
        """Count the handshake of a connection that is new, or that one which has answered before needs none."""
        if origin.tls is None:
            return
        if origin.answered:
            self._metrics.lanes.kept()
        else:
            self._metrics.lanes.handshaken("origin", resumed=origin.tls.resumed)

    def passed(self, exchange: Exchange | None) -> None:
        """Count what went through; None: nothing was sent on."""
        if exchange is not None and exchange.up:
            self._metrics.lanes.relayed("thin", "up", exchange.up)
        if exchange is not None and exchange.down:
            self._metrics.lanes.relayed("thin", "down", exchange.down)

    def answered(self) -> None:
        """Count the time until the end of the answer, or of the page in its place."""
        self._metrics.lanes.answered("thin", time.perf_counter() - self._began)
