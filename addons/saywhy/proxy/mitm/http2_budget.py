"""What one HTTP/2 connection may make the filter do for nothing: frames are counted before they are read.

A frame of nine bytes costs a library a hundred times what it costs its sender: PING and SETTINGS want an answer,
RST_STREAM throws work away (CVE-2023-44487), CONTINUATION makes a head that never ends (CVE-2024-27316). Each kind has a
price; what is useful (requests, bytes of bodies) and time fill the purse again. A busy browser never sees its bottom.
"""

from typing import Final

from saywhy.proxy.mitm.http2_streams import MOST_HEADER_BYTES

MOST: Final = 2_000.0
EACH_SECOND: Final = 200.0
FOR_A_REQUEST: Final = 3.0
FOR_A_PIECE: Final = 2.0  # of a body, passed on: its receiver widens two windows for it

_FRAME_HEAD: Final = 9
_DATA, _HEADERS, _PRIORITY, _RST_STREAM, _SETTINGS, _PING, _WINDOW_UPDATE, _CONTINUATION = 0, 1, 2, 3, 4, 6, 8, 9
_PRICES: Final = {
    _PRIORITY: 1.0,
    _RST_STREAM: 10.0,
    _SETTINGS: 5.0,
    _PING: 2.0,
    _WINDOW_UPDATE: 1.0,
    _CONTINUATION: 20.0,
}
_OTHER: Final = 2.0
_ENOUGH_DATA: Final = 256  # bytes of a DATA frame that is worth its reading
_SMALL_DATA: Final = 1.0
_END_HEADERS: Final = 0x4
_END_STREAM: Final = 0x1


class FrameBudget:
    """Follows the frames of one direction of one connection. `preface`: bytes before the first frame."""

    __slots__ = ("_at", "_block", "_in_head", "_left", "_part", "_skip")

    def __init__(self, now: float, preface: int = 0) -> None:
        self._at = now
        self._left = MOST
        self._skip = preface
        self._part = b""
        self._in_head = False  # the frame that came last is one of a header block
        self._block = -1  # bytes of the header block that is open, -1 when none is

    @property
    def block_is_open(self) -> bool:
        """Whether a header block has begun, or the head of a frame, and is not whole."""
        return self._block >= 0 or bool(self._part) or (self._in_head and self._skip > 0)

    def earn(self, amount: float) -> None:
        """Something useful was done."""
        self._left = min(MOST, self._left + amount)

    def take(self, data: bytes, now: float) -> str:
        """Count what has come, `now` in seconds; what there was too much of, or an empty text."""
        self._left = min(MOST, self._left + (now - self._at) * EACH_SECOND)
        self._at = now
        if self._part:
            data, self._part = self._part + data, b""
        at, size = self._skip, len(data)
        while size - at >= _FRAME_HEAD:
            length = data[at] << 16 | data[at + 1] << 8 | data[at + 2]
            wrong = self._count(length, data[at + 3], data[at + 4])
            if wrong:
                return wrong
            at += _FRAME_HEAD + length
        if at < size:
            self._part, at = data[at:], size
        self._skip = at - size
        return ""

    def _count(self, length: int, kind: int, flags: int) -> str:
        self._in_head = kind in (_HEADERS, _CONTINUATION)
        if kind == _DATA:
            self._left -= 0.0 if length >= _ENOUGH_DATA or flags & _END_STREAM else _SMALL_DATA
        elif kind == _HEADERS:
            self.earn(FOR_A_REQUEST)
            self._block = -1 if flags & _END_HEADERS else length
        else:
            self._left -= _PRICES.get(kind, _OTHER)
            if kind == _CONTINUATION and self._block >= 0:
                self._block = -1 if flags & _END_HEADERS else self._block + length
        if self._block > MOST_HEADER_BYTES:
            return "a head without end"
        return "" if self._left >= 0 else "too many frames that ask for nothing"
