"""One name a line, each with everything below it: plain lists, squidGuard's and UT1's `domains`, squid's `.name`."""

from saywhy.lists.entry import Found, Kind, Refusal
from saywhy.lists.names import read_listed


def read_plain(line: str) -> tuple[Found | Refusal, ...]:
    """Read a line. `#` begins a comment; `*.name` and `.name` mean the name and what is below it, as `name` does."""
    text = line.partition("#")[0].strip()
    if not text:
        return ()
    if text.startswith(("*.", ".")) and text not in (".", "*."):
        text = text.removeprefix("*").removeprefix(".")
    return (read_listed(text, Kind.COVERS),)
