"""Files written in one step: whoever reads sees the one before or the new one, whole."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, *pieces: bytes) -> None:
    """Write a file for its user alone (0600), and only then put it in its place. Raises OSError."""
    handle, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
