"""What kind of answer a client can use: by what it will be used for, by what is accepted, by the path's extension."""

from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

_LONGEST: Final = 4096  # what is longer than any client's Accept header is read no further


class Shape(StrEnum):
    """The shapes that an answer can have."""

    PAGE = "page"
    PROBLEM = "problem"
    TEXT = "text"
    IMAGE = "image"
    STYLE = "style"
    SCRIPT = "script"
    EMPTY = "empty"


# Fetch Metadata: Sec-Fetch-Dest (https://fetch.spec.whatwg.org/#concept-request-destination)
_BY_DESTINATION: Final = {
    **dict.fromkeys(("document", "iframe", "frame", "object", "embed", "fencedframe"), Shape.PAGE),
    **dict.fromkeys(("json", "manifest", "report", "webidentity"), Shape.PROBLEM),
    **dict.fromkeys(("image",), Shape.IMAGE),
    **dict.fromkeys(("style", "xslt"), Shape.STYLE),
    **dict.fromkeys(
        ("script", "worker", "sharedworker", "serviceworker", "audioworklet", "paintworklet"), Shape.SCRIPT
    ),
    **dict.fromkeys(("audio", "video", "track", "font"), Shape.EMPTY),
}
_FRAMES: Final = frozenset({"iframe", "frame", "object", "embed", "fencedframe"})
_SCRIPTS: Final = ("javascript", "ecmascript")
_BY_KIND: Final = {
    "image": Shape.IMAGE,
    "video": Shape.EMPTY,
    "audio": Shape.EMPTY,
    "font": Shape.EMPTY,
}
_BY_EXTENSION: Final = {
    **dict.fromkeys((".json", ".geojson", ".map", ".webmanifest"), Shape.PROBLEM),
    **dict.fromkeys(
        (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg", ".ico", ".bmp", ".jxl", ".heic"), Shape.IMAGE
    ),
    ".css": Shape.STYLE,
    **dict.fromkeys((".js", ".mjs"), Shape.SCRIPT),
    **dict.fromkeys((".mp4", ".webm", ".m4v", ".mov", ".mp3", ".m4a", ".ogg", ".oga", ".wav", ".flac"), Shape.EMPTY),
    **dict.fromkeys((".m3u8", ".mpd", ".ts", ".m4s", ".vtt"), Shape.EMPTY),
    **dict.fromkeys((".woff", ".woff2", ".ttf", ".otf", ".eot"), Shape.EMPTY),
    ".txt": Shape.TEXT,
}


def shape_for(accept: str, destination: str | None, path: str) -> Shape:
    """The shape of answer for a request: the values of Accept and Sec-Fetch-Dest as they came, and the URL's path.

    A fetch by a program (destination "empty") gets a problem, unless it prefers something else. `*/*` says nothing, so
    the path's extension decides then, and a page where it tells nothing either.
    """
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


def is_frame(destination: str | None) -> bool:
    """Whether the answer will stand inside another page."""
    return (destination or "").strip().lower() in _FRAMES


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
    if subtype in ("json", "x-ndjson") or subtype.endswith("+json") or name == "application/*":
        return Shape.PROBLEM
    if subtype == "css":
        return Shape.STYLE
    if subtype.endswith(_SCRIPTS):
        return Shape.SCRIPT
    if name in ("text/plain", "text/event-stream"):
        return Shape.TEXT
    return _BY_KIND.get(kind) if subtype else None
