"""The answer that takes the place of what was asked for, in a shape that the client can use."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from saywhy.explain import grpc
from saywhy.explain.accept import Shape, shape_for, takes_svg
from saywhy.explain.explanation import Explanation, Kind
from saywhy.explain.problem import STATUS, problem_details
from saywhy.explain.render import PageRenderer

# Presentation attributes, not styles: the strict policy holds when the picture is opened by itself
_DRAWING: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="160" height="90" viewBox="0 0 160 90" role="img" aria-label="{label}">'
    "<title>{label}</title>"
    '<rect width="160" height="90" rx="6" fill="#f4f1ea"/>'
    '<rect x="1" y="1" width="158" height="88" rx="5" fill="none" stroke="#8b8574"/>'
    '<path d="M68 60V26a4 4 0 0 1 4-4h16a4 4 0 0 1 4 4v34M62 60h36" fill="none" stroke="#1b5e73" stroke-width="3" '
    'stroke-linecap="round"/><circle cx="87" cy="42" r="1.8" fill="#1b5e73"/>'
    '<text x="80" y="77" font-family="sans-serif" font-size="8" text-anchor="middle" fill="#20283a">{label}</text>'
    "</svg>"
)
_PLAIN: Final = "text/plain; charset=utf-8"
_HTML: Final = "text/html; charset=utf-8"
_NOTED: Final = {
    Shape.STYLE: "text/css; charset=utf-8",
    Shape.SCRIPT: "text/javascript; charset=utf-8",
    Shape.NOTE: _PLAIN,
}
_NOTES: Final = {Shape.STYLE: "/* {} */\n", Shape.SCRIPT: "/* {} */\n", Shape.NOTE: "{}\n"}


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
    page: Callable[[bool], bytes]  # whether it may stand in a frame
    card: Callable[[], bytes]
    problem: Callable[[], dict[str, Any]]
    text: Callable[[], str]
    label: str  # of a picture, in plain words without markup
    reference: str | None


def answer(
    explanation: Explanation,
    renderer: PageRenderer,
    *,
    accept: str,
    destination: str | None,
    path: str,
    content_type: str = "",
) -> Answer:
    """The answer to a request that was refused.

    `accept`, `destination` and `content_type` are the values of Accept, Sec-Fetch-Dest and Content-Type as they came, `path` is
    that of the URL. Raises ValueError for a decision that closes nothing.
    """
    if explanation.kind is Kind.OPEN:
        raise ValueError("what is open is not answered here")
    words = renderer.languages.best((explanation.language,))
    label = words.common["picture"]
    # the school's own language: that of the page may be the one of a group
    title = renderer.languages.best(explanation.languages[:1]).common["picture"]
    telling = Telling(
        STATUS,
        lambda framed: renderer.page(explanation, framed=framed),
        lambda: renderer.card(explanation),
        lambda: problem_details(explanation, title),
        lambda: renderer.text(explanation),
        label,
        explanation.reference,
    )
    return shaped(telling, renderer, accept=accept, destination=destination, path=path, content_type=content_type)


def shaped(
    telling: Telling, renderer: PageRenderer, *, accept: str, destination: str | None, path: str, content_type: str = ""
) -> Answer:
    """Tell something in the shape that a request asks for."""
    shape = shape_for(accept, destination, path, content_type)
    # plain HTTP does not say what is for a frame: there the whole page fits a small one as well
    framed = destination is None
    given_type, body = _content(telling, renderer, shape, framed=framed, svg=takes_svg(accept, path), sent=content_type)
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": renderer.card_policy if shape is Shape.CARD else renderer.policy(framed=framed),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Vary": "Accept, Accept-Language, Origin, Sec-Fetch-Dest",
    }
    if shape is Shape.CARD:  # nor is a frame empty in a page that asks this of all that stands in it
        headers["Cross-Origin-Embedder-Policy"] = "require-corp"
    if shape is not Shape.PAGE:
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if shape is Shape.GRPC:
        headers |= grpc.status_fields(telling.status, _message(telling))
    status = grpc.OK if shape in (Shape.GRPC, Shape.GRPC_WEB) else telling.status
    return Answer(status, given_type, body, headers, shape)


def _content(  # noqa: PLR0911  # one per kind of shape
    telling: Telling, renderer: PageRenderer, shape: Shape, *, framed: bool, svg: bool, sent: str
) -> tuple[str, bytes]:
    match shape:
        case Shape.PAGE:
            return _HTML, telling.page(framed)
        case Shape.CARD:
            return _HTML, telling.card()
        case Shape.PROBLEM:
            return "application/problem+json", json.dumps(telling.problem(), ensure_ascii=False).encode()
        case Shape.TEXT:
            return _PLAIN, telling.text().encode()
        case Shape.IMAGE:
            drawing = _DRAWING.format(label=_bare(telling.label)).encode()
            return ("image/svg+xml", drawing) if svg else ("image/png", renderer.picture)
        case Shape.GRPC | Shape.GRPC_WEB:
            web = shape is Shape.GRPC_WEB
            body = grpc.web_body(sent, telling.status, _message(telling)) if web else b""
            return grpc.answered_with(sent), body
        case _:
            return _NOTED[shape], _NOTES[shape].format(_note(telling)).encode()


def _message(telling: Telling) -> str:
    problem = telling.problem()
    return " ".join(str(problem[name]) for name in ("detail", "more") if name in problem)


def _note(telling: Telling) -> str:
    return _bare(telling.label) + (f", reference {_bare(telling.reference)}" if telling.reference else "")


def _bare(text: str) -> str:
    """Letters, digits and what stands between them: nothing that could end a comment or open a tag."""
    return re.sub(r"[^\w .,'-]", "", text)
