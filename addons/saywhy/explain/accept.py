"""What kind of answer a client can use: by what it will be used for, by what is accepted, by the path's extension."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

_LONGEST: Final = 4096  # what is longer than any client's Accept header is read no further


class Shape(StrEnum):
    """The shapes that an answer can have."""

    PAGE = "page"
    CARD = "card"  # stands in a frame, which may be small
    PROBLEM = "problem"
    TEXT = "text"
    IMAGE = "image"
    STYLE = "style"
    SCRIPT = "script"
    NOTE = "note"  # a line that nobody is shown but who looks for it: of fonts, films, sounds
    GRPC = "grpc"
    GRPC_WEB = "grpc-web"


# Fetch Metadata: Sec-Fetch-Dest (https://fetch.spec.whatwg.org/#concept-request-destination)
_BY_DESTINATION: Final = {
    "document": Shape.PAGE,
    **dict.fromkeys(("iframe", "frame", "object", "embed", "fencedframe"), Shape.CARD),
    **dict.fromkeys(("json", "manifest", "report", "webidentity", "websocket", "webtransport"), Shape.PROBLEM),
    **dict.fromkeys(("image",), Shape.IMAGE),
    **dict.fromkeys(("style", "xslt"), Shape.STYLE),
    **dict.fromkeys(
        ("script", "worker", "sharedworker", "serviceworker", "audioworklet", "paintworklet"), Shape.SCRIPT
    ),
    **dict.fromkeys(("audio", "video", "track", "font"), Shape.NOTE),
}
_SCRIPTS: Final = ("javascript", "ecmascript")
_BY_KIND: Final = {
    "image": Shape.IMAGE,
    "video": Shape.NOTE,
    "audio": Shape.NOTE,
    "font": Shape.NOTE,
}
_BY_EXTENSION: Final = {
    **dict.fromkeys((".json", ".geojson", ".map", ".webmanifest"), Shape.PROBLEM),
    **dict.fromkeys(
        (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg", ".ico", ".bmp", ".jxl", ".heic"), Shape.IMAGE
    ),
    ".css": Shape.STYLE,
    **dict.fromkeys((".js", ".mjs"), Shape.SCRIPT),
    **dict.fromkeys((".mp4", ".webm", ".m4v", ".mov", ".mp3", ".m4a", ".ogg", ".oga", ".wav", ".flac"), Shape.NOTE),
    **dict.fromkeys((".m3u8", ".mpd", ".ts", ".m4s", ".vtt"), Shape.NOTE),
    **dict.fromkeys((".woff", ".woff2", ".ttf", ".otf", ".eot"), Shape.NOTE),
    ".txt": Shape.TEXT,
}


def shape_for(accept: str, destination: str | None, path: str, content_type: str = "") -> Shape:
    """The shape of answer for a request: Accept and Sec-Fetch-Dest as they came, the URL's path, the type of what is sent.

    What speaks gRPC understands nothing else (its "PROTOCOL-HTTP2", and "PROTOCOL-WEB" for browsers). A fetch by a program (destination "empty") gets a problem, unless it prefers something else. `*/*` says nothing, so
    the path's extension decides then, and a page where it tells nothing either.
    """
    sent = content_type[:_LONGEST].lower()
    if sent.startswith("application/grpc"):
        return Shape.GRPC_WEB if sent.startswith("application/grpc-web") else Shape.GRPC
    used_for = (destination or "").strip().lower()
    if used_for in _BY_DESTINATION:
        return _BY_DESTINATION[used_for]
    for media_type in _preferred(accept):
        shape = _of_media_type(media_type)
        if shape is not None:
            return shape
    by_path = _BY_EXTENSION.get(PurePosixPath(path).suffix.lower())
    if by_path is not None:
        return by_path
    return Shape.PROBLEM if used_for == "empty" else Shape.PAGE


def destination_of(headers: Mapping[str, str]) -> str | None:
    """What an answer is for: Sec-Fetch-Dest, or a WebSocket where a request without it asks to become one."""
    said = headers.get("sec-fetch-dest")
    asks = said is None and headers.get("upgrade", "").strip().lower() == "websocket"
    return "websocket" if asks else said


def takes_svg(accept: str, path: str) -> bool:
    """Whether a drawing is understood where a picture was asked for: it is named, or the path ends in .svg."""
    return "image/svg+xml" in _preferred(accept) or path.lower().endswith(".svg")


def _preferred(accept: str) -> list[str]:
    """The media ranges that are accepted, best first (RFC 9110 section 12.5.1), without parameters."""
    parsed = parse_accept_header(accept[:_LONGEST], MIMEAccept)
    ranges = [(name.split(";", 1)[0].strip().lower(), quality) for name, quality in parsed if quality > 0]
    return [name for name, _ in sorted(ranges, key=lambda one: -one[1])]


def _of_media_type(name: str) -> Shape | None:
    kind, _, subtype = name.partition("/")
    if name in ("text/html", "application/xhtml+xml", "text/*"):
        return Shape.PAGE
    # an event stream ends with a status that is no success, whatever comes; who looks reads why
    if subtype in ("json", "x-ndjson", "event-stream") or subtype.endswith("+json") or name == "application/*":
        return Shape.PROBLEM
    if subtype == "css":
        return Shape.STYLE
    if subtype.endswith(_SCRIPTS):
        return Shape.SCRIPT
    if name == "text/plain":
        return Shape.TEXT
    return _BY_KIND.get(kind) if subtype else None
