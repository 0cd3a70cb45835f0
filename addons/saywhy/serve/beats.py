"""Signs of life that a child gives from where its work is done: a loop that hangs gives none, one that is busy does."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from waitress.server import BaseWSGIServer

from saywhy.serve.watching import Silence

logger = logging.getLogger(__name__)

EVERY: Final = 0.5  # seconds
# No thread has taken a request for so long, though one waits. The store answers or fails within seconds, so that a slow one does
# not come to this (saywhy.exceptions.database).
STUCK: Final = 30.0


async def beat(is_alive: Callable[[], None]) -> None:
    """Give signs from an event loop, until cancelled."""
    while True:
        is_alive()
        await asyncio.sleep(EVERY)


def beat_from(server: BaseWSGIServer, is_alive: Callable[[], None], now: Callable[[], float] = time.monotonic) -> None:
    """Let the loop of a server that does not run yet give signs, as long as its threads take what waits.

    The loop asks its listening socket at each turn, at least once a second, whether it may be read.
    """
    readable, stuck = server.readable, Stuck()
    beaten = now() - EVERY

    def asked() -> bool:
        nonlocal beaten
        moment = now()
        if moment - beaten >= EVERY:
            beaten = moment
            waiting = server.task_dispatcher.queue
            if not stuck.look(moment, waiting[0] if waiting else None):
                is_alive()
        may_be_read: bool = readable()
        return may_be_read

    server.readable = asked


class Stuck:
    """Whether what waits longest waits on and on: then no thread takes anything any more."""

    def __init__(self, log: logging.Logger = logger) -> None:
        self._log = log
        self._first: object = None
        self._waits = Silence()

    def look(self, now: float, first: object) -> bool:
        """`first` is what would be taken next; None: nothing waits. Whether all is stuck."""
        was = self._waits.seconds
        self._waits.look(now, heard=first is None or first is not self._first)
        self._first = first
        if self._waits.seconds > STUCK >= was:
            self._log.error("requests wait, and no thread has taken one for %d seconds", STUCK)
        return self._waits.seconds > STUCK
