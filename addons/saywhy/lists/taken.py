"""That lists were in force, remembered beside the state: a folder of lists that is gone is not taken for one that never was."""

import contextlib
import os
from pathlib import Path
from typing import Final

from saywhy.atomic_files import write_whole

LOST: Final = (
    "the lists that were in force are gone; put the folder back, or add the lists again "
    "(where none are wanted any more: `saywhy lists compile`)"
)


class TakenLists:
    """One line in a file of the state folder: the folder of the lists that were in force last."""

    def __init__(self, mark: Path, folder: Path) -> None:
        self._mark = mark
        self._folder = os.fsencode(folder.absolute())

    @property
    def are_missed(self) -> bool:
        """Whether lists of this folder were in force. To be asked where there are none."""
        try:
            return self._mark.read_bytes() == self._folder
        except OSError:
            return False

    def remember(self, *, any_lists: bool) -> None:
        """Lists of this folder are in force, or an index without any. A disk that is full is no reason to stop."""
        with contextlib.suppress(OSError):
            if not any_lists:
                self._mark.unlink(missing_ok=True)
            elif not self.are_missed:
                write_whole(self._mark, self._folder)
