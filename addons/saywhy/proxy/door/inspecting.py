"""What the front door asks of whoever looks into connections."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from saywhy.proxy.door.connect_head import Connect
from saywhy.proxy.door.open_connections import Open
from saywhy.proxy.tls.client_hello import ClientHello


class Inspected(Open, Protocol):
    """A connection that is looked into. `tunnel` is the host and port of its CONNECT, if it began so."""

    tunnel: tuple[str, int] | None

    @property
    def is_busy(self) -> bool:
        """Whether a request is under way."""

    def goes_on(self) -> bool:
        """Whether all that is under way on it would be let out now as well, or has got a page instead."""

    def begin(self, transport: asyncio.Transport, first: bytes) -> None:
        """Take the client's transport over. `first` is what the client has said so far, after a CONNECT."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """TLS with a client that is there already: the name it asked for, what it offered and got of ALPN, the version."""

    sni: str | None
    offers: tuple[bytes, ...]
    alpn: bytes | None
    version: str


class Door(Protocol):
    """Who knows every connection."""

    loop: asyncio.AbstractEventLoop

    def gone(self, one: Inspected) -> None:
        """It is over."""

    def became(self, before: Inspected, now: Inspected) -> None:
        """The same connection, in other hands."""

    def is_portal(self, host: str) -> bool:
        """Whether a canonical host is the portal's name."""


class Inspects(Protocol):
    """Makes them; each tells the door once it is over."""

    def tls(self, transport: asyncio.Transport, door: Door, connect: Connect, hello: ClientHello) -> Inspected:
        """For a ClientHello in a tunnel."""

    def plain(self, transport: asyncio.Transport, door: Door, connect: Connect | None) -> Inspected:
        """For HTTP without TLS, to the proxy itself or inside a tunnel."""
