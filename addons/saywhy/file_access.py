"""Who may use a file: the words for what a user may not read, so that it is not taken for damage."""

import os
import pwd
from pathlib import Path


def user_name(number: int) -> str:
    """The name of a user, or their number where they have none here."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def why_unreadable(path: Path, error: OSError) -> str:
    """Why a file cannot be read, as a sentence without its end: "PATH may not be read by saywhy: it belongs to root".

    What is in the way of somebody without permission may be a folder above the file; the sentence then names that one.
    """
    if not isinstance(error, PermissionError):
        return f"{path} cannot be read ({error.strerror or error})"
    me = user_name(os.geteuid())
    for place in (path, *path.parents):
        try:
            found = place.stat()
        except OSError:
            continue  # it is behind one that is closed
        doing = "read" if place == path else "entered"
        return f"{place} may not be {doing} by {me}: it belongs to {user_name(found.st_uid)} (mode {found.st_mode & 0o777:03o})"
    return f"{path} may not be read by {me}"
