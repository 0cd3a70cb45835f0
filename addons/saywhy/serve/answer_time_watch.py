"""Follows how long real answers take, so that pages can say it; asked of the store beside the requests, never on their way."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.due import usual_time
from saywhy.exceptions.figures import ANSWERS_OF
from saywhy.exceptions.store import Store
from saywhy.policy.policy import Policy

logger = logging.getLogger(__name__)

_EVERY: Final = 60.0  # seconds


class AnswerTimeWatch:
    """Hands on the usual time of answers, in time of school; None while they are too few. While the store is down the last one stays."""

    def __init__(
        self,
        store: Store,
        policy: Callable[[], Policy | None],
        take: Callable[[timedelta | None], None],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._policy = policy
        self._take = take
        self._now = now
        self._seen: tuple[object, Policy] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="answer time watch", daemon=True)

    def poll(self) -> None:
        """Look once. It is counted anew only where there are other answers or another policy: hours of school take long to count."""
        policy = self._policy()
        if policy is None:
            return
        try:
            answers = self._store.figures.answers(self._now() - ANSWERS_OF)
        except StoreUnavailable:
            return  # told by those who need it
        if self._seen is None or self._seen[1] is not policy or self._seen[0] != answers:
            self._take(usual_time(policy, answers))
            self._seen = answers, policy

    def start(self) -> None:
        """Look at once and from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._stop.set()

    def _run(self) -> None:
        while True:
            try:
                self.poll()
            except Exception:
                logger.exception("counting how long answers take failed; what pages say of it stays")
            if self._stop.wait(_EVERY):
                return
