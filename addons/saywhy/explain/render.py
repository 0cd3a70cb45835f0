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


def content_security_policy(style: str) -> str:
    """The strictest policy under which a page with this inline style is still shown."""
    return (
        f"default-src 'none'; style-src {style_source(style)}; img-src data:; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )


class PageRenderer:
    """Pages from the templates, the style and the words of one folder, by default those that come with Saywhy.

    Raises FileNotFoundError, jinja2.TemplateError, WordsError or ValueError at once when they cannot be used.
    """

    def __init__(self, directory: Path | None = None) -> None:
        folder = builtin_pages() if directory is None else directory
        style = (folder / "page.css").read_text("utf-8")
        if "<" in style:
            raise ValueError(f"{folder / 'page.css'}: a style inside a page must not hold '<'")
        self.languages = Languages(
            dict(load_languages(folder / "languages").by_code)
        )  # all of them, before any request
        read_words()
        self.content_security_policy = content_security_policy(style)
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

    def page(self, explanation: Explanation) -> bytes:
        """The page for a browser. Raises ValueError for a decision that closes nothing."""
        template = self._care if _closed(explanation).kind is Kind.CARE else self._block
        return template.render(self._names(explanation)).encode()

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


def _closed(explanation: Explanation) -> Explanation:
    if explanation.kind is Kind.OPEN:
        raise ValueError("there is no page for what is open")
    return explanation


@cache
def builtin_renderer() -> PageRenderer:
    """A renderer of the pages that come with Saywhy, made once."""
    return PageRenderer()
