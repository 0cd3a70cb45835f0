"""A connection that has just come in: its CONNECT and its ClientHello are read, then its way is chosen.

What is allowed by its name alone is relayed as it is. What has to be seen inside, or answered with a page, goes to
the layers that look into it. Everything else ends here: nothing is guessed, and nothing goes on by default.
"""

import asyncio
import logging
import re
from typing import Final, Protocol, cast

from saywhy.proxy.door.connect_head import END, LONGEST, BadHeadError, Connect, read_connect
from saywhy.proxy.door.open_connections import Limits
from saywhy.proxy.tls.client_hello import ClientHello, ClientHelloError, could_be, read_client_hello

logger = logging.getLogger(__name__)

ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
_CONNECT: Final = b"CONNECT "
_EMPTY_LINES: Final = re.compile(rb"(?:\r\n)+")
_ENOUGH: Final = 3  # bytes that tell a request line from anything else


class Door(Protocol):
    """What a connection needs of the front door."""

    loop: asyncio.AbstractEventLoop
    limits: Limits

    def arrived(self, one: "Preread") -> None:
        """Somebody has come."""

    def gone(self, one: "Preread") -> None:
        """They have left."""

    def broke(self, one: "Preread", error: Exception) -> None:
        """Something raised."""

    def admit_tunnel(self, one: "Preread", connect: Connect) -> bool:
        """Whether a tunnel is begun."""

    def take_tls(self, one: "Preread", connect: Connect, hello: ClientHello, data: bytes) -> None:
        """A whole ClientHello has come."""

    def take_plain(self, one: "Preread", connect: Connect | None, data: bytes) -> None:
        """HTTP without TLS, to the proxy itself or inside a tunnel."""

    def take_other(self, one: "Preread", connect: Connect, data: bytes) -> None:
        """What came in a tunnel is neither TLS nor HTTP."""

    def turn_away(self, one: "Preread") -> None:
        """What came is nothing that a web filter passes."""

    def answer_fault(self, one: "Preread", fault: str, detail: str = "") -> None:
        """Answer with a page about a fault, and end the connection."""


class Preread(asyncio.Protocol):
    """One connection, until its way is chosen."""

    half_open = False

    __slots__ = ("_buffer", "_connect", "_door", "_timer", "closed", "idle", "peer", "transport")

    def __init__(self, door: Door) -> None:
        self._door = door
        self._buffer = b""
        self._connect: Connect | None = None
        self.idle = 0
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody has come."""
        self.transport = cast("asyncio.Transport", transport)
        self.peer = str(transport.get_extra_info("peername")[0])
        self._timer = self._door.loop.call_later(self._door.limits.head_seconds, self._too_slow)
        self._door.arrived(self)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        if self.closed:
            return
        self._buffer = self._buffer + data if self._buffer else data
        try:
            if self._connect is None:
                empty = _EMPTY_LINES.match(self._buffer)
                if empty is not None:  # passed over before a request (RFC 9112 section 2.2)
                    self._buffer = self._buffer[empty.end() :]
                self._read_head()
            self._read_hello()
        except Exception as error:
            logger.exception("the front door raised; the connection is closed")
            self._door.broke(self, error)

    def eof_received(self) -> bool:
        """They left before they had said what they wanted."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        del exc
        if not self.closed:
            self.leave()
            self._door.gone(self)

    def wait(self, seconds: float) -> None:
        """Read nothing for a while."""
        self.transport.pause_reading()
        self._timer.cancel()
        self._timer = self._door.loop.call_later(seconds, self._go_on)

    def _go_on(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()
        self._timer = self._door.loop.call_later(self._door.limits.head_seconds, self._too_slow)

    def leave(self) -> None:
        """This protocol's part is over: another takes the transport, or it is gone."""
        self.closed = True
        self._timer.cancel()

    def rest(self) -> None:
        """Nothing is kept here that could be let go of."""

    def abort(self) -> None:
        """End the connection now."""
        self.transport.abort()

    def _too_slow(self) -> None:
        if self._connect is None and self._buffer:
            self._door.answer_fault(self, "too-slow")
        else:
            self.transport.abort()

    def _read_head(self) -> None:
        data = self._buffer
        if not data.startswith(_CONNECT):
            if _CONNECT.startswith(data):
                return  # it may become one
            if len(data) >= _ENOUGH:
                self._plain(None, data)
            return
        end = data.find(END)
        if end < 0 or end > LONGEST:
            if len(data) > LONGEST:
                self._door.answer_fault(self, "head-too-long")
            elif b"\n\n" in data or b"\0" in data:
                self._door.answer_fault(self, "ambiguous", "a line does not end as lines do")
            return
        try:
            connect = read_connect(data[:end])
        except BadHeadError as error:
            self._door.answer_fault(self, "ambiguous", str(error))
            return
        self._buffer = data[end + len(END) :]
        if self._door.admit_tunnel(self, connect):
            self._connect = connect
            self._timer.cancel()
            self._timer = self._door.loop.call_later(self._door.limits.head_seconds, self._too_slow)
            self.transport.write(ESTABLISHED)

    def _read_hello(self) -> None:
        connect, data = self._connect, self._buffer
        if connect is None or self.closed or not data:
            return
        if could_be(data):
            try:
                hello: ClientHello | None = read_client_hello(data)
            except ClientHelloError:
                self._door.take_other(self, connect, data)
                return
            if hello is not None:
                self._door.take_tls(self, connect, hello, data)
        elif len(data) >= _ENOUGH or not data.isalpha():
            self._plain(connect, data)

    def _plain(self, connect: Connect | None, data: bytes) -> None:
        """HTTP without TLS, or something that is not meant for a web filter."""
        start = data[:_ENOUGH]
        if len(start) == _ENOUGH and start.isalpha() and start.isupper() and start != b"SSH":
            self._door.take_plain(self, connect, data)
        elif connect is not None:
            self._door.take_other(self, connect, data)
        else:
            self._door.turn_away(self)
