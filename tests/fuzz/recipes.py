"""HTTP/2 said by recipe: each byte of an input chooses what comes next, so that bent inputs are mostly well-formed frames."""

from collections.abc import Iterator, Sequence
from typing import Final

from tests.wire.tricks import frames

type Head = Sequence[frames.Field]

HEADERS, DATA, TRAILERS, RESET, ODD, PADDED, IN_TWO = range(7)
_KINDS: Final = (HEADERS, DATA, TRAILERS, DATA, HEADERS, RESET, ODD, DATA, PADDED, IN_TWO)
_MOST_FRAMES: Final = 40
_PADDING: Final = 3
_PADDED_FLAG: Final = 8

SMUGGLED: Final = b"GET /never-there HTTP/1.1\r\nHost: closed.test\r\n\r\n"
_PIECES: Final = (
    b"",
    b"hello",
    SMUGGLED,
    b"0\r\n\r\n",
    b"5\r\nhello\r\n",
    b"x" * 300,
    b"\r\n",
    b"HTTP/1.1 200 OK\r\n\r\n",
)
_TRAILERS: Final[Sequence[Head]] = (
    [(b"x-sum", b"1")], [], [(b"content-length", b"5")], [(b"host", b"closed.test")], [(b":path", b"/closed")], [(b"X-Up", b"1")],
    [(b"x-a", b"b\r\nc: d")], [(b"transfer-encoding", b"chunked")], [(b":status", b"200")],
)  # fmt: skip
_ODD: Final = (
    (frames.PING, bytes(8), 0), (frames.SETTINGS, b"", 0), (frames.SETTINGS, b"\0\4\0\0\0\0", 0), (frames.SETTINGS, b"\0\4\0\0\xff\xff", 0),
    (frames.WINDOW_UPDATE, b"\0\0\0\1", 1), (frames.WINDOW_UPDATE, b"\0\0\0\0", 1), (frames.WINDOW_UPDATE, b"\0\1\0\0", 0),
    (frames.GOAWAY, bytes(8), 0), (frames.GOAWAY, b"\0\0\0\1" + bytes(4), 0), (frames.CONTINUATION, b"", 1), (0xEE, b"nobody knows", 1),
    (2, b"\0\0\0\0\1", 1), (frames.PUSH_PROMISE, b"\0\0\0\2", 1), (frames.HEADERS, b"\xff\xff\xff", 1),
)  # fmt: skip
_LENGTHS: Final = (b"0", b"5", b"10", b"48", b"300", b"+5", b"five", b"", b"5, 5", b"05")
_EXTRA: Final[Head] = (
    (b"x-a", b"b"), (b"cookie", b"a=b"), (b"cookie", b"c=d"), (b"te", b"trailers"), (b"accept-encoding", b"gzip"), (b"expect", b"100-continue"),
    *((b"content-length", length) for length in _LENGTHS), (b"transfer-encoding", b"chunked"), (b"connection", b"close"), (b"X-Up", b"a"),
    (b"x-b", b" y "), (b"x-c", b"a\r\nx: y"), (b"x-d", b"caf\xe9"), (b"upgrade", b"websocket"), (b"trailer", b"x-sum"), (b"x e", b"1"), (b"x/e", b"1"), (b"content-length:5", b"1"),
    (b"keep-alive", b"1"), (b"proxy-authorization", b"x"), (b"set-cookie", b"a=b"), (b"location", b"/a"), (b"location", b"/b"), (b"x-f", b"a\0b"),
)  # fmt: skip
REQUESTS: Final[Sequence[Head]] = (
    *(frames.fields(b"good.test", b"/a", method=method) for method in (b"GET", b"POST", b"HEAD", b"PUT", b"OPTIONS")),
    frames.fields(b"good.test", b"/a/../b?c=%41"), frames.fields(b"other.test"), frames.fields(b"good.test", scheme=b"http"),
    frames.fields(b"good.test", method=b"CONNECT"), frames.fields(b"good.test", b"*", method=b"OPTIONS"),
    [*frames.fields(b"good.test", b"/a"), (b"host", b"good.test")], [*frames.fields(b"good.test")[:2], (b":path", b"/"), (b"host", b"good.test")],
    frames.fields(b"good.test")[1:], frames.fields(b"good.test", b"/a b"), frames.fields(b"good.test", b""),
)  # fmt: skip
ANSWERS: Final[Sequence[Head]] = tuple(
    [(b":status", status)] for status in (b"200", b"204", b"304", b"404", b"205", b"103", b"100", b"101", b"20", b"2000", b"421", b"abc", b"")
)  # fmt: skip


def step(kind: int, *choices: int, stream: int = 1) -> bytes:
    """A step of a recipe: for the seeds."""
    return bytes([_KINDS.index(kind) + len(_KINDS) * (stream // 2), *choices])


def said(recipe: bytes, heads: Sequence[Head]) -> bytes:
    """The frames of a recipe, whose heads are among these."""
    choices = iter(recipe)
    return b"".join(_frame(first, choices, heads) for _, first in zip(range(_MOST_FRAMES), choices, strict=False))


def _frame(first: int, choices: Iterator[int], heads: Sequence[Head]) -> bytes:
    kind, stream = _KINDS[first % len(_KINDS)], 1 + 2 * (first // len(_KINDS) % 4)
    if kind in (HEADERS, IN_TWO):
        return _head(kind, stream, choices, heads)
    if kind == RESET:
        return frames.frame(frames.RST_STREAM, b"\0\0\0\x08", 0, stream)
    if kind == ODD:
        frame, payload, on_stream = _chosen(_ODD, choices)
        return frames.frame(frame, payload, 0, stream * on_stream)
    if kind == TRAILERS:
        flags = frames.END_HEADERS | frames.END_STREAM
        return frames.frame(frames.HEADERS, frames.block(_chosen(_TRAILERS, choices)), flags, stream)
    piece, flags = _chosen(_PIECES, choices), next(choices, 0) & frames.END_STREAM
    if kind == PADDED:
        piece, flags = bytes([_PADDING]) + piece + bytes(_PADDING), flags | _PADDED_FLAG
    return frames.frame(frames.DATA, piece, flags, stream)


def _chosen[T](table: Sequence[T], choices: Iterator[int]) -> T:
    return table[next(choices, 0) % len(table)]


def _head(kind: int, stream: int, choices: Iterator[int], heads: Sequence[Head]) -> bytes:
    head = [*_chosen(heads, choices), *(_chosen(_EXTRA, choices) for _ in range(next(choices, 0) % 4))]
    ends, block = next(choices, 0) & frames.END_STREAM, frames.block(head)
    if kind == HEADERS:
        return frames.frame(frames.HEADERS, block, frames.END_HEADERS | ends, stream)
    half = len(block) // 2
    return frames.frame(frames.HEADERS, block[:half], ends, stream) + frames.frame(
        frames.CONTINUATION, block[half:], frames.END_HEADERS, stream
    )
