"""How fast one address may open new connections: at once for a while, then slowed down, then turned away.

A bucket of tokens for each address. A page opens some fifty connections, and a class that stands behind one address opens
them for thirty; a program that does nothing else would take the time of everybody.
"""

from typing import Final

_FORGET_EVERY: Final = 10.0  # seconds


class ConnectionRate:
    """`per_second` new connections in the long run, `burst` at once, and up to `longest` seconds of waiting."""

    def __init__(self, per_second: float, burst: int, longest: float = 5.0) -> None:
        self._per_second = per_second
        self._burst = burst
        self._longest = longest
        self._left: dict[str, tuple[float, float]] = {}  # by address: tokens, and when (seconds) they were counted
        self._forget_at = 0.0

    def __len__(self) -> int:
        return len(self._left)

    def wait(self, address: str, now: float) -> float | None:
        """Seconds for a new connection to wait, 0 for none; None: it is turned away. `now` in seconds of a steady clock."""
        if now >= self._forget_at:
            self._forget(now)
        left = self._tokens(address, now) - 1
        if left < -self._longest * self._per_second:
            return None
        self._left[address] = left, now
        return max(0.0, -left / self._per_second)

    def _tokens(self, address: str, now: float) -> float:
        found = self._left.get(address)
        return self._burst if found is None else min(self._burst, found[0] + (now - found[1]) * self._per_second)

    def _forget(self, now: float) -> None:
        """Those who have not come for long are as new."""
        self._forget_at = now + _FORGET_EVERY
        for address in [one for one in self._left if self._tokens(one, now) >= self._burst]:
            del self._left[address]
