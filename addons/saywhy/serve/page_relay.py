"""What the browser that opens pages connects through: a forward proxy on loopback, for one run, with the filter's own bounds.

Names are resolved and addresses checked as for anybody behind the filter (`Outbound`): nothing private, none of the filter's
own ports. What is locked is not connected to either.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from saywhy.policy.address import AddressError, canonical_host
from saywhy.proxy.outbound.outbound import NotReachableError, Outbound

_MOST_HEAD: Final = 65_536
_MOST_BYTES: Final = 64 * 1024 * 1024  # of one run, from origins
_MOST_CONNECTIONS: Final = 300
_HEAD_SECONDS: Final = 10.0
_PIECE: Final = 65_536
# Where Chromium itself reports and asks, whatever page is opened.
_OF_THE_BROWSER: Final = frozenset({"accounts.google.com", "clients2.google.com", "update.googleapis.com"})


class PageRelay:
    """Serves inside a running loop. `may(host, port)` says whether a canonical host may be connected to at all."""

    def __init__(self, outbound: Outbound, may: Callable[[str, int], bool]) -> None:
        self._outbound = outbound
        self._may = may
        self.reached: set[str] = set()  # hosts that were connected to
        self._bytes = 0
        self._connections = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen on loopback; the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_MOST_HEAD)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Take no more."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        with suppress(OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            if self._connections <= _MOST_CONNECTIONS:
                async with asyncio.timeout(_HEAD_SECONDS):
                    head = await reader.readuntil(b"\r\n\r\n")
                await self._carry(head, reader, writer)
        writer.close()

    async def _carry(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, _, rest = head.partition(b"\r\n")
        method, target, _ = first.decode("ascii").split(" ", 2)
        parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
        port = parts.port or (443 if method == "CONNECT" else 80)
        try:
            from_origin, to_origin = await self._open(canonical_host(parts.hostname or ""), port)
        except (AddressError, NotReachableError):
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
            fields = [one for one in rest.split(b"\r\n") if not one.lower().startswith((b"proxy-", b"connection:"))]
            to_origin.write(f"{method} {path} HTTP/1.1\r\nConnection: close\r\n".encode() + b"\r\n".join(fields))
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, to_origin))
                both.create_task(self._pass(from_origin, writer, counted=True))
        except* OSError:
            pass
        finally:
            to_origin.close()

    async def _open(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if host in _OF_THE_BROWSER or not self._may(host, port):
            raise NotReachableError(NotReachableError.PRIVATE)
        streams = await self._outbound.open_stream(host, port)
        self.reached.add(host)
        return streams

    async def _pass(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, *, counted: bool = False) -> None:
        while piece := await source.read(_PIECE):
            self._bytes += len(piece) if counted else 0
            if self._bytes > _MOST_BYTES:
                raise ConnectionAbortedError("a page takes more than it may")
            to.write(piece)
            await to.drain()
        if to.can_write_eof():
            to.write_eof()
