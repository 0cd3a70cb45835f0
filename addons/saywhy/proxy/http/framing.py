"""How a message is framed where it leaves: one length that every reader finds, whatever framed it when it came in.

What came in is never sent on as it was. Fields for one connection alone are dropped, and with them what they nominate
(RFC 9110 section 7.6.1); the length is written anew: none where there is no body, the announced one where there is one
and it was a number, otherwise chunks (RFC 9112 section 6) or, in HTTP/2, the end of the stream. Whoever sends a body
counts it against its length (`Body`), so that a message that turns out longer or shorter is cut and not misread.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

type Field = tuple[bytes, bytes]
type Fields = tuple[Field, ...]

CHUNKED: Final = -1  # a length that is not known before the end
UNTIL_CLOSED: Final = -2  # the same, for those who know no chunks: the end of the connection is the end of the body
RAW: Final = -3  # no message any more: another protocol (a WebSocket) has the connection

LAST_CHUNK: Final = b"0\r\n\r\n"

# RFC 9110 sections 7.6.1, 10.1.4, 11.7 and 6.6.2; RFC 9112 section 6.1; RFC 7540 section 3.2.1
_OF_ONE_CONNECTION: Final = frozenset({
    b"connection", b"keep-alive", b"proxy-connection", b"proxy-authorization", b"proxy-authenticate",
    b"proxy-authentication-info", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"http2-settings",
})  # fmt: skip
_TAKEN_OUT: Final = _OF_ONE_CONNECTION | {b"content-length"}
# what a trailer must not change afterwards (RFC 9110 section 6.5.1)
_NO_TRAILER: Final = _TAKEN_OUT | {
    b"host", b"cache-control", b"expect", b"max-forwards", b"pragma", b"range", b"authorization", b"set-cookie", b"cookie",
    b"content-encoding", b"content-type", b"content-range", b"location",
}  # fmt: skip
_ABOUT_ITSELF: Final = frozenset({b"keep-alive", b"close"})  # what Connection says that is no field beside it
IDEMPOTENT: Final = frozenset({b"GET", b"HEAD", b"OPTIONS", b"TRACE", b"PUT", b"DELETE", b"PROPFIND", b"REPORT"})
_MEANT_TO_HAVE_A_BODY: Final = frozenset({b"POST", b"PUT", b"PATCH"})  # RFC 9110 section 8.6
NOT_TO_BE_NOMINATED: Final = frozenset({
    b"host", b"content-length", b"transfer-encoding", b"content-encoding", b"content-type", b"content-range",
})  # fmt: skip
_LONGEST_LENGTH: Final = 18  # digits: less than 2^63 in every program
_PHRASES: Final = {status.value: status.phrase.encode() for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class RequestHead:
    """What a request says before its body. `authority` is "" where a Host field names it, `version` as in `HTTP/1.1`."""

    method: bytes
    scheme: bytes
    authority: bytes
    path: bytes
    version: bytes
    fields: Fields

    def all(self, name: bytes) -> list[bytes]:
        """The values of the fields of a name, which is given in lower case."""
        return [value for one, value in self.fields if one.lower() == name]

    def joined(self, name: bytes) -> bytes | None:
        """The values of these fields as one (RFC 9110 section 5.3); None without any."""
        values = self.all(name)
        return b", ".join(values) if values else None


class Body:
    """The body of a message that is being sent. `left` counts down from its length, or says how its end is told."""

    __slots__ = ("left",)

    def __init__(self, length: int) -> None:
        self.left = length

    def piece(self, data: bytes) -> bytes | None:
        """A piece as it is written on an HTTP/1 connection; None where there is more than was announced."""
        if self.left == CHUNKED:
            return b"%x\r\n%b\r\n" % (len(data), data) if data else b""  # an empty piece would be the last chunk
        if self.left >= 0:
            self.left -= len(data)
            if self.left < 0:
                return None
        return data

    @property
    def short(self) -> bool:
        """Whether less has come than was announced."""
        return self.left > 0


def length_of(values: Iterable[bytes]) -> int | None:
    """The length that Content-Length fields announce, in bytes; None without one. Raises ValueError.

    Several, and several in one, are good where they say the same (RFC 9112 section 6.3).
    """
    said = {one.strip(b" \t") for value in values for one in value.split(b",")}
    if not said:
        return None
    (only,) = said if len(said) == 1 else (b"",)
    if not only.isdigit() or len(only) > _LONGEST_LENGTH:
        raise ValueError("the length of the body is no number, or several")
    return int(only)


def nominated(fields: Iterable[Field]) -> frozenset[bytes]:
    """The names of fields that Connection says are for one connection alone, in lower case."""
    values = [value for name, value in fields if name.lower() == b"connection"]
    return frozenset(one.strip(b" \t").lower() for value in values for one in value.split(b",")) - {b""}


def nominates_framing(fields: Iterable[Field]) -> bool:
    """Whether Connection names a field without which the message would be another one."""
    return not NOT_TO_BE_NOMINATED.isdisjoint(nominated(fields))


def end_to_end(fields: Iterable[Field]) -> tuple[list[Field], bytes | None]:
    """The fields that go on, and the value of Content-Length, which does not."""
    kept: list[Field] = []
    length: bytes | None = None
    connection: list[Field] | None = None
    for field in fields:
        name = field[0].lower()
        if name not in _TAKEN_OUT:
            kept.append(field)
        elif name == b"content-length":
            length = field[1]
        elif name == b"connection" and field[1].lower() not in _ABOUT_ITSELF:
            connection = [*(connection or ()), field]
    if connection is not None:
        dropped = nominated(connection)
        kept = [field for field in kept if field[0].lower() not in dropped]
    return kept, length


def trailers(fields: Iterable[Field]) -> list[Field]:
    """The trailers that may go on, with names in lower case."""
    return [(low, value) for name, value in fields if (low := name.lower()) not in _NO_TRAILER and low[:1] != b":"]


def not_beside(fields: Iterable[Field], trailers: Iterable[Field]) -> list[Field]:
    """The trailers that no field of the head is named like: some servers add them to it."""
    named = {name.lower() for name, _ in fields}
    return [field for field in trailers if field[0].lower() not in named]


def asks_for_websocket(head: RequestHead) -> bool:
    """Whether a request begins a WebSocket: GET over HTTP/1.1, without a body (RFC 6455 section 4.1)."""
    return (
        (head.joined(b"upgrade") or b"").lower() == b"websocket"
        and head.method == b"GET"
        and head.version == b"HTTP/1.1"
        and bool(head.all(b"sec-websocket-key"))
        and (head.joined(b"content-length") or b"0") == b"0"
        and not head.all(b"transfer-encoding")
    )


def has_no_body(method: bytes, status: int) -> bool:
    """Whether an answer ends with its head, whatever its fields say (RFC 9110 section 6.4.1)."""
    return status < 200 or status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED) or method.upper() == b"HEAD"


def _request_length(method: bytes, announced: bytes | None, *, body: bool) -> int | None:
    """The length to announce: a number, CHUNKED, or None for a request that neither has a body nor needs to say so."""
    if body:
        length = None if announced is None else length_of([announced])
        return CHUNKED if length is None else length
    return 0 if announced is not None or method in _MEANT_TO_HAVE_A_BODY else None


def http1_request(head: RequestHead, *, body: bool) -> tuple[bytes, Body]:
    """The head of a request as it is sent to an HTTP/1 origin, and the body to come. Raises ValueError."""
    kept, announced = end_to_end(head.fields)
    length = _request_length(head.method, announced, body=body)
    lines = [b"%b %b HTTP/1.1\r\n" % (head.method, head.path)]
    cookies = []
    named = False
    for name, value in kept:
        low = name.lower()
        if low == b"cookie":
            cookies.append(value)
            continue
        named = named or low == b"host"
        lines.append(b"%b: %b\r\n" % (name, value))
    if not named and head.authority:
        lines.insert(1, b"Host: %b\r\n" % head.authority)
    if cookies:  # HTTP/2 has them in pieces (RFC 9113 section 8.2.3)
        lines.append(b"Cookie: %b\r\n" % b"; ".join(cookies))
    if asks_for_websocket(head) and not body:
        lines.append(b"Connection: Upgrade\r\nUpgrade: websocket\r\n")
    lines.append(_length_line(length))
    lines.append(b"\r\n")
    return b"".join(lines), Body(0 if length is None else length)


def http2_request(head: RequestHead, *, body: bool) -> list[Field]:
    """The fields of a request as it is sent to an HTTP/2 origin (RFC 9113 section 8.3.1). Raises ValueError."""
    kept, announced = end_to_end(head.fields)
    host = next((value for name, value in kept if name.lower() == b"host"), b"")
    fields: list[Field] = [(b":method", head.method), (b":scheme", head.scheme), (b":path", head.path)]
    if head.authority or host:
        fields.append((b":authority", head.authority or host))
    fields += [
        (low, value.strip(b" \t"))
        for name, value in kept
        if (low := name.lower()) != b"host" and (value or low != b"cookie")
    ]
    if (head.joined(b"te") or b"").lower() == b"trailers":  # what may be said of it (RFC 9113 section 8.2.2)
        fields.append((b"te", b"trailers"))
    length = _request_length(head.method, announced, body=body)
    if length is not None and length >= 0:
        fields.append((b"content-length", b"%d" % length))
    return fields


def http1_answer(
    status: int, reason: bytes, fields: Fields, method: bytes, *, body: bool, chunks: bool, keeps: bool
) -> tuple[bytes, Body]:
    """The head of an answer as it is sent to an HTTP/1 client, and the body to come. Raises ValueError.

    `chunks`: the client knows them (HTTP/1.1); `keeps`: the connection stays open, if the body's length allows it.
    """
    kept, announced = end_to_end(fields)
    lines = [b"HTTP/1.1 %d %b\r\n" % (status, reason or _PHRASES.get(status, b""))]
    lines += [b"%b: %b\r\n" % field for field in kept]
    length = _answer_length(status, method, announced, body=body)
    if status == HTTPStatus.SWITCHING_PROTOCOLS:
        lines.append(b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        return b"".join(lines), Body(RAW)
    if method.upper() == b"CONNECT" and 200 <= status < 300:  # RFC 9110 section 9.3.6
        return b"".join([*lines, b"\r\n"]), Body(RAW)
    told = length
    if length == CHUNKED and not chunks:
        length = told = UNTIL_CLOSED
        keeps = False
    if has_no_body(method, status):
        length = 0
    if told is not None:
        lines.append(_length_line(told))
    if not keeps:
        lines.append(b"Connection: close\r\n")
    elif not chunks:
        lines.append(b"Connection: keep-alive\r\n")  # HTTP/1.0 wants to be told
    lines.append(b"\r\n")
    return b"".join(lines), Body(0 if length is None else length)


def http2_answer(status: int, fields: Fields, method: bytes, *, body: bool) -> tuple[list[Field], bool]:
    """The fields of an answer as it is sent to an HTTP/2 client, and whether the stream ends with them.

    Raises ValueError.
    """
    kept, announced = end_to_end(fields)
    written: list[Field] = [(b":status", b"%d" % status)]
    written += [(name.lower(), value.strip(b" \t")) for name, value in kept]
    length = _answer_length(status, method, announced, body=body)
    if length is not None and length >= 0:
        written.append((b"content-length", b"%d" % length))
    return written, not body or (has_no_body(method, status) and status >= 200)


def _answer_length(status: int, method: bytes, announced: bytes | None, *, body: bool) -> int | None:
    """The length to announce: a number, CHUNKED, or None where nothing is to be said (RFC 9110 section 8.6)."""
    if status < 200 or status == HTTPStatus.NO_CONTENT:
        return None
    length = None if announced is None else length_of([announced])
    if has_no_body(method, status):
        return length
    if not body or status == HTTPStatus.RESET_CONTENT:
        return 0
    return CHUNKED if length is None else length


def _length_line(length: int | None) -> bytes:
    if length is None or length == UNTIL_CLOSED:
        return b""
    return b"Transfer-Encoding: chunked\r\n" if length == CHUNKED else b"Content-Length: %d\r\n" % length
