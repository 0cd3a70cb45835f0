"""Why a message was not taken at the other end, and a bound on how long it may take to find that out."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Final

LONGEST_STEP: Final = 15.0  # seconds that one answer may take
LONGEST: Final = 45.0  # seconds that all of them may take, however little of each comes at a time


class Unsent(Exception):  # noqa: N818 — reads as what it says
    """It was not taken; it is tried again. The message says why, and holds no secret."""


class NotReached(Unsent):
    """Nobody was there who could have taken it, so that nothing else goes there now either."""


class Refused(Unsent):
    """It will never be taken there."""


@contextlib.contextmanager
def bounded(of: Callable[[], socket.socket | None], seconds: float = LONGEST) -> Iterator[None]:
    """Shut a connection down that is at it for longer; `of` gives it, or None while there is none."""

    def shut() -> None:
        there = of()
        if there is not None:
            with contextlib.suppress(OSError):
                there.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
