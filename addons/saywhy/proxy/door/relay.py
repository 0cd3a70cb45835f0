"""Bytes between a client and an origin, as they are: nothing is looked at, nothing is kept.

Each direction reads only as fast as the other side takes, and ends by itself: what one side has finished saying is
passed on as an end, while the other may still speak.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol, cast

from saywhy.proxy.tls.client_hello import ClientHello

_BUFFER: Final = 131_072  # bytes that may wait to be written before reading pauses


class Ended(Protocol):
    """Who wants to know when a relay is over."""

    def relay_ended(self, relay: "Relay") -> None:
        """Both directions are over."""


class Half(asyncio.Protocol):
    """One of the two connections: what it receives is written to the other."""

    __slots__ = ("_relay", "_write", "closed", "count", "ended", "mark", "other", "transport")

    other: "Half"

    def __init__(self, relay: "Relay") -> None:
        self._relay = relay
        self.closed = False
        self.count = 0
        self.ended = False
        self.mark = 0  # what `count` was when the other half spoke last

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Made towards the origin; the client's is adopted."""
        self.transport = cast("asyncio.Transport", transport)

    def join(self) -> None:
        """Write to the other half from now on."""
        self._write: Callable[[bytes], None] = self.other.transport.write
        self.transport.set_write_buffer_limits(high=_BUFFER)

    def data_received(self, data: bytes) -> None:
        """Pass on."""
        self.count += len(data)
        self._relay.idle = 0
        other = self.other
        other.mark = other.count
        self._write(data)

    def eof_received(self) -> bool:
        """Pass the end on. The connection stays open for what the other side still says."""
        self.ended = True
        other = self.other
        if other.ended:
            other.transport.close()
            return False
        if not other.transport.is_closing():
            other.transport.write_eof()
        return True

    def pause_writing(self) -> None:
        """This side takes no more for now."""
        self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """This side takes more again."""
        if not self.other.closed:
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """This connection is gone: so is the other, when it has said what was passed on."""
        self.closed = True
        other = self.other
        if not other.closed:
            if exc is None:
                other.transport.close()
            else:
                other.transport.abort()
        self._relay.half_closed()


class Relay:
    """A client's connection joined to an origin's. `idle` is counted up by whoever watches, and reset by each byte.

    `through` is the host that it is connected to: `host` itself, or a safe address in its place. `hello` is what the
    client came with, None where it is no TLS: an app speaks so.
    """

    __slots__ = ("_door", "_halves", "client", "hello", "host", "idle", "origin", "peer", "port", "silence", "through")

    def __init__(
        self, door: Ended, peer: str, host: str, port: int, *, through: str = "", hello: ClientHello | None = None
    ) -> None:
        self._door = door
        self._halves = 2
        self.peer = peer
        self.host = host
        self.port = port
        self.through = through or host
        self.idle = 0
        self.hello = hello
        self.silence: asyncio.TimerHandle | None = None  # ends the relay where the origin says nothing
        self.client = Half(self)
        self.origin = Half(self)
        self.client.other, self.origin.other = self.origin, self.client

    def abandon(self) -> None:
        """Let go of the origin; the client's connection stays as it is, for others."""
        self.client.closed = True
        self.origin.transport.abort()

    def begin(self, client: asyncio.Transport, first: bytes) -> None:
        """Start, once `origin` is connected: `first` is what the client has said so far."""
        self.client.connection_made(client)
        self.client.join()
        self.origin.join()
        self.client.data_received(first)
        client.set_protocol(self.client)
        client.resume_reading()

    def half_closed(self) -> None:
        """One of the connections is gone."""
        self._halves -= 1
        if not self._halves:
            if self.silence is not None:
                self.silence.cancel()
            self._door.relay_ended(self)

    @property
    def half_open(self) -> bool:
        """Whether one side has finished."""
        return self.client.ended or self.origin.ended

    def rest(self) -> None:
        """Nothing is kept here that could be let go of."""

    def abort(self) -> None:
        """End both connections now."""
        self.client.transport.abort()
        self.origin.transport.abort()
