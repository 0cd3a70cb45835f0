"""How many files a process may open: as many as the system lets it, not the usual thousand."""

import contextlib
import resource


def raise_open_files() -> int:
    """Raise the soft limit to the hard one; how many files this process may open now (RLIMIT_NOFILE, getrlimit(2))."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # a limit that cannot be raised stays
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return soft
