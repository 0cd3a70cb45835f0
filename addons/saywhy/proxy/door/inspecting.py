"""What the front door asks of whoever looks into connections."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from saywhy.proxy.door.connect_head import Connect
from saywhy.proxy.door.open_connections import Open
from saywhy.proxy.tls.client_hello import ClientHello


class Inspected(Open, Protocol):
    """A connection that is looked into. `tunnel` is the host and port of its CONNECT, if it began so."""

    tunnel: tuple[str, int] | None

    def begin(self, transport: asyncio.Transport, first: bytes) -> None:
        """Take the client's transport over. `first` is what the client has said so far, after a CONNECT."""


type Ended = Callable[[Inspected], None]


class Inspects(Protocol):
    """Makes them; each tells `ended` once it is over."""

    def tls(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        connect: Connect,
        hello: ClientHello,
        ended: Ended,
    ) -> Inspected:
        """For a ClientHello in a tunnel."""

    def plain(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, connect: Connect | None, ended: Ended
    ) -> Inspected:
        """For HTTP without TLS, to the proxy itself or inside a tunnel."""

    def goes_on(self, one: Inspected) -> bool:
        """Whether all that is under way on it would be let out now as well."""
