"""What the supervisor tells of the state folder when it is scraped, read at most once in a few seconds."""

import time
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography import x509

from saywhy.lists.store import ListError, ListStore, Manifest
from saywhy.observe.state_figures import ListFigures, StateFigures
from saywhy.proxy.tls.authority import CERTIFICATE
from saywhy.serve.revisions import Revisions
from saywhy.serve.settings import Settings

_KEPT: Final = 2.0  # seconds


class StateLook:
    """Never raises: what cannot be read is not told."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._lists = ListStore(settings.lists_folder)
        self._certificate = settings.authority / CERTIFICATE
        self._revisions = Revisions(settings.revisions)
        self._clock = clock
        self._looked: float | None = None
        self._found = StateFigures()

    def __call__(self) -> StateFigures:
        """What there is now."""
        now = self._clock()
        if self._looked is None or now - self._looked >= _KEPT:
            self._found = StateFigures(self._of_lists(), self._certificate_ends(), self._problems())
            self._looked = now
        return self._found

    def _of_lists(self) -> tuple[ListFigures, ...]:
        found = []
        try:
            for name in self._lists.names():
                try:
                    found.append(_of_list(self._lists.manifest(name)))
                except (ListError, ValueError):
                    continue  # `saywhy lists` says what is wrong with it
        except OSError:
            pass
        return tuple(found)

    def _certificate_ends(self) -> float | None:
        try:
            return _ends(self._certificate, self._certificate.stat().st_mtime_ns)
        except (OSError, ValueError):
            return None

    def _problems(self) -> int | None:
        try:
            return len(self._revisions.folder_state.problems)
        except OSError:
            return None


def _of_list(one: Manifest) -> ListFigures:
    """Raises ValueError."""
    is_fetched = one.source.startswith(("http://", "https://"))
    checked = _unix(one.checked or one.updated) if is_fetched else None
    return ListFigures(
        one.name, one.entries, one.counts.get("losses", 0), _unix(one.updated), checked, bool(one.failure)
    )


def _unix(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()


@lru_cache(maxsize=2)
def _ends(file: Path, _changed: int) -> float:
    return x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc.timestamp()
