"""Which HTTP each origin speaks, as far as it was met: the same is then settled with the client.

Without it a client that is offered HTTP/2 for an origin that speaks HTTP/1 alone costs a connection for each request.
"""

from collections import OrderedDict
from typing import Final

from mitmproxy.connection import Server
from mitmproxy.tls import TlsData

from saywhy.proxy.outbound.connect_to import asked_of

_MOST: Final = 8_192
_HTTP_1: Final = b"http/1.1"

type Place = tuple[str, int]


class AlpnCache:
    """Answers one hook of mitmproxy's, and remembers."""

    def __init__(self) -> None:
        self._spoken: OrderedDict[Place, bytes] = OrderedDict()

    def tls_established_server(self, data: TlsData) -> None:
        """An origin has said what it speaks; one that said nothing speaks HTTP/1."""
        server = data.conn
        assert isinstance(server, Server)
        if server.address is not None and server.alpn_offers:
            self._spoken[asked_of(server.address[0]), server.address[1]] = server.alpn or _HTTP_1
            if len(self._spoken) > _MOST:
                self._spoken.popitem(last=False)

    def at(self, place: Place, offers: tuple[bytes, ...]) -> bytes | None:
        """What to settle with a client that offers these; None where it is not known, or not offered."""
        spoken = self._spoken.get(place)
        return spoken if spoken in offers else None
