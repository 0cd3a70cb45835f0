"""Every process that decides follows the one revision in force; it never reads the policy's folder itself."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from saywhy.policy.policy import Policy
from saywhy.policy.visible import visible
from saywhy.serve.folder_state import FolderState
from saywhy.serve.grant_watch import Records
from saywhy.serve.revisions import Current, Marks, RevisionError, Revisions

logger = logging.getLogger(__name__)

_POLL: Final = 0.25  # seconds
_RETRY: Final = 2.0  # seconds


class PolicyFollower:
    """Takes each revision that comes into force. One that is damaged is never taken; the last one stays."""

    def __init__(
        self,
        revisions: Revisions,
        take: Callable[[Policy], None],
        records: Records,
        now: Callable[[], datetime],
        poll: float = _POLL,
        log: logging.Logger = logger,
    ) -> None:
        self.trouble = ""  # why the revision in force is not followed now
        self._log = log
        self._revisions = revisions
        self._take = take
        self._records = records
        self._now = now
        self._poll = poll
        self._revision = ""
        self._seen: Marks = ()
        self.folder_state = FolderState()
        self.current: Current | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="policy follower", daemon=True)

    def load(self) -> bool:
        """Look once. Whether the revision in force is taken now; problems are logged once."""
        seen = self._revisions.marks()  # before reading: what is written meanwhile is noticed
        if seen == self._seen:
            return bool(self._revision)
        self.folder_state = self._revisions.folder_state
        current = self._revisions.current()
        if current is None and (why := self._revisions.why_unknown()):
            self._tell(why)
            return False
        if current is not None and current.revision != self._revision:
            try:
                policy, _ = self._revisions.load(current.revision)
            except RevisionError as error:
                self._tell(str(error))
                return False
            self._take(policy)
            self._revision = current.revision  # the policy's own differs where Saywhy's catalogue does
            self._records.policy_loaded(policy.revision, self._now(), policy.groups)
            self._log.info("policy %s is in force: %d rules", policy.revision, len(policy.rules))
        self.current = current
        self._seen = seen
        self.trouble = ""
        return bool(self._revision)

    def start(self) -> None:
        """Follow from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop following."""
        self._stop.set()

    def _tell(self, problem: str) -> None:
        then = f"revision {self._revision} stays in force" if self._revision else "EVERYTHING IS REFUSED"
        trouble = f"the policy in force cannot be followed, {then}: {visible(problem)}"
        if trouble != self.trouble:
            self.trouble = trouble
            self._records.policy_failed(self._now())
            self._log.warning("ALARM: %s", trouble)  # an error would end a mitmdump that starts

    def _run(self) -> None:
        while not self._stop.wait(_RETRY if self.trouble else self._poll):
            try:
                self.load()
            except Exception as error:  # noqa: BLE001 — whatever it is, the last policy stays and the next look comes
                self._tell(f"{type(error).__name__}: {error}")
