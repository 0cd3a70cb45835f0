"""Which lane a connection begins in, and how it changes to the other."""

import asyncio
import logging
from typing import Protocol

from saywhy.proxy.door.connect_head import Connect
from saywhy.proxy.door.inspecting import Door, Inspected, Spoken
from saywhy.proxy.lane.connection import LaneConnection
from saywhy.proxy.lane.parts import LaneParts
from saywhy.proxy.lane.plain_request import Place
from saywhy.proxy.tls.alpn_cache import AlpnCache
from saywhy.proxy.tls.client_hello import ClientHello
from saywhy.proxy.tls.device_contexts import HTTP_1, DeviceContexts, host_asked_for

logger = logging.getLogger(__name__)


class Everything(Protocol):
    """The lane that knows everything."""

    def tls(self, transport: asyncio.Transport, door: Door, connect: Connect, hello: ClientHello) -> Inspected:
        """For a ClientHello in a tunnel."""

    def plain(self, transport: asyncio.Transport, door: Door, connect: Connect | None) -> Inspected:
        """For HTTP without TLS, to the proxy itself or inside a tunnel."""

    def inside(
        self, transport: asyncio.Transport, door: Door, tunnel: tuple[str, int] | None, spoken: Spoken | None
    ) -> Inspected:
        """For HTTP whose TLS, if it has any, is done by the transport."""


class Refusals(Protocol):
    """Who is told of handshakes that came to nothing: the client's address, and the host and port of its tunnel."""

    def ended(self, peer: str, address: tuple[str, int], error: str) -> None:
        """The client has ended it, in OpenSSL's words or ours."""

    def said_nothing(self, peer: str, address: tuple[str, int]) -> None:
        """It came to its end, and nothing after it."""


class Lane:
    """Takes connections that will speak HTTP/1.1, until something on them is not plain."""

    def __init__(
        self,
        parts: LaneParts,
        devices: DeviceContexts,
        alpn_cache: AlpnCache,
        everything: Everything,
        refusals: Refusals,
    ) -> None:
        self._parts = parts
        self._devices = devices
        self._alpn_cache = alpn_cache
        self._everything = everything
        self._refusals = refusals

    def tls(self, transport: asyncio.Transport, door: Door, connect: Connect, hello: ClientHello) -> Inspected:
        """For a ClientHello in a tunnel."""
        at = connect.host, connect.port
        spoken = self._alpn_cache.at(at, hello.alpn)
        plain = (hello.sni is None or hello.names(connect.host)) and not door.is_portal(connect.host)
        if not plain or self._devices.chosen(hello.alpn, spoken) not in (None, HTTP_1):
            return self._everything.tls(transport, door, connect, hello)
        change = _Change(self._everything, door, hello, self._refusals)
        one = LaneConnection(transport, door, change, self._parts, Place("https", *at), at)
        one.in_tls(self._devices.connection(host_asked_for(hello.sni, at), None, spoken))
        return one

    def plain(self, transport: asyncio.Transport, door: Door, connect: Connect | None) -> Inspected:
        """For HTTP without TLS, to the proxy itself or inside a tunnel."""
        if connect is not None and door.is_portal(connect.host):
            return self._everything.plain(transport, door, connect)
        place = None if connect is None else Place("http", connect.host, connect.port)
        tunnel = None if connect is None else (connect.host, connect.port)
        change = _Change(self._everything, door, None, self._refusals)
        return LaneConnection(transport, door, change, self._parts, place, tunnel)


class _Change:
    """To the other lane, for one connection."""

    def __init__(self, everything: Everything, door: Door, hello: ClientHello | None, refusals: Refusals) -> None:
        self._everything = everything
        self._door = door
        self._hello = hello
        self._refusals = refusals

    def take_over(self, one: LaneConnection, data: bytes) -> None:
        if one.transport.is_closing():
            self._door.gone(one)
            return
        try:
            one.transport.resume_reading()
            handler = self._everything.inside(one.transport, self._door, one.tunnel, self._spoken(one))
        except Exception:
            logger.exception("a connection could not be handed over; it is closed")
            one.transport.abort()
            self._door.gone(one)
            return
        self._door.became(one, handler)
        try:
            handler.begin(one.transport, data)
        except Exception:
            logger.exception("a connection could not be taken over; it is closed")
            one.transport.abort()
            handler.abort()

    def client_refused(self, one: LaneConnection, error: str) -> None:
        if one.tunnel is not None:
            self._refusals.ended(one.peer, one.tunnel, error)

    def client_said_nothing(self, one: LaneConnection) -> None:
        if one.tunnel is not None:
            self._refusals.said_nothing(one.peer, one.tunnel)

    def _spoken(self, one: LaneConnection) -> Spoken | None:
        if one.tls is None or self._hello is None:
            return None
        connection = one.tls.connection
        alpn = connection.get_alpn_proto_negotiated() or None
        return Spoken(self._hello.sni, self._hello.alpn, alpn, connection.get_protocol_version_name())
