"""What an inspected connection has its time for: a request head from its client, the beginning of an answer from an origin."""

import asyncio
import time
from collections.abc import Callable

from saywhy.policy.patience import Patience
from saywhy.proxy.mitm.transport import Inside


def _nothing(_: object = None) -> None:
    """What is called of a connection that is over."""


class Deadlines:
    """The two timers of a connection. One look costs next to nothing, so that each piece that comes can be followed by it."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        head_seconds: float,
        patience: Callable[[], Patience],
        *,
        too_slow: Callable[[], None],
        overdue: Callable[[list[int]], None],
    ) -> None:
        """`too_slow` is called when a head is not whole in time, `overdue` with streams that wait for longer than policy."""
        self._loop = loop
        self._head_seconds = head_seconds
        self._patience = patience
        self._too_slow = too_slow
        self._overdue = overdue
        self._layer: Inside
        self._head: asyncio.TimerHandle | None = None
        self._answers: asyncio.TimerHandle | None = None

    def begin(self, layer: Inside) -> None:
        """The first head is awaited from now on."""
        self._layer = layer
        self._head = self._loop.call_later(self._head_seconds, self._too_slow)

    def look(self) -> None:
        """Something came from the client: give a head its time, from its first byte to its last, and an answer its own."""
        if self._layer.head_is_open():
            if self._head is None:
                self._head = self._loop.call_later(self._head_seconds, self._too_slow)
        elif self._head is not None:
            self._head.cancel()
            self._head = None
        if self._answers is None:
            self._answers = self._loop.call_later(self._patience().shortest, self._look_for_answers)

    def cancel(self) -> None:
        """Nothing is awaited any more."""
        for timer in (self._head, self._answers):
            if timer is not None:
                timer.cancel()
        self._too_slow, self._overdue = _nothing, _nothing  # whose they are is free to go

    def _look_for_answers(self) -> None:
        """Look for origins that have not begun to answer; look again while any request is under way."""
        self._answers = None
        patience, now = self._patience(), time.monotonic()
        left = {one.stream_id: one.since + patience.of(one.host) - now for one in self._layer.unanswered()}
        late = [stream_id for stream_id, seconds in left.items() if seconds <= 0]
        if self._layer.has_requests():
            soonest = min([patience.shortest, *(seconds for seconds in left.values() if seconds > 0)])
            self._answers = self._loop.call_later(soonest, self._look_for_answers)
        if late:
            self._overdue(late)
