"""When the proxy ends: which relays have something under way, as far as can be told without looking inside.

A browser keeps its connections open for minutes after the last answer; nobody would wait for those. A relay is waited for
while bytes flow, and for longer where the origin has said little or nothing since the client spoke, since then an answer
may be to come (the tickets of TLS 1.3 are no answer).
"""

from collections.abc import Callable, Iterable
from typing import Final

from saywhy.proxy.door.relay import Relay

ANSWERED: Final = 2.0  # seconds of silence after which an answer counts as whole
UNANSWERED: Final = 10.0  # seconds of silence after which no answer is to come
_LITTLE: Final = 1_024  # bytes


class Draining:
    """Looks at the relays again and again, from when no more connections are taken."""

    def __init__(self, relays: Callable[[], Iterable[Relay]]) -> None:
        self._relays = relays
        self._seen: dict[Relay, tuple[int, float]] = {}  # bytes so far, and when (seconds) that was so first

    def goes_on(self, now: float) -> bool:
        """Whether one of them has something under way. `now` in seconds of a steady clock."""
        busy = [self._is_busy(relay, now) for relay in self._relays()]  # each is looked at, each time
        return any(busy)

    def _is_busy(self, relay: Relay, now: float) -> bool:
        count = relay.client.count + relay.origin.count
        before, since = self._seen.get(relay, (-1, now))
        if count != before:
            since = now
            self._seen[relay] = count, now
        answered = relay.origin.count - relay.origin.mark >= _LITTLE
        return now - since < (ANSWERED if answered else UNANSWERED)
