"""Easy read, for anyone who chooses it on a page of the portal: a cookie remembers it, as it does the language.

What a page explains is then told in easy-read words, and its words are larger. Forms ask the same of everybody.
"""

from typing import Final

from flask import Flask, Response, g, has_request_context, request

from saywhy.policy.reader import Reader
from saywhy.portal.language import TRANSLATED, remember, remembered, same_page

_USUAL: Final = "usual"
_WAYS: Final = (Reader.EASY_READ.value, _USUAL)


def easy_read_chosen() -> bool:
    """Whether whoever reads the page that is made chose easy-read words."""
    return bool(g.get("easy_read", False)) if has_request_context() else False


def install(app: Flask) -> None:
    """Choose before a page is made, remember what was chosen on it, and offer the other way."""
    app.before_request(_choose)
    app.after_request(_remember)
    app.jinja_env.globals.update(easy_read=easy_read_chosen, other_words=_other)


def _choose() -> None:
    asked = request.args.get("reader", "")
    g.reader_chosen = asked if asked in _WAYS else ""
    g.easy_read = (g.reader_chosen or remembered("reader")) == Reader.EASY_READ.value


def _remember(response: Response) -> Response:
    remember(response, "reader", g.get("reader_chosen", ""))
    return response


def _other() -> str:
    """The link to the same page in the other words; empty where something was typed, which it would lose."""
    if request.method != "GET" or request.endpoint not in TRANSLATED:
        return ""
    return same_page(reader=_USUAL if easy_read_chosen() else Reader.EASY_READ.value)
