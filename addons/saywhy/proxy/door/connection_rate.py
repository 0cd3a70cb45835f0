"""How fast one address may open new connections: at once for a while, then slowed down, then turned away.

A bucket of tokens for each address. A page opens some fifty connections, and a class that stands behind one address opens
them for thirty; a program that does nothing else would take the time of everybody. Of a bucket no more is kept than the
moment at which it will be full again, so that all workers can share it (as ITU-T I.371's virtual scheduling does).
"""

from saywhy.proxy.door.client_counts import ClientCounts


class ConnectionRate:
    """`per_second` new connections in the long run, `burst` at once, and up to `longest` seconds of waiting."""

    def __init__(self, per_second: float, burst: int, counts: ClientCounts, longest: float = 5.0) -> None:
        self._each = 1 / per_second
        self._burst = burst / per_second
        self._longest = longest
        self._counts = counts

    def wait(self, address: str, now: float) -> float | None:
        """Seconds for a new connection to wait, 0 for none; None: it is turned away. `now` in seconds of a steady clock."""
        full = max(self._counts.until(address), now) + self._each
        seconds = round(full - now - self._burst, 6)  # a sum of fractions is never exact
        if seconds > self._longest:
            return None
        self._counts.keep_until(address, full)
        return max(0.0, seconds)
