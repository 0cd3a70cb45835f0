"""Figures that are asked of the store once a minute: how long requests wait, how long answers took, which permits there are."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from saywhy.exceptions.figures import ending_within
from saywhy.exceptions.store import Store
from saywhy.observe.request_figures import RequestFigures

_EVERY: Final = timedelta(minutes=1)
_ANSWERS_OF: Final = timedelta(days=30)
_ENDING: Final = 7  # days


class StoreCounts:
    """Belongs to one thread."""

    def __init__(self, store: Store, figures: RequestFigures, now: Callable[[], datetime]) -> None:
        self._store = store
        self._figures = figures
        self._now = now
        self._looked: datetime | None = None

    def poll(self) -> None:
        """Count, if it is time. Raises StoreUnavailable."""
        now = self._now()
        if self._looked is not None and abs(now - self._looked) < _EVERY:
            return
        oldest = self._store.figures.oldest()
        self._figures.oldest(0.0 if oldest is None else max(0.0, (now - oldest).total_seconds()))
        times = self._store.figures.times_to_answer(now - _ANSWERS_OF)
        self._figures.answered_in([one.total_seconds() for one in times])
        permits = self._store.figures.permits(now)
        self._figures.permits(len(permits), len(ending_within(permits, now, _ENDING)))
        self._looked = now
