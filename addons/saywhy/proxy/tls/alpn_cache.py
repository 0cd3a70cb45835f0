"""Which HTTP each origin speaks, as far as it was asked: the same is then settled with the client.

Without it a client that is offered HTTP/2 for an origin that speaks HTTP/1 alone costs a connection for each request.
"""

from collections.abc import Sequence
from typing import Final

from saywhy.proxy.bounded_cache import BoundedCache
from saywhy.proxy.tls.device_contexts import HTTP_1, HTTP_2

_MOST: Final = 8_192

type Place = tuple[str, int]


class AlpnCache:
    """Remembers."""

    def __init__(self) -> None:
        self._spoken: BoundedCache[Place, bytes] = BoundedCache(_MOST)

    def learn(self, place: Place, offers: Sequence[bytes], chosen: bytes | None) -> None:
        """An origin that was offered these has chosen. One that was not asked for HTTP/2 has told nothing of it."""
        if HTTP_2 in offers:
            self._spoken.keep(place, chosen or HTTP_1)

    def at(self, place: Place, offers: tuple[bytes, ...]) -> bytes | None:
        """What to settle with a client that offers these; None where it is not known, or not offered."""
        spoken = self._spoken.get(place)
        return spoken if spoken in offers else None
