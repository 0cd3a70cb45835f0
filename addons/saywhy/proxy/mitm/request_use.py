"""What a request's head says of what is done: whether it reads, writes, or sends a file."""

from typing import Final

from mitmproxy import http

from saywhy.decide.file_signs import media_type
from saywhy.decide.use import READING_METHODS, Use, use_of_request
from saywhy.proxy.mitm.framing import asks_for_websocket

LARGEST_FORM: Final = 262_144  # bytes of a body; what is longer, or of no known length, counts as a file
# What forms and programs of pages send: nobody's file. Beside these: +json and +xml (RFC 6839).
_OF_FORMS: Final = frozenset(
    {
        "application/x-www-form-urlencoded",
        "application/json",
        "application/graphql",
        "application/graphql-response+json",
        "application/xml",
        "application/x-ndjson",
        "application/csp-report",
        "application/x-protobuf",
        "application/grpc-web",
        "application/grpc-web+proto",
        "application/grpc-web-text",
        "text/plain",
        "text/xml",
    }
)
# How other methods are asked for where only GET and POST pass; some servers heed it for any method.
_OVERRIDES: Final = ("x-http-method-override", "x-http-method", "x-method-override")


def use_of(request: http.Request) -> Use:
    """The use that a request makes of its address, by its head alone."""
    headers = request.headers
    length = headers.get("content-length", "")
    unknown = "transfer-encoding" in headers
    body = unknown or (bool(length) and length.strip() != "0")
    method = request.method.upper()
    if method in READING_METHODS and not body:
        overridden = next((headers[name] for name in _OVERRIDES if name in headers), "GET")
        carries = overridden.strip().upper() not in READING_METHODS or asks_for_websocket(request)
        return use_of_request(method, carries=carries)
    return use_of_request(method, uploads=_is_file(request, length, unknown=unknown, body=body), carries=True)


def _is_file(request: http.Request, length: str, *, unknown: bool, body: bool) -> bool:
    """Whether the body is a file, or may hold one: a form with files in it, a file's type, or more than a form has."""
    headers = request.headers
    if "content-range" in headers or "upload-offset" in headers or "upload-length" in headers:  # resumable uploads
        return True
    if "filename" in headers.get("content-disposition", "").lower():
        return True
    kind = media_type(headers.get("content-type", ""))
    if not body and not request.is_http2:
        return False
    if request.is_http2 and not length:  # whether anything comes is not known yet
        return bool(kind) and kind not in _OF_FORMS and not kind.endswith(("+json", "+xml"))
    if unknown or not length.strip().isdecimal() or int(length) > LARGEST_FORM:
        return True
    return kind not in _OF_FORMS and not kind.endswith(("+json", "+xml"))
