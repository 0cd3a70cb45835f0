"""How often an update was not taken: written by the command line, read by the workers for their figures."""

import contextlib
import json
from datetime import datetime
from pathlib import Path

from saywhy.atomic_files import make_folder, write_whole

_NAME = "status.json"


def count_failures(folder: Path, count: int, now: datetime) -> None:
    """Add to the count, in one step. A status that cannot be written is no reason to fail once more."""
    content = json.dumps({"failures": failures(folder) + count, "last": now.isoformat(timespec="seconds")})
    with contextlib.suppress(OSError):
        make_folder(folder)
        write_whole(folder / _NAME, content.encode())


def failures(folder: Path) -> int:
    """How many updates were not taken since the folder was made."""
    try:
        counted = json.loads((folder / _NAME).read_text("utf-8"))["failures"]
    except (OSError, ValueError, KeyError, TypeError):
        return 0
    return counted if isinstance(counted, int) else 0
