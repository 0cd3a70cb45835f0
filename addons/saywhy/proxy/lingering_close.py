"""How the filter ends a connection that it has answered: the answer has to arrive before the connection is gone.

A socket that is closed while bytes wait in it is reset, and the reset overtakes the answer (RFC 9112 section 9.6). So
our half is closed, what still comes is passed over for a while, then the rest is closed.
"""

import asyncio
from typing import Final

_SECONDS: Final = 2.0
_BYTES: Final = 262_144


class LingeringClose(asyncio.Protocol):
    """Passes over what still comes on a connection to which nothing more is said."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._left = _BYTES
        self._timer = loop.call_later(_SECONDS, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Pass over; end the connection where too much comes."""
        self._left -= len(data)
        if self._left < 0:
            self._transport.abort()

    def eof_received(self) -> bool:
        """The other side has ended too: so be it."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        del exc
        self._timer.cancel()


def lingering_close(transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> asyncio.Protocol | None:
    """Say nothing more on a connection, and let go of it when what was said has arrived.

    Gives the protocol that the transport has from now on; None where the connection is gone already.
    """
    if transport.is_closing():
        return None
    closing = LingeringClose(transport, loop)
    transport.set_protocol(closing)
    transport.resume_reading()
    try:
        transport.write_eof()
    except (OSError, RuntimeError):
        transport.abort()
    return closing
