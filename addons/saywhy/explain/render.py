"""From an Explanation to bytes: templates compiled once, at start."""

import logging
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from saywhy.explain.alternatives import address_of
from saywhy.explain.builtin import builtin_pages
from saywhy.explain.explanation import Explanation, Kind
from saywhy.explain.hostname import shown_host
from saywhy.explain.own_pages import BrokenPage, OwnPages
from saywhy.explain.reading import read_words
from saywhy.explain.reason import trusted_for
from saywhy.explain.words import Languages, Words, load_languages
from saywhy.policy.look import NO_LOOK, Look
from saywhy.policy.reader import Reader

logger = logging.getLogger(__name__)

PAGE: Final = "page.html"
CARE: Final = "care.html"
FAULT: Final = "fault.html"
_MOST_TOLD: Final = 20
_LAYOUTS: Final = {Reader.EARLY: "_early.html", Reader.EASY_READ: "_easy_read.html"}


def style_source(style: str) -> str:
    """The source expression that allows exactly this inline style (CSP Level 3 section 6.6.2.2)."""
    return f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"


def content_security_policy(style: str, *, framed: bool = False) -> str:
    """The strictest policy under which a page with this inline style is still shown; `framed`: inside other pages, too.

    What may be framed has no form and nothing but links, and none of them does anything by itself: whoever is led to click one
    (clickjacking) stands before a page of the portal, which no frame holds.
    """
    return (
        f"default-src 'none'; style-src {style_source(style)}; img-src data:; "
        f"form-action 'none'; base-uri 'none'; frame-ancestors {'*' if framed else "'none'"}"
    )


class PageRenderer:
    """Pages from the templates, the style and the words of one folder, by default those that come with Saywhy.

    Raises FileNotFoundError, jinja2.TemplateError, WordsError or ValueError at once when they cannot be used.
    """

    def __init__(self, directory: Path | None = None) -> None:
        folder = builtin_pages() if directory is None else directory
        self._css, self._card_css = _style(folder / "page.css"), _style(folder / "card.css")
        self.card_policy = content_security_policy(self._card_css, framed=True)
        self.picture = (folder / "closed.png").read_bytes()  # 160 by 90, for clients that know no SVG
        self.languages = Languages(
            dict(load_languages(folder / "languages").by_code)
        )  # all of them, before any request
        read_words()
        self._environment = environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=select_autoescape(disabled_extensions=("txt",), default_for_string=True, default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        environment.globals["address_of"] = address_of
        environment.globals["shown_host"] = shown_host
        environment.globals["trusted_for"] = trusted_for
        names = environment.list_templates(extensions=["html", "txt"])
        self._sources = {name: (folder / name).read_text("utf-8") for name in names}
        self._compiled = {name: environment.get_template(name) for name in names}
        self._worn: PageRenderer | None = None
        self._wear(NO_LOOK)

    def wearing(self, look: Look) -> "PageRenderer":
        """The same in a school's own look. That of the last look is kept, so that nobody waits for it twice."""
        worn = self._worn
        if worn is None or worn.look is not look:
            worn = copy(self)
            worn._wear(look)  # noqa: SLF001 - its own
            self._worn = worn
        return worn

    def _wear(self, look: Look) -> None:
        self.look = look
        style = self._css + look.style
        self.content_security_policy = content_security_policy(style)
        self._framed_policy = content_security_policy(style, framed=True)
        self._own = OwnPages(look.pages, self._sources, self._environment)
        self._told: set[BrokenPage] = set()
        for one in self._own.broken:
            self._tell(one)
        self._of_look: Mapping[str, Any] = {
            "style": Markup(style),  # noqa: S704 - our own file and checked colours, hashed as they stand
            "crest": "" if look.crest is None else look.crest.data,
            "contact": look.contact,
            "framed": False,
        }

    def policy(self, *, framed: bool) -> str:
        """The Content-Security-Policy of a page, which may stand in a frame or may not."""
        return self._framed_policy if framed else self.content_security_policy

    def page(self, explanation: Explanation, *, framed: bool = False) -> bytes:
        """The page for a browser, with what a small frame needs where it may stand in one.

        Raises ValueError for a decision that closes nothing.
        """
        kind, layout = _kind_and_layout(explanation)
        return self._made(kind, layout, self._names(explanation) | {"framed": framed})

    def card(self, explanation: Explanation) -> bytes:
        """What stands in a frame: that it is closed, why, and a link that opens the page. Raises ValueError as `page` does."""
        caring = _kind_and_layout(explanation)[0] == CARE
        words = self.languages.best((explanation.language,))
        # the page that holds the frame may be able to read it, so no group stands there
        group = "" if caring else explanation.for_whom
        happened = next((one for one in explanation.happened if not group or group not in one), "")
        why = explanation.reason if explanation.reason and not caring else happened
        more = words.common["help"] if caring else words.no_page["more"]
        return self.small_card(words, explanation.title, why, more, explanation.reference)

    def small_card(self, words: Words, title: str, why: str, more: str, reference: str | None = None) -> bytes:
        """A card of these words; `more` is that of the link that opens the whole page."""
        card_style = Markup(self._card_css)  # noqa: S704 - our own file, hashed as it stands
        names = {"title": title, "why": why, "more": more, "reference": reference, "card_style": card_style}
        card = self._compiled["card.html"]
        return card.render(words=words, t=words.common, **self._spoken(words, ()), **names).encode()

    def text(self, explanation: Explanation) -> str:
        """The same in a few lines of plain text, for terminals. An open page can be told as well."""
        return self._compiled["short.txt"].render(self._names(explanation)).strip() + "\n"

    def fault(self, words: Words, **names: Any) -> bytes:
        """The page for a fault; `names` are what fault.html works with."""
        return self._made(FAULT, FAULT, self._of_fault(words, names))

    def wrong_with(self, explanation: Explanation) -> BrokenPage | None:
        """What goes wrong in the school's own page for this, where something does."""
        return self._wrong(*_kind_and_layout(explanation), self._names(explanation))

    def wrong_with_fault(self, words: Words, **names: Any) -> BrokenPage | None:
        """The same for a fault."""
        return self._wrong(FAULT, FAULT, self._of_fault(words, names))

    def _wrong(self, kind: str, layout: str, names: Mapping[str, Any]) -> BrokenPage | None:
        if self._own:
            try:
                self._own.render(kind, layout, names)
            except Exception as error:  # noqa: BLE001 - whatever it is, the page is broken
                return self._own.broken_by(error, kind)
        return None

    def broken(self) -> Iterator[BrokenPage]:
        """What is wrong with the school's own pages as they stand."""
        yield from self._own.broken

    def _made(self, kind: str, layout: str, names: Mapping[str, Any]) -> bytes:
        """The school's own page, or ours where it has none or it cannot be made."""
        if self._own:
            try:
                return self._own.render(kind, layout, names)
            except Exception as error:  # noqa: BLE001 - whatever it is, the page is ours and says the same
                self._tell(self._own.broken_by(error, kind))
        return self._compiled[layout].render(names).encode()

    def _tell(self, broken: BrokenPage) -> None:
        """Log what is wrong with a page of the school, once."""
        if broken not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(broken)
            logger.warning("pages/%s:%d: %s; our own page is shown in its place", broken.file, broken.line, broken.what)

    def _of_fault(self, words: Words, names: Mapping[str, Any]) -> dict[str, Any]:
        spoken = self._spoken(words, names.get("languages", ()))
        return {**self._of_look, "words": words, "t": words.common, "other_words": "", **spoken, **names}

    def _names(self, explanation: Explanation) -> dict[str, Any]:
        words = self.languages.best((explanation.language,))
        level = words.levels[explanation.reader]
        return {
            **self._of_look,
            "e": explanation,
            "page": explanation,
            "words": words,
            "t": words.common,
            "level": level,
            **self._spoken(words, explanation.languages),
            "language_url": explanation.language_url,
            "other_words": _other_words(explanation),
            "school": explanation.school,
            "body_class": explanation.reader.value,
        }

    def _spoken(self, words: Words, offered: Iterable[str]) -> dict[str, Any]:
        """The page's language, those that it can be changed to, and what to call and how to write each of all."""
        return {
            "language": words.language,
            "others": [tag for tag in offered if tag != words.language],
            "spoken": {tag: one.translation for tag, one in self.languages.by_code.items()},
        }


def _other_words(explanation: Explanation) -> str:
    """What the portal is asked for, that a page is told in easy-read words, or in the usual ones again."""
    if explanation.own_reader is not None:
        return "usual"
    return "" if explanation.reader is Reader.EASY_READ else Reader.EASY_READ.value


def _style(path: Path) -> str:
    style = path.read_text("utf-8")
    if "<" in style:
        raise ValueError(f"{path}: a style inside a page must not hold '<'")
    return style


def _kind_and_layout(explanation: Explanation) -> tuple[str, str]:
    if explanation.kind is Kind.OPEN:
        raise ValueError("there is no page for what is open")
    if explanation.kind is Kind.CARE:
        return CARE, CARE
    return PAGE, _LAYOUTS.get(explanation.reader, "_words.html")


@cache
def builtin_renderer() -> PageRenderer:
    """A renderer of the pages that come with Saywhy, made once."""
    return PageRenderer()
