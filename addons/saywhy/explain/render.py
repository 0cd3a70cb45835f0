"""From an Explanation to bytes: templates compiled once, at start."""

from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from saywhy.explain.alternatives import address_of
from saywhy.explain.builtin import builtin_pages
from saywhy.explain.explanation import Explanation, Kind
from saywhy.explain.hostname import shown_host
from saywhy.explain.reading import read_words
from saywhy.explain.reason import trusted_for
from saywhy.explain.words import Languages, Words, load_languages


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
        style = _style(folder / "page.css")
        self.languages = Languages(
            dict(load_languages(folder / "languages").by_code)
        )  # all of them, before any request
        read_words()
        self.content_security_policy = content_security_policy(style)
        self._framed_policy = content_security_policy(style, framed=True)
        card_style = _style(folder / "card.css")
        self.card_policy = content_security_policy(card_style, framed=True)
        self.picture = (folder / "closed.png").read_bytes()  # 160 by 90, for clients that know no SVG
        environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=select_autoescape(disabled_extensions=("txt",), default_for_string=True, default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        environment.globals["style"] = Markup(style)  # noqa: S704  # our own file, hashed as it stands
        environment.globals["card_style"] = Markup(card_style)  # noqa: S704  # the same
        environment.globals["framed"] = False
        environment.globals["address_of"] = address_of
        environment.globals["shown_host"] = shown_host
        environment.globals["trusted_for"] = trusted_for
        compiled = {
            name: environment.get_template(name) for name in environment.list_templates(extensions=["html", "txt"])
        }
        self._block = compiled["page.html"]
        self._care = compiled["care.html"]
        self._fault = compiled["fault.html"]
        self._text = compiled["short.txt"]
        self._card = compiled["card.html"]

    def policy(self, *, framed: bool) -> str:
        """The Content-Security-Policy of a page, which may stand in a frame or may not."""
        return self._framed_policy if framed else self.content_security_policy

    def page(self, explanation: Explanation, *, framed: bool = False) -> bytes:
        """The page for a browser, with what a small frame needs where it may stand in one.

        Raises ValueError for a decision that closes nothing.
        """
        template = self._care if _closed(explanation).kind is Kind.CARE else self._block
        return template.render(self._names(explanation) | {"framed": framed}).encode()

    def card(self, explanation: Explanation) -> bytes:
        """What stands in a frame: that it is closed, why, and a link that opens the page. Raises ValueError as `page` does."""
        words = self.languages.best((_closed(explanation).language,))
        caring = explanation.kind is Kind.CARE
        # the page that holds the frame may be able to read it, so no group stands there
        group = "" if caring else explanation.for_whom
        happened = next((one for one in explanation.happened if not group or group not in one), "")
        why = explanation.reason if explanation.reason and not caring else happened
        more = words.common["help"] if caring else words.no_page["more"]
        return self.small_card(words, explanation.title, why, more, explanation.reference)

    def small_card(self, words: Words, title: str, why: str, more: str, reference: str | None = None) -> bytes:
        """A card of these words; `more` is that of the link that opens the whole page."""
        names = {"title": title, "why": why, "more": more, "reference": reference}
        return self._card.render(words=words, t=words.common, **self._spoken(words, ()), **names).encode()

    def text(self, explanation: Explanation) -> str:
        """The same in a few lines of plain text, for terminals. An open page can be told as well."""
        return self._text.render(self._names(explanation)).strip() + "\n"

    def fault(self, words: Words, **names: Any) -> bytes:
        """The page for a fault; `names` are what fault.html works with."""
        return self._fault.render(
            words=words, t=words.common, **self._spoken(words, names.pop("languages", ())), **names
        ).encode()

    def _names(self, explanation: Explanation) -> dict[str, Any]:
        words = self.languages.best((explanation.language,))
        level = words.levels[explanation.reader]
        return {
            "e": explanation,
            "words": words,
            "t": words.common,
            "level": level,
            **self._spoken(words, explanation.languages),
            "language_url": explanation.language_url,
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


def _style(path: Path) -> str:
    style = path.read_text("utf-8")
    if "<" in style:
        raise ValueError(f"{path}: a style inside a page must not hold '<'")
    return style


def _closed(explanation: Explanation) -> Explanation:
    if explanation.kind is Kind.OPEN:
        raise ValueError("there is no page for what is open")
    return explanation


@cache
def builtin_renderer() -> PageRenderer:
    """A renderer of the pages that come with Saywhy, made once."""
    return PageRenderer()
