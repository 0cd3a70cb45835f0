"""SIGTERM and SIGINT, as the supervisor hears of them.

Before it begins they end the process at once, and then they are only counted. A handler runs in the main thread wherever that stands, so it may take no lock that the main thread
can hold: a `threading.Event` that is set there while it is waited for waits for itself, and the filter never ends
(Python's documentation: Concurrency and reentrancy, in the page of `signal`).
"""

import os
import signal
import time
from contextlib import suppress
from types import FrameType
from typing import Final

_LOOK: Final = 0.1  # seconds: sleeping goes on after a signal (PEP 475), so it is done in short pieces


class EndedBeforeStart(Exception):  # noqa: N818 — no error
    """Told to end while nothing ran yet."""

    def __init__(self) -> None:
        super().__init__("told to end before it had started")


def end_at_once() -> None:
    """Until an EndSignals is made: nothing has begun, so that the process says so and ends, with code 0."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)


def _end(number: int, frame: FrameType | None) -> None:
    del number, frame
    with suppress(OSError):
        os.write(2, f"saywhy: {EndedBeforeStart()}\n".encode())
    os._exit(0)


class EndSignals:
    """How many have come since this was made."""

    def __init__(self) -> None:
        self.count = 0
        signal.signal(signal.SIGTERM, self._heard)
        signal.signal(signal.SIGINT, self._heard)

    def wait(self, seconds: float, count: int = 1) -> bool:
        """Wait, but no longer than until so many have come. Whether they have."""
        end = time.monotonic() + seconds
        while self.count < count and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK))
        return self.count >= count

    def _heard(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.count += 1
