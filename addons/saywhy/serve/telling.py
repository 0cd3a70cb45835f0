"""Telling people, put together in the portal's process: the settings followed, the teller, the place where replies come in."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from saywhy.decide.engine import Engine
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.store import Store
from saywhy.notify.replies import ReplyTaker
from saywhy.notify.settings import Listening, Telling
from saywhy.notify.teller import Given, Records, Teller
from saywhy.notify.telling_file import FILE_NAME, read_telling
from saywhy.policy.policy import Policy
from saywhy.policy.problem import PolicyError
from saywhy.serve.care_alerts import CareAlerts
from saywhy.serve.settings import Settings

if TYPE_CHECKING:
    from saywhy.notify.listener import Listener

logger = logging.getLogger(__name__)

_FOLLOW_SECONDS: Final = 10.0


class TellingRecords(Records, Protocol):
    """Where telling is counted, replies among it."""

    def reply(self, outcome: str) -> None:
        """Count what became of a reply by mail."""


def telling_path(settings: Settings) -> Path:
    """Where the settings of telling are: the file that was named, or the one in the state folder."""
    return settings.state / FILE_NAME if settings.telling is None else settings.telling


class FollowedTelling:
    """The settings as they stand in their file; read again every ten seconds, since what they name may change as well.

    A file that became wrong changes nothing: what was read last goes on. Nor does one that cannot be read.
    """

    def __init__(self, path: Path, *, is_named: bool) -> None:
        self.telling: Telling | None = None
        self.wrong = ""
        self._path = path
        self._is_named = is_named

    def read(self) -> None:
        """Look at the file."""
        wrong, telling = "", self.telling
        try:
            telling = read_telling(self._path) if self._is_named or self._path.exists() else None
        except (PolicyError, OSError) as error:
            wrong = str(error)
        if wrong and wrong != self.wrong:
            goes_on = (
                "what it said before goes on" if telling is not None else "nobody is told anything until it is right"
            )
            logger.error("the settings for telling people are wrong, so %s:\n%s", goes_on, wrong)
        elif telling != self.telling:
            logger.info("people are told by new settings" if telling is not None else "nobody is told anything now")
        self.wrong, self.telling = wrong, telling


class TellingPeople:
    """All of it, from `start` to `stop`."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        engine: Callable[[], Engine | None],
        reply_key: bytes,
        now: Callable[[], datetime],
        records: TellingRecords,
    ) -> None:
        self._followed = FollowedTelling(telling_path(settings), is_named=settings.telling is not None)
        self._store = store
        self._engine = engine
        self._key = reply_key
        self._now = now
        self._records = records
        self._listener: Listener | None = None
        self._listens_for: Telling | None = None
        self._unheard: Listening | None = None
        self._stop = threading.Event()
        self._teller = Teller(
            Given(store, engine, lambda: (self._followed.telling, self._followed.wrong), reply_key, now, records)
        )
        self._care = CareAlerts(settings.decision_log, settings.state, engine, lambda: self._followed.telling, store)
        self._thread = threading.Thread(target=self._follow, name="settings of telling", daemon=True)

    @property
    def asker_domains(self) -> frozenset[str]:
        """The domains of addresses that are told although somebody merely wrote them; none where no mail is sent."""
        telling = self._followed.telling
        return frozenset() if telling is None or telling.mail is None else telling.asker_domains

    def start(self) -> None:
        """Tell, and listen, from now on."""
        self._followed.read()
        self._listen()
        self._teller.start()
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more."""
        self._stop.set()
        self._teller.stop()
        if self._thread.is_alive():
            self._thread.join(_FOLLOW_SECONDS)
        if self._listener is not None:
            self._listener.stop()

    def _follow(self) -> None:
        while not self._stop.wait(_FOLLOW_SECONDS):
            try:
                self._followed.read()
                self._listen()
            except Exception:  # nothing but mail hangs on it
                logger.exception("following the settings for telling people failed; it is tried again")
            try:
                self._care.poll(self._now())
            except StoreUnavailable:
                self._records.fault("store")  # what was shown stands in the log, which waits
            except Exception:
                self._records.fault("telling")
                logger.exception("telling that pages that care were shown failed; it is tried again")

    def _policy(self) -> Policy | None:
        engine = self._engine()
        return None if engine is None else engine.policy

    def _listen(self) -> None:
        """Listen where the settings say so, by these settings."""
        telling = self._followed.telling
        if self._listener is not None and telling == self._listens_for:
            return
        if self._listener is not None:
            self._listener.stop()
            self._listener = None
        at = None if telling is None or telling.replies is None else telling.replies.listening
        if telling is None or at is None:
            return
        from saywhy.notify.listener import Listener  # most schools take no mail: its library stays out of memory

        taker = ReplyTaker(self._store, telling, self._key, self._now, self._policy)
        listener = Listener(at, taker, self._records.reply)
        try:
            listener.start()
        except OSError as error:
            if at != self._unheard:
                logger.warning(
                    "replies by mail cannot be taken at %s port %d (%s); it is tried again",
                    at.host,
                    at.port,
                    error.strerror,
                )
            self._unheard = at
        else:
            self._listener, self._listens_for, self._unheard = listener, telling, None
