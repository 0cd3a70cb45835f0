"""The anchor of the audit trail: its last line, remembered in a signed file beside the store.

A tail that is cut off leaves a chain that holds; only who remembers its end can tell. The file is signed with a key that is
derived from the state folder's: who can write to the database alone cannot make one. It never goes back: where the trail
is not the one that it remembers, it stays as it is and an alarm is raised.
"""

import hashlib
import hmac
import json
import logging
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from saywhy.atomic_files import read_json, write_json
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.store import Store

logger = logging.getLogger(__name__)

CHANGED: Final = "the audit trail is not what it was: `saywhy audit verify` says where"


class AnchorError(Exception):
    """The anchor cannot be believed; the message says which file and why."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The trail's last line as it was known at a moment (aware): its number, and its hash."""

    number: int
    hash: str
    at: datetime

    def signed(self, key: bytes) -> dict[str, object]:
        """What is written: the fields and their HMAC-SHA-256."""
        fields = {"number": self.number, "hash": self.hash, "at": self.at.isoformat()}
        return {**fields, "signature": _signature(fields, key)}


class AnchorFile:
    """The file, read and moved on. Several processes may do so at once: the trail itself says which is further."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self._key = key
        self._known: Anchor | None = None
        self._lock = threading.Lock()
        self.trouble = ""  # what is wrong now, for an alarm

    def read(self) -> Anchor | None:
        """The anchor; None where no file is there. Raises AnchorError."""
        if not self.path.exists():
            return None
        found = read_json(self.path) or {}
        try:
            fields = {name: found[name] for name in ("number", "hash", "at")}
            if not hmac.compare_digest(str(found["signature"]), _signature(fields, self._key)):
                raise AnchorError(f"{self.path} is not signed with this filter's key: somebody else wrote it")
            return Anchor(int(str(fields["number"])), str(fields["hash"]), datetime.fromisoformat(str(fields["at"])))
        except (KeyError, ValueError):
            raise AnchorError(f"{self.path} cannot be read as the anchor of the audit trail") from None

    def move_on(self, store: Store, now: datetime) -> None:
        """Remember the last line that there is now. Nothing is raised: what is wrong is logged, and stands in `trouble`."""
        with self._lock:
            try:
                self._move_on(store, now)
            except StoreUnavailable:
                return
            except OSError as error:
                self._tell(f"{self.path} cannot be written ({error.strerror or error})")

    def _move_on(self, store: Store, now: datetime) -> None:
        try:
            known = self.read()
        except AnchorError as error:
            self._tell(f"{error}; {CHANGED}")
            return
        if known is None and self._known is not None:
            self._tell(f"{self.path} was taken away; {CHANGED}")
            return
        number, hash_ = store.trail_head()
        if known is not None and store.trail_head(known.number) != (known.number, known.hash):
            self._tell(CHANGED)
            return
        if known is None or number > known.number:
            known = Anchor(number, hash_, now)
            write_json(self.path, known.signed(self._key))
        self._known = known
        self.trouble = ""

    def _tell(self, what: str) -> None:
        if what != self.trouble:
            logger.error("%s", what)
        self.trouble = what


def _signature(fields: dict[str, object], key: bytes) -> str:
    return hmac.digest(key, json.dumps(fields, sort_keys=True).encode(), hashlib.sha256).hex()
