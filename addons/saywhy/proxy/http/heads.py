"""The head of an HTTP/1 message, byte by byte: what two programs could read in two ways is refused as it comes in.

RFC 9112 lets a recipient be lenient (bare line feeds, other blanks between the words of a request line, folded
lines); leniency is where the filter and a server begin to read differently, so there is none here for requests.
Answers of origins are read as browsers read them (`answers`), and written anew.
"""

import re
from typing import Final

from h11 import LocalProtocolError
from h11._receivebuffer import ReceiveBuffer  # mitmproxy's own reader is built on it

from saywhy.proxy.http.framing import CHUNKED, Fields, length_of, nominates_framing

MOST_REQUEST_HEAD: Final = 65_536  # bytes; servers take 8 to 64 KiB
_MOST_CHUNK_LINE: Final = 4_096  # bytes, extensions included

TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # RFC 9110 section 5.6.2
FIELDS: Final = rb"(?:" + TOKEN + rb":[\t\x20-\x7e\x80-\xff]*\r\n)*"
_REQUEST: Final = re.compile(TOKEN + rb" [\x21-\x7e\x80-\xff]+ HTTP/1\.[01]\r\n" + FIELDS + rb"\r\n")
_TRAILERS: Final = re.compile(FIELDS + rb"\r\n")
_CHUNK_LINE: Final = re.compile(rb"[0-9A-Fa-f]{1,15}(?:[\t ]*;[\t\x20-\x7e\x80-\xff]*|[\t ]*)\r\n")
PLAIN_LENGTH: Final = re.compile(rb"0|[1-9][0-9]{0,17}")  # less than 2^63 in every program
END_OF_HEAD: Final = re.compile(rb"\n\r?\n")
_BEGINS_REQUEST: Final = re.compile(TOKEN[:-1])
_HOST: Final = re.compile(rb"\r\nhost:", re.IGNORECASE)
_BODY: Final = re.compile(rb"\r\n(?:transfer-encoding:|content-length:(?![\t ]*0[\t ]*\r))", re.IGNORECASE)
_BARE_LINE_FEED: Final = re.compile(rb"(?<!\r)\n")
_ONLY_IN_CAPITALS: Final = (b"HEAD ", b"CONNECT ")


class HeadError(ValueError):
    """A head that is not taken. `status` is what to answer a client (RFC 9110, RFC 6585); the text says why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def check_request_head(head: bytes) -> None:
    """Raise HeadError unless the bytes, from the first letter to the empty line, are one request's head."""
    if len(head) > MOST_REQUEST_HEAD:
        raise HeadError(431, f"the head of the request is longer than {MOST_REQUEST_HEAD} bytes")
    if _REQUEST.fullmatch(head) is None:
        raise HeadError(400, _what_is_wrong(head))
    start = head[:8].upper()
    if start.startswith(_ONLY_IN_CAPITALS) and not head.startswith(_ONLY_IN_CAPITALS):
        raise HeadError(400, "the method is not written in capitals")  # or one counts a body where the other does not
    if len(_HOST.findall(head)) > 1:
        raise HeadError(400, "there are several Host headers")
    if start == b"CONNECT " and _BODY.search(head) is not None:
        raise HeadError(400, "a request for a tunnel announces a body")


def _what_is_wrong(head: bytes) -> str:
    if _BARE_LINE_FEED.search(head) is not None:
        return "a line of the head ends without a return"
    if re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)", head) is not None:
        return "the head holds control characters"
    if _REQUEST.fullmatch(head.partition(b"\r\n")[0] + b"\r\n\r\n") is None:
        return "the first line is not that of an HTTP/1.1 request"
    return "a line of the head is no header"


def request_length(fields: Fields, version: bytes) -> int:
    """How many bytes of body follow the head of an HTTP/1 request, or CHUNKED. Raises HeadError.

    Only what every server reads alike is taken: one length, or chunks and nothing else (RFC 9112 sections 6.1 and 6.3).
    """
    codings = [value for name, value in fields if name.lower() == b"transfer-encoding"]
    lengths = [value for name, value in fields if name.lower() == b"content-length"]
    if nominates_framing(fields):
        raise HeadError(400, "Connection names a header that frames the request")
    if codings:
        if lengths or len(codings) > 1 or codings[0].strip(b" \t").lower() != b"chunked":
            raise HeadError(400, "the body is framed in more than one way, or in one that is not chunks")
        if version != b"HTTP/1.1":
            raise HeadError(400, "chunks need HTTP/1.1")
        return CHUNKED
    if len(lengths) > 1 or any(b"," in value for value in lengths):
        raise HeadError(400, "there are several Content-Length headers")
    try:
        return length_of(lengths) or 0
    except ValueError as error:
        raise HeadError(400, str(error)) from None


class HeadBuffer(ReceiveBuffer):
    """What has come in on an HTTP/1 connection. Heads come out of it checked, trailers not at all."""

    def __init__(self) -> None:
        super().__init__()
        self.reads_head = True
        self._looked = 0

    def maybe_extract_next_line(self) -> bytearray | None:
        """The line before a chunk."""
        line = super().maybe_extract_next_line()
        if line is None:
            if len(self._data) > _MOST_CHUNK_LINE:
                raise LocalProtocolError("the line before a chunk is too long")
        elif len(line) > _MOST_CHUNK_LINE or _CHUNK_LINE.fullmatch(line) is None:
            raise LocalProtocolError("the line before a chunk is malformed")
        return line

    def maybe_extract_lines(self) -> list[bytearray] | None:
        """The lines of a whole head; in a body its trailers, which are dropped (RFC 9110 section 6.5.1 lets us)."""
        if self.reads_head:
            head = self._next_head()
            return None if head is None else bytearray(head)[:-4].split(b"\r\n")
        if self._data[:2] == b"\r\n":
            self._extract(2)
            return []
        trailers = self._up_to_empty_line(MOST_REQUEST_HEAD)
        if trailers is None and len(self._data) <= MOST_REQUEST_HEAD:
            return None
        if trailers is None or _TRAILERS.fullmatch(trailers) is None:
            raise LocalProtocolError("the trailers are malformed")
        return []

    def _next_head(self) -> bytes | None:
        raise NotImplementedError

    def _up_to_empty_line(self, most: int) -> bytes | None:
        """Everything up to and with the empty line, if it has come and is not longer than that."""
        found = END_OF_HEAD.search(self._data, self._looked)
        if found is None or found.end() > most:
            self._looked = max(0, len(self._data) - 2)
            return None
        self._looked = 0
        return bytes(self._extract(found.end()))


class RequestBuffer(HeadBuffer):
    """What a client has sent."""

    def _next_head(self) -> bytes | None:
        while self._data[:2] == b"\r\n":  # RFC 9112 section 2.2: empty lines before a request are passed over
            self._extract(2)
        if self._data and self._data != b"\r" and _BEGINS_REQUEST.match(self._data) is None:
            raise HeadError(400, "this does not begin as a request does")
        head = self._up_to_empty_line(MOST_REQUEST_HEAD)
        if head is not None:
            check_request_head(head)
        elif len(self._data) > MOST_REQUEST_HEAD:
            raise HeadError(431, f"the head of the request is longer than {MOST_REQUEST_HEAD} bytes")
        return head
