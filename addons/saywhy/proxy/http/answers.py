"""The answer of an HTTP/1 origin, read as Chromium reads it: generously in form, exactly in length.

Servers have said odd things for thirty years and browsers have learned to read them; a filter that did not would break
sites that are allowed. Nothing odd is passed on: of what was read a clean head is written (`framing`). The rules are
those of Chromium's net/http (HttpStreamParser, HttpResponseHeaders, HttpUtil, HttpChunkedDecoder): up to four bytes
before the status line, any version, a line without a name is no field, and of two lengths that differ none is believed.
"""

import re
from dataclasses import dataclass
from typing import Final

import h11
from h11._receivebuffer import ReceiveBuffer

from saywhy.proxy.http.framing import CHUNKED, NOT_TO_BE_NOMINATED, UNTIL_CLOSED, Field, has_no_body, length_of
from saywhy.proxy.http.heads import FIELDS, PLAIN_LENGTH, HeadError

HEAD_CUT_SHORT: Final = "the head of the answer is cut short"
MOST_HEAD: Final = 262_144  # bytes; what Chromium takes
_MOST_LINE: Final = 16_384  # bytes of the line before a chunk
_MOST_TRAILERS: Final = 65_536
_SLOP: Final = 4  # bytes that may stand before the status line
_SHORTEST: Final = _SLOP + 4  # bytes that tell whether there is one

_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_END: Final = re.compile(rb"\n\r?\n")
_LINES: Final = re.compile(rb"[\r\n]+")
_STATUS: Final = re.compile(rb"http(?:/([0-9]+)\.([0-9]+))?[^ ]*(?: +([0-9]+)(.*))?", re.IGNORECASE | re.DOTALL)
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_SIZE: Final = re.compile(rb"[0-9A-Fa-f]+")
_LARGEST_SIZE: Final = 15  # digits
_PLAIN: Final = re.compile(rb"HTTP/1\.1 ([1-9][0-9][0-9])((?: [\t\x20-\x7e\x80-\xff]*)?)\r\n(" + FIELDS + rb")\r\n")
_OF_CONNECTION: Final = frozenset({b"", b"keep-alive", b"close"})
_WRITTEN_ANEW: Final = frozenset({b"content-length", b"keep-alive"})
_COUNTING: Final = frozenset({
    b"connection", b"transfer-encoding", b"content-length", b"location", b"content-disposition", b"keep-alive", b"close",
})  # fmt: skip
_ONE_VALUE: Final = frozenset({b"location", b"content-disposition"})  # two that differ were slipped in by somebody


@dataclass(frozen=True, slots=True)
class AnswerHead:
    """What the head of an answer says. `keeps`: the origin leaves its connection open.

    Of Content-Length the fields hold the one that counts, as a plain number, or none, and nothing that Connection names.
    """

    status: int
    reason: bytes
    fields: tuple[Field, ...]
    keeps: bool
    chunked: bool
    length: int | None

    def all(self, name: bytes) -> list[bytes]:
        """The values of the fields of a name, which is given in lower case."""
        return _all(self.fields, name)

    def body_length(self, method: bytes) -> int:
        """How many bytes of body follow, CHUNKED or UNTIL_CLOSED (RFC 9112 section 6.3)."""
        if has_no_body(method, self.status):
            return 0
        if self.chunked:
            return CHUNKED
        return UNTIL_CLOSED if self.length is None else self.length


def read_answer(head: bytes) -> AnswerHead:
    """Read a head: everything up to its empty line. Raises HeadError."""
    return _read_plain(head) or _read_generously(head)


def _read_generously(head: bytes) -> AnswerHead:
    if b"\0" in head:
        raise HeadError(502, "the head of the answer holds a zero byte")
    first, *rest = [line for line in _LINES.split(head) if line] or [b""]
    found = _STATUS.match(first)
    if found is None:
        raise HeadError(502, "the answer does not begin as an answer of HTTP does")
    major, minor, code, reason = found.groups()
    status = int(code[:4]) if code else 200
    if not 100 <= status <= 999:
        raise HeadError(502, "the answer has no status that is a number of three digits")
    fields = _fields(rest)
    since_1_1 = major is not None and (int(major[:9]), int(minor[:9])) >= (1, 1)
    connection = {one for value in _all(fields, b"connection") for one in _words(value)}
    codings = [one for value in _all(fields, b"transfer-encoding") for one in _words(value)]
    chunked = since_1_1 and b"chunked" in codings
    length = None if chunked else _length(fields)
    return AnswerHead(
        status,
        _CONTROL.sub(b"", (reason or b"").strip()),
        _that_go_on(fields, length, connection),
        b"close" not in connection and (since_1_1 or b"keep-alive" in connection),
        chunked,
        length,
    )


def _read_plain(head: bytes) -> AnswerHead | None:
    """A head with nothing odd about it, as nearly all are, read in one go: to the same as `_read_generously` would."""
    matched = _PLAIN.fullmatch(head)
    if matched is None:
        return None
    fields: list[Field] = []
    said: dict[bytes, bytes] = {}
    for line in matched[3].split(b"\r\n")[:-1]:
        name, _, value = line.partition(b":")
        low, value = name.lower(), value.strip(b" \t")
        if low in _COUNTING:
            if low in said:
                return None
            said[low] = value
        if low not in _WRITTEN_ANEW:
            fields.append((name, value))
    connection, coding = said.get(b"connection", b"").lower(), said.get(b"transfer-encoding")
    length = said.get(b"content-length")
    if b"close" in said or (b"keep-alive" in said and connection != b"keep-alive"):
        return None  # a field of that name
    if connection not in _OF_CONNECTION or (coding is not None and coding.lower() != b"chunked"):
        return None
    if length is not None and PLAIN_LENGTH.fullmatch(length) is None:
        return None
    number = None if length is None or coding is not None else int(length)
    if number is not None:
        fields.append((b"Content-Length", b"%d" % number))
    keeps = connection != b"close"
    return AnswerHead(int(matched[1]), matched[2].strip(), tuple(fields), keeps, coding is not None, number)


def _fields(lines: list[bytes]) -> tuple[Field, ...]:
    fields: list[Field] = []
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            if fields and (more := line.strip(b" \t")):
                fields[-1] = (fields[-1][0], (fields[-1][1] + b" " + more).strip())
            continue
        name, colon, value = line.partition(b":")
        name = name.rstrip(b" \t")
        fields.append((name if colon and _TOKEN.fullmatch(name) else b"", value.strip(b" \t")))
    kept = tuple((name, value) for name, value in fields if name and not _CONTROL.search(value))
    for wanted in _ONE_VALUE:
        if len(set(_all(kept, wanted))) > 1:
            raise HeadError(502, f"the answer has several {wanted.decode()} fields that differ")
    return kept


def _length(fields: tuple[Field, ...]) -> int | None:
    values = [one for value in _all(fields, b"content-length") for one in _words(value) or [b""]]
    if len(set(values)) > 1:
        raise HeadError(502, "the answer announces several lengths that differ")
    try:
        return length_of(value.lstrip(b"0") or value[:1] for value in values)
    except ValueError:
        return None  # a browser reads on until the connection closes


def _that_go_on(fields: tuple[Field, ...], length: int | None, nominated: set[bytes]) -> tuple[Field, ...]:
    dropped = (nominated - NOT_TO_BE_NOMINATED - {b"upgrade"}) | {b"content-length"}
    kept = tuple(field for field in fields if field[0].lower() not in dropped)
    return kept if length is None else (*kept, (b"Content-Length", b"%d" % length))


def _all(fields: tuple[Field, ...], wanted: bytes) -> list[bytes]:
    return [value for name, value in fields if name.lower() == wanted]


def _words(value: bytes) -> list[bytes]:
    return [word for one in value.lower().split(b",") if (word := one.strip(b" \t"))]


class AnswerBuffer(ReceiveBuffer):
    """What an origin has sent. Interim answers (1xx) are passed over, except a switch of protocols."""

    def __init__(self) -> None:
        super().__init__()
        self._looked = 0

    def next_answer(self) -> AnswerHead | None:
        """The head of the next answer, once it is whole. Raises HeadError."""
        while (head := self._next_head()) is not None:
            answer = read_answer(head)
            if answer.status >= 200 or answer.status == 101:
                return answer
        return None

    def _next_head(self) -> bytes | None:
        data = self._data
        start = bytes(data[:_SHORTEST]).lower().find(b"http")
        if start < 0 or start > _SLOP:
            if len(data) >= _SHORTEST:
                raise HeadError(502, "the answer does not begin as an answer of HTTP does")
            return None
        found = _END.search(data, max(start, self._looked))
        if found is None or found.end() > MOST_HEAD:
            if len(data) > MOST_HEAD:
                raise HeadError(502, f"the head of the answer is longer than {MOST_HEAD} bytes")
            self._looked = max(0, len(data) - 3)
            return None
        self._looked = 0
        return bytes(self._extract(found.end()))[start:]


class AnswerChunks:
    """Takes a body in chunks apart, as h11's readers do: called with the buffer, gives an h11 event or None."""

    def __init__(self) -> None:
        self._left = 0
        self._after_chunk = False
        self._last = False
        self._trailers = 0

    def __call__(self, buffer: ReceiveBuffer) -> h11.Event | None:
        """The next piece, the end, or None while more has to come. Raises h11.RemoteProtocolError."""
        while not self._left:
            line = _line(buffer)
            if line is None:
                return None
            if self._last:
                self._trailers += len(line)
                if self._trailers > _MOST_TRAILERS:
                    raise h11.RemoteProtocolError("the trailers are too long")
                if not line:
                    return h11.EndOfMessage()
            elif self._after_chunk:
                if line:
                    raise h11.RemoteProtocolError("a chunk is longer than it said")
                self._after_chunk = False
            else:
                self._left = _size(line)
                self._last = not self._left
                self._after_chunk = not self._last
        data = buffer.maybe_extract_at_most(self._left)
        if data is None:
            return None
        self._left -= len(data)
        return h11.Data(data=bytes(data))

    def read_eof(self) -> h11.Event:
        """The connection has closed. Raises h11.RemoteProtocolError: the last chunk is missing."""
        raise h11.RemoteProtocolError("the connection closed before the last chunk")


def _line(buffer: ReceiveBuffer) -> bytes | None:
    """The next line without its end, which may be a line feed alone."""
    data = buffer._data  # noqa: SLF001 — h11's buffer finds no line that ends so
    end = data.find(b"\n", 0, _MOST_LINE)
    if end < 0:
        if len(data) >= _MOST_LINE:
            raise h11.RemoteProtocolError("the line before a chunk is too long")
        return None
    return bytes(buffer._extract(end + 1)).removesuffix(b"\n").removesuffix(b"\r")  # noqa: SLF001


def _size(line: bytes) -> int:
    size = line.partition(b";")[0].rstrip(b" ")
    if _SIZE.fullmatch(size) is None or len(size.lstrip(b"0")) > _LARGEST_SIZE:
        raise h11.RemoteProtocolError("the line before a chunk is malformed")
    return int(size, 16)
