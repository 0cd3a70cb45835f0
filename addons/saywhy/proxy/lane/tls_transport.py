"""TLS between a transport and a protocol, by a TLS object of pyOpenSSL's in memory.

Both lanes' TLS objects are made in one place (`tls`), so what is proven and offered does not depend on the lane. The event
loop's own TLS would be a second set of rules.
"""

import asyncio
from typing import Any, Final, Protocol, cast

from OpenSSL import SSL

from saywhy.proxy.http.bounds import MOST_UNWRITTEN
from saywhy.proxy.lane.faults import closed_on_fault
from saywhy.proxy.memory import fresh_buffers
from saywhy.proxy.outbound.origin_errors import done_here
from saywhy.proxy.tls.resumption import is_resumed

GONE: Final = "disconnected during the handshake"
_PIECE: Final = 65_535  # bytes

_lib: Final[Any] = SSL._lib  # type: ignore[attr-defined]  # noqa: SLF001 — pyOpenSSL has no other way to these
_NOTHING: Final[Any] = SSL._ffi.NULL  # type: ignore[attr-defined]  # noqa: SLF001


class Inside(Protocol):
    """Who is told of a handshake; beside it the protocol is as any of asyncio's."""

    def handshaken(self) -> str:
        """The handshake is over. Gives why what was proven does not do; "" where it does."""

    def handshake_failed(self, error: str, *, by_them: bool, said_all: bool) -> None:
        """It failed, in OpenSSL's words or ours. `by_them`: they said so, or went. `said_all`: we had, they had not."""


_NOBODY: Final = asyncio.Protocol()


class TlsTransport(asyncio.Transport, asyncio.Protocol):
    """A protocol towards the socket's transport, a transport towards the protocol inside."""

    def __init__(
        self, connection: SSL.Connection, inside: asyncio.Protocol, greets: Inside, *, accepts: bool = False
    ) -> None:
        """`accepts`: the other side is the client of the handshake."""
        super().__init__()
        self._accepts = accepts
        self.connection = connection
        self.error = ""  # why it ended, where TLS says so
        self._inside = inside
        self._greets: Inside | None = greets
        self._lost = True  # until it is there
        self._paused = False
        self._all_came = False  # the end of the connection did
        self._ended = False  # they have said all, and who is inside knows
        self._raw: asyncio.Transport

    @property
    def established(self) -> bool:
        """Whether the handshake is over."""
        return self._greets is None

    @property
    def resumed(self) -> bool:
        """Whether the handshake, which is over, took a session up again."""
        return is_resumed(self.connection)

    # Towards the socket.
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a transport; where we speak first, do."""
        self._raw = cast("asyncio.Transport", transport)
        self._lost = False
        self._raw.set_write_buffer_limits(high=MOST_UNWRITTEN)
        self._inside.connection_made(self)
        self._go_on(b"")

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._go_on(data)

    def eof_received(self) -> bool:
        """The end of the connection; whoever is inside may have something left to say."""
        if not self.established:
            return False
        self._all_came = True
        self._read()  # what came before may not have been read to its end, where somebody took no more
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._lost = True
        if self._greets is None and not self.error:
            self.connection.set_shutdown(
                SSL.SENT_SHUTDOWN
            )  # else OpenSSL spoils the session as one that was broken off
        if self._greets is not None:
            greets, self._greets = self._greets, None
            greets.handshake_failed(GONE, by_them=True, said_all=False)
        inside, self._inside = self._inside, _NOBODY  # else the two would hold each other
        inside.connection_lost(exc)

    def let_go(self) -> None:
        """It was given up as it was made: uvloop says nothing then, and does not call its transport closed."""
        if not self._lost:
            self._raw.set_protocol(_NOBODY)
            self.connection_lost(None)

    def pause_writing(self) -> None:
        """Nothing more is taken for now."""
        self._inside.pause_writing()

    def resume_writing(self) -> None:
        """More is taken again."""
        self._inside.resume_writing()

    def _go_on(self, data: bytes) -> None:
        if data:
            self.connection.bio_write(data)
        if self._greets is None:
            self._read()
        elif self._shaken():
            # what is said inside leaves together with the end of our handshake: an origin that takes exception to it answers
            # and closes, and a request that followed a moment later would be met by a reset
            if not self._only_tickets_wait():
                asyncio.get_running_loop().call_soon(self._flush_later)
            self._read()
            return
        self._flush()

    def _only_tickets_wait(self) -> bool:
        """Whether nothing of the handshake is left to send but tickets: they leave with the first answer (RFC 8446 section 4.6.1)."""
        return self._accepts and self.connection.get_protocol_version() == SSL.TLS1_3_VERSION

    def _shaken(self) -> bool:
        greets = self._greets
        assert greets is not None
        said_all = done_here(self.connection)
        try:
            self.connection.do_handshake()
        except SSL.WantReadError:
            return False
        except SSL.Error as error:
            self._failed(f"OpenSSL {error!r}", by_them="alert" in str(error), said_all=said_all)
            return False
        self._greets = None
        if why := greets.handshaken():
            self._greets = greets
            self._failed(why, by_them=False, said_all=True)
            return False
        return True

    def _failed(self, error: str, *, by_them: bool, said_all: bool) -> None:
        greets, self._greets = self._greets, None
        self.error = error
        self._flush()  # the alert
        assert greets is not None
        greets.handshake_failed(error, by_them=by_them, said_all=said_all)

    def _read(self) -> None:
        """Hand on what can be read, until somebody inside takes no more."""
        connection = self.connection
        while not self._paused and not self._ended:
            try:
                data = connection.recv(_PIECE)
            except SSL.WantReadError:
                if self._all_came and not self._end():
                    self.close()
                return
            except SSL.ZeroReturnError:
                if not self._end():
                    self.close()
                return
            except SSL.Error as error:
                self.error = self.error or f"OpenSSL {error!r}"
                if not self._end():
                    self._flush()
                    self.close()
                return
            self._inside.data_received(data)

    def _end(self) -> bool:
        """They have said all. Whether somebody inside stays."""
        if self._ended:
            return True
        self._ended = True
        return bool(self._inside.eof_received())

    def _flush(self) -> None:
        waiting = _lib.BIO_get_mem_data(self.connection._from_ssl, _NOTHING)  # noqa: SLF001
        if waiting and not self.is_closing():
            self._raw.write(self.connection.bio_read(waiting))

    @closed_on_fault
    def _flush_later(self) -> None:
        self._flush()

    def broke(self) -> None:
        """Something raised that the event loop itself called: what it does not catch as it does in `data_received`."""
        self._raw.abort()

    # Towards the protocol inside.
    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send; nothing where the connection is ending."""
        if data and not self.is_closing():
            self.connection.sendall(data)  # pyOpenSSL lets `send` take a part
            self._flush()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Have another protocol inside."""
        self._inside = cast("asyncio.Protocol", protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """The protocol inside."""
        return self._inside

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What the socket's transport knows."""
        return self._raw.get_extra_info(name, default)

    def is_closing(self) -> bool:
        """Whether nothing more is sent."""
        return self._lost or self._raw.is_closing()

    def is_reading(self) -> bool:
        """Whether what comes is handed on."""
        return not self._paused

    def pause_reading(self) -> None:
        """Hand on nothing more, and read nothing more."""
        if not self._paused:
            self._paused = True
            if not self.is_closing():
                self._raw.pause_reading()

    def resume_reading(self) -> None:
        """Read again: first what was read before."""
        if self._paused:
            self._paused = False
            if not self.is_closing():
                self._raw.resume_reading()
                asyncio.get_running_loop().call_soon(self._read_again)

    @closed_on_fault
    def _read_again(self) -> None:
        if self.established and not self.is_closing():
            self._read()
            self._flush()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Of the socket's transport."""
        self._raw.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        """Of the socket's transport."""
        return self._raw.get_write_buffer_size()

    def can_write_eof(self) -> bool:
        """TLS can say so (RFC 8446 section 6.1)."""
        return True

    def write_eof(self) -> None:
        """Say that nothing more comes."""
        if not self.is_closing():
            self._say_goodbye()
            self._raw.write_eof()

    def close(self) -> None:
        """Send what is to be sent, and end."""
        if not self.is_closing():
            self._say_goodbye()
            self._raw.close()

    def abort(self) -> None:
        """End now."""
        self._raw.abort()

    def rest(self) -> None:
        """Let the buffers go that earlier messages needed."""
        if self.established:
            fresh_buffers(self.connection)

    def _say_goodbye(self) -> None:
        if self.established and not self.error:
            try:
                self.connection.shutdown()
            except SSL.Error:
                return
            self._flush()
