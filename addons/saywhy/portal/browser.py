"""Which browser it is: a cookie of its own for a day, so that a form that is half written is found again."""

import hashlib
import re
import secrets
from typing import Final

from flask import after_this_request, request
from werkzeug.wrappers import Response

from saywhy.exceptions.drafts import DRAFT_LASTS

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def this_browser() -> str:
    """The name of the browser, as the store knows it (SHA-256 of its cookie); empty where it has none yet."""
    token = request.cookies.get(_cookie(), "")
    return _hashed(token) if _TOKEN.fullmatch(token) else ""


def remember_browser() -> str:
    """The name of the browser, which is known for another day from now."""
    given = request.cookies.get(_cookie(), "")
    token = given if _TOKEN.fullmatch(given) else secrets.token_urlsafe(32)

    @after_this_request
    def _keep(response: Response) -> Response:
        lasts = int(DRAFT_LASTS.total_seconds())
        response.set_cookie(_cookie(), token, max_age=lasts, secure=request.is_secure, httponly=True, samesite="Lax")
        return response

    return _hashed(token)


def _cookie() -> str:
    # Two names: what was set under https cannot be replaced under http, and would not be sent there (RFC 6265bis 5.7).
    return "saywhy-form-s" if request.is_secure else "saywhy-form"


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
