"""A refusal as gRPC tells it: a status and a message, where HTTP itself has succeeded.

Over HTTP/2 both stand in the head, with which the answer ends ("Trailers-Only", gRPC's PROTOCOL-HTTP2). For browsers they are a
message of their own at the end of the body (PROTOCOL-WEB), in base64 where the client asked for text.
"""

import struct
from base64 import b64encode
from typing import Final
from urllib.parse import quote

OK: Final = 200  # of HTTP
_PERMISSION_DENIED: Final = 7
_UNAVAILABLE: Final = 14
_INTERNAL: Final = 13
_BY_STATUS: Final = {
    403: _PERMISSION_DENIED,
    400: _INTERNAL,
}  # as gRPC's http-grpc-status-mapping; others may come right
_PLAIN: Final = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")
_TRAILERS: Final = 0x80  # the flag of a message that holds trailers
_LONGEST: Final = 1000  # characters of a message: heads are bounded everywhere


def status_fields(status: int, message: str) -> dict[str, str]:
    """The fields that tell it, by the status that HTTP would have had; the message is percent-encoded UTF-8."""
    told = quote(" ".join(message.split())[:_LONGEST], safe=_PLAIN)
    return {"grpc-status": f"{_BY_STATUS.get(status, _UNAVAILABLE)}", "grpc-message": told}


def web_body(content_type: str, status: int, message: str) -> bytes:
    """The same as the body of an answer to a browser: one message of trailers."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in status_fields(status, message).items()).encode("ascii")
    body = struct.pack(">BI", _TRAILERS, len(fields)) + fields
    return b64encode(body) if _is_text(content_type) else body


def answered_with(content_type: str) -> str:
    """The type of the answer to a request of this type."""
    if not content_type.lower().startswith("application/grpc-web"):
        return "application/grpc"
    return "application/grpc-web-text" if _is_text(content_type) else "application/grpc-web"


def _is_text(content_type: str) -> bool:
    return content_type.lower().startswith("application/grpc-web-text")
