"""What a request's head says of what is done: whether it reads, writes, or sends a file."""

from typing import Final

from mitmproxy import http

from saywhy.decide.file_signs import media_types
from saywhy.decide.use import READING_METHODS, Use, use_of_request
from saywhy.proxy.mitm.request_head import begins_websocket

LARGEST_FORM: Final = 262_144  # bytes of a body; what is longer, or of no known length, counts as a file
# What forms and programs of pages send: nobody's file. Beside these: what is JSON, XML or CBOR (RFC 6839, RFC 8949).
_OF_FORMS: Final = frozenset({
    "application/x-www-form-urlencoded", "application/json", "application/graphql", "application/xml",
    "application/cbor", "application/x-ndjson", "application/ndjson", "application/json-seq",
    "application/csp-report", "application/json+protobuf", "application/protobuf", "application/x-protobuf",
    "application/vnd.google.protobuf", "application/proto", "application/msgpack", "application/x-msgpack",
    "application/vnd.msgpack", "application/x-amz-json-1.0", "application/x-amz-json-1.1", "application/x-thrift",
    "application/vnd.apache.thrift.binary", "application/sparql-query", "application/ocsp-request",
    "application/dns-message", "application/sdp", "application/trickle-ice-sdpfrag", "application/jwt",
    "application/jose", "text/plain", "text/xml", "text/json", "text/ping", "text/x-gwt-rpc",
})  # fmt: skip
_OF_STRUCTURES: Final = ("+json", "+xml", "+cbor")
_OF_CALLS: Final = (
    "application/grpc",
    "application/connect+",
)  # gRPC, gRPC-Web and Connect, with any coding of messages
# How other methods are asked for where only GET and POST pass; some servers heed it for any method.
_OVERRIDES: Final = ("x-http-method-override", "x-http-method", "x-method-override")
# Fields of a request that begins or goes on with a resumable upload: RFC 9110 section 14.4; tus 1.0; the draft of the IETF
# (draft-ietf-httpbis-resumable-upload); Google's two protocols.
_OF_UPLOADS: Final = frozenset({
    "content-range", "upload-offset", "upload-length", "upload-complete", "upload-incomplete",
    "upload-draft-interop-version", "x-goog-upload-command", "x-goog-upload-protocol", "x-goog-resumable",
    "x-upload-content-type", "x-upload-content-length",
})  # fmt: skip


def use_of(request: http.Request) -> Use:
    """The use that a request makes of its address, by its head alone."""
    headers = request.headers
    length = headers.get("content-length", "")
    unknown = "transfer-encoding" in headers or (request.is_http2 and not length and not ends_with_head(request))
    body = unknown or (bool(length) and _length(length) != 0)
    method = request.method.upper()
    if method in READING_METHODS and not body:
        overridden = [one.strip().upper() for name in _OVERRIDES for one in headers.get_all(name)]
        carries = not READING_METHODS.issuperset(overridden) or begins_websocket(request)
        return use_of_request(method, carries=carries)
    return use_of_request(method, uploads=_is_file(request, length, unknown=unknown, body=body), carries=True)


def end_with_head(request: http.Request) -> None:
    """Say that nothing comes after the head: HTTP/2 tells it with the head, not by a length."""
    request.timestamp_end = request.timestamp_start


def ends_with_head(request: http.Request) -> bool:
    """Whether nothing comes after the head, or all has come."""
    return request.timestamp_end is not None


def _is_file(request: http.Request, length: str, *, unknown: bool, body: bool) -> bool:
    """Whether the body is a file, or may hold one: a form with files in it, a file's type, or more than a form has."""
    headers = request.headers
    if any(name in headers for name in _OF_UPLOADS):
        return True
    if "filename" in headers.get("content-disposition", "").lower():
        return True
    if not body:
        return False
    announced = _length(length)
    if unknown or announced is None or announced > LARGEST_FORM:
        return True
    types = media_types(headers.get_all("content-type"))
    return not types or not all(map(_of_forms, types))


def _length(header: str) -> int | None:
    """The bytes that a Content-Length announces; None where it is no number."""
    said = header.strip(" \t")
    return int(said) if said.isascii() and said.isdecimal() else None


def _of_forms(kind: str) -> bool:
    """Whether forms and programs of pages send this media type. `image/svg+xml` and the like are files."""
    return kind in _OF_FORMS or (
        kind.startswith("application/") and (kind.endswith(_OF_STRUCTURES) or kind.startswith(_OF_CALLS))
    )
