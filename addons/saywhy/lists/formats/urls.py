"""squidGuard's and UT1's `urls`: a host and a path without a scheme; everything below that path is meant."""

from saywhy.lists.entry import Found, Refusal
from saywhy.lists.names import read_prefix


def read_url(line: str) -> tuple[Found | Refusal, ...]:
    """Read a line. `#` begins a comment at the beginning of a line or after a space."""
    text = line.strip()
    if not text or text.startswith("#"):
        return ()
    return (read_prefix(text.split(" #", 1)[0].split("\t#", 1)[0].strip()),)
