"""A file of lines for each day, and none for days long past."""

import logging
import os
from datetime import date, timedelta
from pathlib import Path

from saywhy.atomic_files import make_folder, open_or_make

logger = logging.getLogger(__name__)


class DailyFile:
    """Appends lines to `NAME-YYYY-MM-DD.SUFFIX` and deletes the files of days long past."""

    def __init__(self, path: Path, keep_days: int) -> None:
        self._path = path
        self._keep_days = keep_days
        self._day: date | None = None
        self._file = -1
        self._torn = False  # the last write ended inside a line

    def name_for(self, day: date) -> Path:
        """The file of a day."""
        return self._path.with_name(f"{self._path.stem}-{day.isoformat()}{self._path.suffix}")

    def append(self, day: date, lines: bytes) -> None:
        """Write whole lines to the file of a day. Raises OSError; then nothing, or the beginning, was written."""
        if day != self._day:
            self._open(day)
        pending = b"\n" + lines if self._torn else lines
        self._torn = True
        while pending:
            pending = pending[os.write(self._file, pending) :]
        self._torn = False

    def _open(self, day: date) -> None:
        self.close()
        make_folder(self._path.parent)
        self._file = open_or_make(self.name_for(day), os.O_WRONLY | os.O_APPEND)
        os.fchmod(self._file, 0o600)
        self._day = day
        self._torn = False
        self._delete_before(day - timedelta(days=self._keep_days))

    def _delete_before(self, first: date) -> None:
        for old in self._path.parent.glob(f"{self._path.stem}-*{self._path.suffix}"):
            written = old.name.removeprefix(f"{self._path.stem}-").removesuffix(self._path.suffix)
            try:
                if date.fromisoformat(written) < first:
                    old.unlink(missing_ok=True)
            except ValueError:  # not one of ours
                continue
            except OSError as error:  # never a reason to stop writing
                logger.warning("%s could not be deleted: %s", old.name, error)

    def close(self) -> None:
        """Close the file of the day."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1
        self._day = None
