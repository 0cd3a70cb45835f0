"""What holds for every request and answer: where it comes from, headers, cookies, keys."""

import hmac
from datetime import timedelta
from typing import Final

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.exceptions import HTTPException

from saywhy.portal.own_names import same_origin

POLICY: Final = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
_LARGEST_FORM: Final = 64 * 1024  # bytes; four answers of 500 characters fit many times
_COOKIE_LASTS: Final = timedelta(hours=12)
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_LASTING: Final = frozenset({"static", "look_style", "look_crest"})
_OWN_FETCHES: Final = frozenset({"same-origin", "none"})


class ForeignForm(HTTPException):
    """A form that another site's page has sent."""

    code = 403


class _Sessions(SecureCookieSessionInterface):
    def get_cookie_name(self, app: Flask) -> str:
        """Under https a name that browsers take from this very host alone, and never from plain http (RFC 6265bis, 4.1.3)."""
        name = super().get_cookie_name(app)
        return f"__Host-{name}" if request.is_secure else name

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 — Flask calls it so
        """A cookie that was set under https is for https alone; inside the proxy plain http is used too."""
        return request.is_secure


def secure(app: Flask, secret: bytes) -> None:
    """Set keys, cookies and headers on an app."""
    app.config.update(
        SECRET_KEY=hmac.digest(secret, b"saywhy portal session", "sha256"),
        SESSION_COOKIE_NAME="saywhy",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=_COOKIE_LASTS,
        MAX_CONTENT_LENGTH=_LARGEST_FORM,
        MAX_FORM_PARTS=50,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: somebody may think about an answer
        WTF_CSRF_SSL_STRICT=False,  # the name in the address bar is the proxy's, so a referrer cannot be compared
    )
    app.session_interface = _Sessions()
    app.url_map.merge_slashes = False  # "//x" is no page, and leads nowhere
    app.before_request(_from_here)
    app.after_request(_with_headers)


def _with_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault(
        "Content-Security-Policy", POLICY
    )  # a page may take pictures from elsewhere, or be the filter's own
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers["Cache-Control"] = "public, max-age=3600" if request.endpoint in _LASTING else "no-store"
    return response


def _from_here() -> None:
    """The second line behind the tokens: browsers say themselves where a form comes from."""
    if request.method in _READING:
        return
    fetched = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if (fetched is not None and fetched not in _OWN_FETCHES) or (
        origin is not None and not same_origin(origin, request.host)
    ):
        raise ForeignForm
