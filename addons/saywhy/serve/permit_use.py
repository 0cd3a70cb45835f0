"""How many permits nobody uses: asked of the decision log once an hour, in a thread, since a month of it takes its time."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.figures import unused_since
from saywhy.exceptions.looking_again import UNUSED
from saywhy.exceptions.store import Store
from saywhy.observe.asked_by_page import PermitsUsed
from saywhy.observe.request_figures import RequestFigures

logger = logging.getLogger(__name__)

_EVERY: Final = 3_600.0  # seconds
_AGAIN: Final = 60.0  # where it failed


class PermitUse:
    """Belongs to the portal's process. `log` is the decision log's path. Whatever goes wrong is logged, and tried again."""

    def __init__(
        self,
        store: Store,
        log: Path,
        figures: RequestFigures,
        now: Callable[[], datetime],
        kept: Callable[[], timedelta | None] = lambda: None,
    ) -> None:
        """`kept` is how long the log is kept; where that is too short to tell, none is counted."""
        self._store = store
        self._used = PermitsUsed(log)
        self._figures = figures
        self._now = now
        self._kept = kept
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="permit use", daemon=True)

    def poll(self) -> None:
        """Look once. Raises StoreUnavailable and OSError."""
        now, kept = self._now(), self._kept()
        if kept is not None and kept.days < UNUSED:
            self._figures.unused(0)
            return
        permits = self._store.figures.permits(now)
        old_enough = any(one.starts <= now - timedelta(days=UNUSED) for one in permits)
        used = self._used.since((now - timedelta(days=UNUSED)).date()) if old_enough else {}
        self._figures.unused(len(unused_since(permits, used, now, UNUSED)))

    def start(self) -> None:
        """Look again and again from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()

    def _run(self) -> None:
        wait = 0.0
        while not self._stop.wait(wait):
            try:
                self.poll()
                wait = _EVERY
            except StoreUnavailable:
                wait = _AGAIN  # told by those who need it
            except Exception as error:  # noqa: BLE001 — a figure never stops the portal
                logger.warning("how permits are used is not known: %s", error)
                wait = _AGAIN
