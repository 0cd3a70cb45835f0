"""The host of the page that asked for something, as its browser says: nothing is decided by it, since anybody can write it."""

from collections.abc import Mapping
from typing import Final

_LONGEST: Final = 253
_OF_A_NAME: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_")


def asking_page(headers: Mapping[str, str]) -> str:
    """The host in Referer or Origin (RFC 9110 10.1.3, RFC 6454 7), and nothing else of them; empty for none."""
    said = headers.get("referer") or headers.get("origin") or ""
    scheme, found, rest = said[: _LONGEST + 20].partition("://")
    if not found or scheme not in ("https", "http"):
        return ""
    for sign in "/?#":
        rest = rest.partition(sign)[0]
    host = rest.rpartition("@")[2].partition(":")[0].lower()
    return host if 0 < len(host) <= _LONGEST and _OF_A_NAME.issuperset(host) else ""
