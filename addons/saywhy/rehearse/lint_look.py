"""Lint of the school's look: colours that not everybody can read, and pages of its own that do not come out."""

from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser
from typing import Final

from saywhy.explain.fault import FaultKind
from saywhy.explain.own_pages import BrokenPage
from saywhy.explain.render import PageRenderer, builtin_renderer
from saywhy.explain.samples import Samples
from saywhy.policy.codes import Code
from saywhy.policy.colours import AAA
from saywhy.policy.problem import Problem
from saywhy.policy.reading.look import PAGES, contrasts
from saywhy.policy.reading.schema_look import ColoursPart
from saywhy.rehearse.findings import Locations, severity_of

_VOID: Final = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_DRAWN: Final = "svg"


def lint_look(locations: Locations, now: datetime) -> Iterator[Problem]:
    """The problems of the look. `now` is aware."""
    yield from _contrasts(locations)
    look = locations.policy.school.look
    if not look.pages:
        return
    renderer = builtin_renderer().wearing(look)
    found = dict.fromkeys((*renderer.broken(), *_broken(locations, renderer, now)))
    folder = _folder(locations)
    for one in found:
        yield Problem(
            f"{folder}{PAGES}/{one.file}", one.line, 1, one.what, one.instead, severity_of(Code.BAD_PAGE), Code.BAD_PAGE
        )


def _contrasts(locations: Locations) -> Iterator[Problem]:
    document = locations.written.document_with("school")
    look = locations.policy.school.look
    written = document.node_at("school", "look", "colours").value
    if look.light is None or look.dark is None or not isinstance(written, dict):
        return
    part = ColoursPart.model_validate(written)
    for level, problem in contrasts(document, part, look.light, look.dark):
        if level == AAA:
            yield Problem(
                problem.file,
                problem.line,
                problem.column,
                problem.what,
                problem.instead,
                severity_of(Code.CONTRAST_AAA),
                Code.CONTRAST_AAA,
            )


def _folder(locations: Locations) -> str:
    file = locations.written.document_with("school").file
    return file[: file.rfind("/") + 1]


def _broken(locations: Locations, renderer: PageRenderer, now: datetime) -> Iterator[BrokenPage]:
    """Each page for each level, made from this policy; what it comes out as is looked at, too."""
    words = renderer.languages.best(locations.policy.school.languages)
    own = dict(renderer.look.pages)
    for one in Samples(locations.engine, now).of(renderer.languages, words.language):
        broken = renderer.wrong_with(one.explanation)
        kind = "care.html" if one.kind == "care" else "page.html"
        if broken is None:
            where = kind if kind in own else "base.html"
            broken = (
                _misshapen(where, f"{one.kind}, {one.reader}", renderer.page(one.explanation)) if where in own else None
            )
        if broken is not None:
            yield broken
    for fault in FaultKind:
        names = {"what": "page.example", "school": locations.policy.school.name, "certificate": "", "detail": ""}
        told = words.faults[fault]
        broken = renderer.wrong_with_fault(
            words, fault=told, kind=fault.value, body_class="fault", language_url=None, **names
        )
        if broken is not None:
            yield broken


def _misshapen(file: str, which: str, page: bytes) -> BrokenPage | None:
    outline = _Outline()
    outline.feed(page.decode())
    outline.close()
    if outline.wrong:
        return BrokenPage(file, 1, f"in the page {which}, {outline.wrong}", "close each element that is opened")
    if outline.headings != 1:
        what = f"the page {which} has {outline.headings or 'no'} headings <h1>"
        return BrokenPage(file, 1, what, "leave the one that says what happened")
    return None


class _Outline(HTMLParser):
    """Whether each element is closed, and how many first headings there are."""

    def __init__(self) -> None:
        super().__init__()
        self.headings = 0
        self.wrong = ""
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - as it is called
        self.headings += tag == "h1"
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if _DRAWN not in self._open:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.wrong = self.wrong or f"</{tag}> closes nothing"

    def close(self) -> None:
        """The end of the page: whatever is open now stays so."""
        super().close()
        if self._open:
            self.wrong = self.wrong or f"<{self._open[-1]}> is never closed"
