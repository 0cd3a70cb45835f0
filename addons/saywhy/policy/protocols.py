"""What else than the web an app's programs speak, inside connections that are relayed unseen.

A protocol is named as clients name it in their ClientHello (ALPN, RFC 7301; IANA keeps the registry, and many are in use
without it). One word stands for whatever is spoken, with TLS or without.
"""

from collections.abc import Iterable
from typing import Final

ANYTHING: Final = "anything"
LONGEST: Final = 255  # bytes, RFC 7301 section 3.1


def covers(protocols: Iterable[str], offered: Iterable[bytes]) -> bool:
    """Whether an app that speaks these may be offered those, all of them: any one may be chosen."""
    known = frozenset(protocols)
    return ANYTHING in known or all(one.decode("latin-1") in known for one in offered)
