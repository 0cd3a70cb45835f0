"""An origin that notes each request byte by byte, and answers with the very bytes, cuts and ends that a test wants."""

import asyncio
import re
import socket
import ssl
import struct
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

_HEAD = re.compile(rb"[!-~]+ [!-~]+ HTTP/1\.1(?:\r\n[!-9;-~]+: [\t -~\x80-\xff]*)*")
_ONCE = frozenset({b"host", b"content-length", b"transfer-encoding"})
_CHUNK = re.compile(rb"([0-9a-f]+)\r\n")


class End(Enum):
    """What the origin does with its connection after the answer."""

    KEEP = auto()
    CLOSE = auto()
    RESET = auto()


@dataclass(frozen=True, slots=True)
class Said:
    """An answer in the pieces in which it is sent. `early`: as soon as the head is there, before the body."""

    pieces: tuple[bytes, ...]
    end: End = End.KEEP
    early: bool = False


@dataclass(eq=False)
class Asked:
    """A request as it came: its head up to the empty line, and its body without its chunks."""

    head: bytes
    body: bytes = b""
    whole: bool = False


class Noting:
    """Knows by the address that was connected to which filter asks. `said`: answers by path; others get a plain 200."""

    def __init__(self) -> None:
        self.said: dict[bytes, Said] = {}
        self.asked: defaultdict[str, list[Asked]] = defaultdict(list)
        self.malformed: list[bytes] = []
        self.open: set[_Connection] = set()

    async def listen(self, listening: socket.socket, context: ssl.SSLContext | None) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(lambda: _Connection(self), sock=listening, ssl=context)

    @property
    def busy(self) -> bool:
        """Whether anything is half read or half said."""
        return any(one.busy for one in self.open)


@dataclass(eq=False)
class _Connection(asyncio.Protocol):
    origin: Noting
    _data: bytes = b""
    _asked: Asked | None = None
    _left: int | None = 0  # bytes of the body that are still to come; None: chunks
    _fields: Mapping[bytes, bytes] = field(default_factory=dict)
    _saying: Said | None = None

    @property
    def busy(self) -> bool:
        return bool(self._data) or self._asked is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._address = str(transport.get_extra_info("sockname")[0]).removeprefix("::ffff:")
        self.origin.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.origin.open.discard(self)

    def data_received(self, data: bytes) -> None:
        self._data += data
        while self._data and (self._read_body() if self._asked else self._read_head()):
            pass

    def _read_head(self) -> bool:
        head, end, rest = self._data.partition(b"\r\n\r\n")
        if not end:
            return False
        self._data = rest
        self._asked = Asked(head)
        self.origin.asked[self._address].append(self._asked)
        lines = [line.partition(b": ") for line in head.split(b"\r\n")[1:]]
        self._fields = {name.lower(): value for name, _, value in lines}
        named = Counter(name.lower() for name, _, _ in lines)
        if _HEAD.fullmatch(head) is None or any(named[one] > 1 for one in _ONCE):
            self.origin.malformed.append(head)
        chunked = self._fields.get(b"transfer-encoding") == b"chunked"
        self._left = None if chunked else int(self._fields.get(b"content-length", b"0"))
        path = head.split(b" ", 2)[1]
        said = self.origin.said.get(path)
        if said is not None and said.early:
            self._say(said)
        if self._left == 0:
            self._whole()
        return True

    def _read_body(self) -> bool:
        asked = self._asked
        assert asked is not None
        if asked.whole:  # the answer is on its way
            return False
        if self._left is None:
            found = _CHUNK.match(self._data)
            if found is None:
                if len(self._data) > 20:
                    self.origin.malformed.append(self._data)
                return False
            size = int(found[1], 16)
            if len(self._data) < found.end() + size + 2:
                return False
            asked.body += self._data[found.end() : found.end() + size]
            self._data = self._data[found.end() + size + 2 :]
            if not size:
                self._whole()
        else:
            asked.body += self._data[: self._left]
            taken, self._data = self._data[: self._left], self._data[self._left :]
            self._left -= len(taken)
            if not self._left:
                self._whole()
        return True

    def _whole(self) -> None:
        asked = self._asked
        assert asked is not None
        asked.whole = True
        if self._saying is None:
            method, path, _ = asked.head.split(b" ", 2)
            self._say(self.origin.said.get(path) or _plain(method, path, asked.body))
        elif not self._saying.pieces:
            self._asked = self._saying = None

    def _say(self, said: Said) -> None:
        """Say a piece, and the next one a moment later."""
        first, rest = said.pieces[:1], said.pieces[1:]
        self._transport.write(b"".join(first))
        self._saying = Said(rest, said.end, said.early)
        if rest:
            asyncio.get_running_loop().call_later(0.002, self._go_on)
        else:
            self._end(said.end)

    def _go_on(self) -> None:
        if self._saying is not None and not self._transport.is_closing():
            self._say(self._saying)

    def _end(self, end: End) -> None:
        if end is End.CLOSE:
            self._transport.close()
        elif end is End.RESET:
            plain = self._transport.get_extra_info("socket")
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()
        elif self._asked is not None and self._asked.whole:
            self._asked = self._saying = None
            self.data_received(b"")


def _plain(method: bytes, path: bytes, body: bytes) -> Said:
    text = b"%b %b %d" % (method, path[:100], len(body))
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(text)
    return Said((head if method == b"HEAD" else head + text,))
