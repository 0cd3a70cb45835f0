"""What a client of HTTP/1.1 has read, taken apart so that two clients can be compared."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# a page's reference, its link and its time
_CHANGING = re.compile(rb"(?<=>)[A-Z0-9]{2}-[A-Z0-9-]+(?=<)|(?<=/ask/)[^\"]+|[0-9]{2}:[0-9]{2}(?=<)")
_CODE = re.compile(rb"\b[0-9A-Z]{2}-[0-9A-Z]{4}-[0-9A-Z]{2}\b")  # a reference, wherever it stands
_NOT_TOLD = re.compile(rb"<(style|svg).*?</\1>|<[^>]*>|\n", re.DOTALL)


@dataclass(frozen=True)
class Answer:
    """As a client reads it. `whole`: it came to the end that its head announces; None where that is the connection's."""

    status: int
    head: tuple[bytes, ...]
    body: bytes
    whole: bool | None


def read_answers(data: bytes) -> Iterator[Answer]:
    """Take apart what a client has read. An announced length that is followed by an answer at once belongs to HEAD."""
    while data:
        head, end, data = data.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}
        status = int(head[9:12]) if head[9:12].isdigit() else 0
        whole: bool | None = bool(end)
        body = b""
        if fields.get(b"transfer-encoding") == b"chunked" and status != 304:
            body, data, whole = _without_chunks(data)
        elif b"content-length" in fields and not data.startswith(b"HTTP/1."):
            length = int(fields[b"content-length"])
            body, data = data[:length], data[length:]
            whole = len(body) == length or not body
        elif not (b"content-length" in fields or status in (204, 304) or data.startswith(b"HTTP/1.")):
            body, data, whole = data, b"", None
        if b"content-security-policy" in fields:  # a page
            lines = [_CODE.sub(b"", line) for line in lines if not line.lower().startswith(b"content-length:")]
            body = _NOT_TOLD.sub(b" ", _CODE.sub(b"", _CHANGING.sub(b"", body)))
        yield Answer(status, tuple(lines), body, whole)


def _without_chunks(data: bytes) -> tuple[bytes, bytes, bool]:
    body = b""
    while True:
        line, end, rest = data.partition(b"\r\n")
        size = int(line, 16) if end and line else -1
        if size < 0 or len(rest) < size + 2:
            return body + rest if size > 0 else body, b"", False
        body, data = body + rest[:size], rest[size + 2 :]
        if not size:
            return body, data, True
