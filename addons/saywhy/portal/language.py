"""The language that the portal speaks: chosen on its pages, which a cookie remembers, else as the block page chooses it.

Pages for those who ask are translated; those for people who decide are in English, all of each. `gettext` and the others
translate for the request that is answered; `marked` only marks a text for the catalogue, to be translated where it is shown.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from babel.dates import format_date
from babel.lists import format_list
from flask import Flask, Response, g, has_request_context, request
from markupsafe import Markup

from saywhy.explain.reading_language import chosen, offered
from saywhy.explain.translation import Translation, shipped_translation
from saywhy.explain.words import Words, shipped_languages
from saywhy.policy.languages import SOURCE, available_languages, language_for
from saywhy.policy.period import day_in_words
from saywhy.policy.policy import Policy
from saywhy.portal.context import PortalContext
from saywhy.portal.subject_here import subject_here

_REMEMBERED: Final = timedelta(days=30)
# The pages that are for those who ask. What is not here is in English.
TRANSLATED: Final = frozenset(
    {
        "home", "find", "leave", "need", "why", "fault",
        "ask", "send", "step", "answer", "join", "helped", "afresh", "teacher",
        "caution", "go_on", "open_now", "done", "wrong_category", "report_category",
        "receipt", "receipt_here", "withdraw", "mine", "appeal", "answer-question",
        "stopped", "is_it", "look_at", "problem_types", "problem_type",
        "set_up", "set_up_as", "check_device", "check_passed", "certificate", "certificate_profile", "filter_profile", "pac", "wpad",
    }
)  # fmt: skip
_KEPT: Final = ("reference",)  # what an address says beside that


def translation() -> Translation:
    """The language of the page that is made; English where none is."""
    tag = g.get("language", SOURCE) if has_request_context() else SOURCE
    return shipped_translation(tag)


def marked(message: str) -> str:
    """The message itself, which is translated where it is shown."""
    return message


def gettext(message: str, /, **values: object) -> str:
    """A message in the language of the page, with its %(named)s values."""
    return _filled(translation().text(message), values)


def pgettext(context: str, message: str, /, **values: object) -> str:
    """A message that means something else in another context."""
    return _filled(translation().text(message, context), values)


def ngettext(one: str, other: str, number: int, /, **values: object) -> str:
    """A message about a number of things."""
    return _filled(translation().messages.ngettext(one, other, number), {"num": number, **values})


def day(day: date) -> str:
    """A day in words, in the language of the page: "Monday 23 November 2026"."""
    here = translation()
    return day_in_words(day) if here.tag == SOURCE else format_date(day, "full", locale=here.locale)


def length(span: timedelta) -> str:
    """A length of time as people say it, in whole minutes that have been reached: "10 minutes", "2 hours"."""
    return _words().length(span)


def too_long(most: int, text: str) -> str:
    """The message for what is longer than a field takes."""
    return gettext("Use %(most)d characters or fewer; you have used %(used)d", most=most, used=len(text))


def same_page(**chosen: str) -> str:
    """The address of the page that is made, with something else chosen on it."""
    kept = {name: request.args[name] for name in _KEPT if name in request.args}
    return f"{request.path}?{urlencode({**kept, **chosen})}"


def own_language(policy: Policy) -> str:
    """The language that the school writes its own words in: the first that it names."""
    return offered(policy, available_languages())[0]


def label(kind: str, text: str) -> str:
    """What the catalogue calls something, where it is translated; what a school wrote stays."""
    return translation().text(text, kind)


def joined_by_and(items: Iterable[str]) -> str:
    """A, B and C."""
    return _words().joined(tuple(items))


def joined_by_or(items: Iterable[str]) -> str:
    """A, B or C, each once."""
    every = tuple(dict.fromkeys(items))
    return format_list(every, "or", translation().locale) if every else ""


def _words() -> Words:
    return shipped_languages().by_code[translation().tag]


class PortalLanguage:
    """Chooses the language of each page, and gives the pages what they translate with."""

    def __init__(self, context: PortalContext) -> None:
        self._context = context

    def install(self, app: Flask) -> None:
        """Choose before a page is made, and remember what was chosen on it."""
        app.before_request(self._choose)
        app.after_request(_remember)
        environment: Any = app.jinja_env  # what an extension adds is not in its type
        environment.add_extension("jinja2.ext.i18n")
        environment.policies["ext.i18n.trimmed"] = True
        environment.install_gettext_callables(
            lambda message: translation().text(message),
            lambda one, other, number: translation().messages.ngettext(one, other, number),  # noqa: PLW0108  # each page has its own
            newstyle=True,
            pgettext=lambda context, message: translation().text(message, context),
        )
        environment.globals.update(spoken=translation, other_languages=self._others)
        environment.globals.update(own_words=_own_words, as_chosen=_as_chosen)
        environment.filters.update(label=lambda text, kind: label(kind, text), all_of=joined_by_and)

    def _choose(self) -> None:
        offer = offered(self._context.policy(), available_languages())
        asked = request.args.get("language", "")
        g.language_chosen = language_for(asked, offer) if asked else ""
        engine = self._context.engine()
        group = "" if engine is None else engine.policy.language_of(subject_here(engine).named_groups)
        g.language_kept = g.language_chosen or language_for(remembered("language"), offer)
        wishes = (g.language_kept, group)
        g.reads = chosen(offer, *wishes, accept_language=request.headers.get("Accept-Language", ""))
        g.language = g.reads if request.endpoint is None or request.endpoint in TRANSLATED else SOURCE

    def _others(self) -> list[tuple[Translation, str]]:
        """The other languages of a page, each with the link to it; none where something was typed, which a link would lose."""
        if request.method != "GET" or request.endpoint not in TRANSLATED:
            return []
        offer = offered(self._context.policy(), available_languages())
        return [(shipped_translation(tag), same_page(language=tag)) for tag in offer if tag != translation().tag]


def _as_chosen() -> dict[str, str]:
    """What a link to another of the filter's own names takes along: its cookies are others. Empty where nothing was chosen."""
    return {"language": kept} if (kept := g.get("language_kept", "")) else {}


def _own_words(tag: str) -> Markup:
    """The attributes of what the school wrote itself, in another language than that of the page."""
    if not tag or tag == translation().tag or tag not in available_languages():
        return Markup()
    return Markup(' lang="{}" dir="{}"').format(tag, shipped_translation(tag).direction)


def _remember(response: Response) -> Response:
    remember(response, "language", g.get("language_chosen", ""))
    if request.endpoint != "static":
        response.vary.update(("Accept-Language", "Cookie"))
    return response


def remembered(what: str) -> str:
    """What this browser chose before, by what it is a choice of; empty where it chose nothing."""
    return request.cookies.get(_cookie(what), "")


def remember(response: Response, what: str, chosen: str) -> None:
    """Let this browser remember a choice, where one was made."""
    if chosen:
        response.set_cookie(
            _cookie(what), chosen, max_age=_REMEMBERED, secure=request.is_secure, httponly=True, samesite="Lax"
        )


def _cookie(what: str) -> str:
    # Two names, as `browser` has them: what was set under https cannot be replaced under http.
    return f"saywhy-{what}-s" if request.is_secure else f"saywhy-{what}"


def _filled(text: str, values: dict[str, object]) -> str:
    return text % values if values else text
