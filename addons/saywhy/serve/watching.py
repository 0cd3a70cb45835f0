"""For how long a child has been silent, and when one that has ended is started again. Clocks are passed in (monotonic seconds)."""

from typing import Final

TOLD_SILENT: Final = 2.5  # seconds without a sign of life: health tells it
HANGS: Final = 4.0  # it is ended, and another started in its place
STARTS_WITHIN: Final = 60.0  # until the first sign: lists and policy are loaded before
REPORTED_WITHIN: Final = 10.0  # of its end: by the process that starts the others
_MOST_OF_A_LOOK: Final = 0.5
_APART: Final = 1.0  # between two starts, at the least
_SOON: Final = 60.0  # who ends within this has not lived
_PAUSES: Final = (0.0, 0.0, 1.0, 2.0, 4.0, 8.0)  # by how many ended soon, one after another


class Silence:
    """How long nothing was heard, counted in looks.

    A look that comes late counts for little: who looks was asleep then itself (stopped, or its machine suspended), and so may
    all others have been.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._looked: float | None = None

    def look(self, now: float, *, heard: bool) -> None:
        """Count the time since the last look, or begin anew where something was heard in it."""
        passed = 0.0 if self._looked is None else min(now - self._looked, _MOST_OF_A_LOOK)
        self.seconds = 0.0 if heard else self.seconds + passed
        self._looked = now


class Restarts:
    """When the next may be started: at once, but later each time where one after another ends soon."""

    def __init__(self) -> None:
        self.ended_soon = 0  # how many, one after another
        self._started = self._next = 0.0

    def started(self, now: float) -> None:
        """One was started."""
        self._started = now

    def ended(self, now: float) -> float:
        """One has ended. In how many seconds another is started."""
        self.ended_soon = self.ended_soon + 1 if now - self._started < _SOON else 0
        self._next = max(now + _PAUSES[min(self.ended_soon, len(_PAUSES) - 1)], self._started + _APART)
        return self._next - now

    def may_start(self, now: float) -> bool:
        """Whether it is time."""
        return now >= self._next
