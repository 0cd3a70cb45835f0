"""A time by which something is awaited, that changes often and passes seldom."""

import asyncio
from collections.abc import Callable


class Deadline:
    """Calls `too_late` once it has passed. The timer is left running as the time changes: it looks when it is due."""

    __slots__ = ("_due", "_loop", "_timer", "_too_late")

    def __init__(self, loop: asyncio.AbstractEventLoop, too_late: Callable[[], None]) -> None:
        self._loop = loop
        self._too_late: Callable[[], None] | None = too_late
        self._due: float | None = None  # in seconds of the loop
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        """Whether something is awaited."""
        return self._due is not None

    def within(self, seconds: float | None) -> None:
        """What is awaited has so many seconds from now; None: nothing is awaited."""
        if seconds is None or self._too_late is None:
            self._due = None
            return
        self._due = due = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > due:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(due, self._look)

    def end(self) -> None:
        """Await nothing any more, and let go of who would be told."""
        self._due = self._too_late = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self._due is None or self._too_late is None:
            return
        if self._loop.time() < self._due:
            self._timer = self._loop.call_at(self._due, self._look)
        else:
            self._due = None
            self._too_late()
