"""The answer that takes the place of what was asked for, in a shape that the client can use."""

import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from saywhy.explain.accept import Shape, is_frame, shape_for, takes_svg
from saywhy.explain.explanation import Explanation, Kind
from saywhy.explain.problem import STATUS, problem_details
from saywhy.explain.render import PageRenderer

# One transparent pixel: programs that asked for a picture get one
_PIXEL: Final = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
# Presentation attributes, not styles: the strict policy holds when the picture is opened by itself
_DRAWING: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 90" role="img" aria-label="{label}">'
    "<title>{label}</title>"
    '<rect width="160" height="90" rx="6" fill="#f4f1ea"/>'
    '<rect x="1" y="1" width="158" height="88" rx="5" fill="none" stroke="#8b8574"/>'
    '<path d="M68 60V26a4 4 0 0 1 4-4h16a4 4 0 0 1 4 4v34M62 60h36" fill="none" stroke="#1b5e73" stroke-width="3" '
    'stroke-linecap="round"/><circle cx="87" cy="42" r="1.8" fill="#1b5e73"/>'
    '<text x="80" y="77" font-family="sans-serif" font-size="8" text-anchor="middle" fill="#20283a">{label}</text>'
    "</svg>"
)
_PLAIN: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP response. `headers` do not hold Content-Type, which is `content_type`, nor a length."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str]
    shape: Shape = Shape.PAGE


@dataclass(frozen=True, slots=True)
class Telling:
    """How something is told in each shape. Only the one that is needed is made."""

    status: int
    page: Callable[[], bytes]
    problem: Callable[[], dict[str, Any]]
    text: Callable[[], str]
    label: str  # of a picture, in plain words without markup
    reference: str | None


def answer(
    explanation: Explanation, renderer: PageRenderer, *, accept: str, destination: str | None, path: str
) -> Answer:
    """The answer to a request that was refused.

    `accept` and `destination` are the values of Accept and Sec-Fetch-Dest as they came, `path` is that of the URL.
    Raises ValueError for a decision that closes nothing.
    """
    if explanation.kind is Kind.OPEN:
        raise ValueError("what is open is not answered here")
    words = renderer.languages.best((explanation.language,))
    telling = Telling(
        STATUS,
        lambda: renderer.page(explanation),
        lambda: problem_details(explanation),
        lambda: renderer.text(explanation),
        words.common["picture"],
        explanation.reference,
    )
    return shaped(telling, renderer, accept=accept, destination=destination, path=path)


def shaped(telling: Telling, renderer: PageRenderer, *, accept: str, destination: str | None, path: str) -> Answer:
    """Tell something in the shape that a request asks for."""
    shape = shape_for(accept, destination, path)
    content_type, body = _content(telling, shape, svg=takes_svg(accept, path))
    policy = renderer.content_security_policy
    if destination is None or is_frame(destination):
        # a closed part of an open page explains itself where it would have stood; plain HTTP does not say what is one
        policy = policy.replace("frame-ancestors 'none'", "frame-ancestors *")
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Vary": "Accept, Accept-Language, Sec-Fetch-Dest",
    }
    return Answer(telling.status, content_type, body, headers, shape)


def _content(telling: Telling, shape: Shape, *, svg: bool) -> tuple[str, bytes]:  # noqa: PLR0911  # one per shape
    match shape:
        case Shape.PAGE:
            return "text/html; charset=utf-8", telling.page()
        case Shape.PROBLEM:
            return "application/problem+json", json.dumps(telling.problem(), ensure_ascii=False).encode()
        case Shape.TEXT:
            return _PLAIN, telling.text().encode()
        case Shape.IMAGE if svg:
            return "image/svg+xml", _DRAWING.format(label=_bare(telling.label)).encode()
        case Shape.IMAGE:
            return "image/gif", _PIXEL
        case Shape.STYLE:
            return "text/css; charset=utf-8", f"/* {_note(telling)} */\n".encode()
        case Shape.SCRIPT:
            return "text/javascript; charset=utf-8", f"/* {_note(telling)} */\n".encode()
        case Shape.EMPTY:
            return _PLAIN, b""


def _note(telling: Telling) -> str:
    return _bare(telling.label) + (f", reference {_bare(telling.reference)}" if telling.reference else "")


def _bare(text: str) -> str:
    """Letters, digits and what stands between them: nothing that could end a comment or open a tag."""
    return re.sub(r"[^\w .,'-]", "", text)
