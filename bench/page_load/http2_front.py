"""HTTP/2 towards the browser, kept HTTP/1.1 connections behind: a trial in front of the filter's thin lane, for measuring alone.

It ends the browser's TLS and HTTP/2 (h2), and asks the filter for each stream by HTTP/1.1 over connections that it
keeps, as a lane of the filter's own would ask origins. What TLS between the two costs is counted, and would not be there in a lane.
Nothing is decided here, and it takes what nginx serves and Chromium asks: GET, and answers with a Content-Length.
"""

import asyncio
import ssl
import sys
from collections import deque
from collections.abc import Sequence
from typing import Final

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, RequestReceived, StreamReset, WindowUpdated
from h2.exceptions import ProtocolError

MOST_FOR_A_HOST: Final = 6  # connections, as browsers have
_NOT_PASSED_ON: Final = frozenset({"connection", "keep-alive", "transfer-encoding"})
_READ: Final = 65_536

type Head = list[tuple[str, str]]
type Behind = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Filter:
    """Connections through the filter's CONNECT, kept by host and made as many as are wanted, up to a bound."""

    def __init__(self, port: int, trust: str) -> None:
        self._port = port
        self._trust = ssl.create_default_context(cafile=trust)
        self._trust.set_alpn_protocols(["http/1.1"])
        self._free: dict[str, deque[Behind]] = {}
        self._bounds: dict[str, asyncio.Semaphore] = {}

    async def ask(self, host: str, path: str, fields: Head) -> tuple[Head, bytes]:
        """The answer's head, its status first as `:status`, and its body."""
        bound = self._bounds.setdefault(host, asyncio.Semaphore(MOST_FOR_A_HOST))
        async with bound:
            free = self._free.setdefault(host, deque())
            reader, writer = free.pop() if free else await self._connect(host)
            told = "".join(f"{name}: {value}\r\n" for name, value in fields)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{told}\r\n".encode("latin-1"))
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            answer = [(":status", head[0].split(" ")[1])]
            answer += [(name.lower(), value.strip()) for name, _, value in (one.partition(":") for one in head[1:-2])]
            body = await reader.readexactly(int(dict(answer)["content-length"]))
            free.append((reader, writer))
        return [one for one in answer if one[0] not in _NOT_PASSED_ON], body

    def close(self) -> None:
        """Let go of all connections: the browser that they were for has gone."""
        for free in self._free.values():
            for _, writer in free:
                writer.close()
        self._free.clear()

    async def _connect(self, host: str) -> Behind:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        await writer.start_tls(self._trust, server_hostname=host)
        return reader, writer


class Client:
    """One connection of the browser's. `behind` is shared by all that one browser opens."""

    def __init__(self, behind: Filter, leaf: ssl.SSLContext) -> None:
        self._behind = behind
        self._leaf = leaf
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """CONNECT, TLS, then streams until the browser leaves."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self._host = head.split(b" ")[1].partition(b":")[0].decode()
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await writer.start_tls(self._leaf)
            self._writer = writer
            self._http = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
            self._window = asyncio.Event()
            self._http.initiate_connection()
            self._send()
            while data := await reader.read(_READ):
                self._heard(data)
        except (OSError, asyncio.IncompleteReadError, ProtocolError):
            pass  # it left
        finally:
            for task in self._tasks:
                task.cancel()
            writer.close()

    def _heard(self, data: bytes) -> None:
        for event in self._http.receive_data(data):
            match event:
                case RequestReceived(stream_id=int() as stream, headers=[*head]):
                    task = asyncio.create_task(self._answer(stream, [(str(name), str(value)) for name, value in head]))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
                case WindowUpdated():
                    self._window.set()
                case StreamReset() | ConnectionTerminated():
                    self._window.set()
        self._send()

    async def _answer(self, stream: int, head: Head) -> None:
        fields = [(name, value) for name, value in head if not name.startswith(":")]
        answer, body = await self._behind.ask(self._host, dict(head)[":path"], fields)
        self._http.send_headers(stream, answer)
        at = 0
        while at < len(body):
            room = min(self._http.local_flow_control_window(stream), self._http.max_outbound_frame_size)
            if not room:
                self._window.clear()
                self._send()
                await self._window.wait()
                continue
            self._http.send_data(stream, body[at : at + room])
            at += room
        self._http.end_stream(stream)
        self._send()

    def _send(self) -> None:
        self._writer.write(self._http.data_to_send())


async def run(arguments: Sequence[str]) -> None:
    """Listen on a port, before the filter on another: PORT FILTER-PORT FILTER-CA LEAF KEY."""
    port, filter_port, trust, certificate, key = arguments
    leaf = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.load_cert_chain(certificate, key)
    leaf.set_alpn_protocols(["h2"])
    behind: list[Filter] = []
    here = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal here
        if not here:  # a browser that knows nothing begins; one uses this at a time
            behind.append(Filter(int(filter_port), trust))
        here += 1
        try:
            await Client(behind[-1], leaf).serve(reader, writer)
        finally:
            here -= 1
            if not here:
                behind.pop().close()

    server = await asyncio.start_server(serve, "127.0.0.1", int(port))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1:]))
