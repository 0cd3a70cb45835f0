"""What holds for every answer: headers, cookies, keys."""

import hmac
from datetime import timedelta
from typing import Final

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_LARGEST_FORM: Final = 64 * 1024  # bytes; four answers of 500 characters fit many times
_COOKIE_LASTS: Final = timedelta(hours=12)


class _Sessions(SecureCookieSessionInterface):
    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 — Flask calls it so
        """A cookie that was set under https is for https alone; inside the proxy plain http is used too."""
        return request.is_secure

    def get_cookie_name(self, app: Flask) -> str:
        """One of each kind: over http no browser lets the cookie that was set under https be set again (RFC 6265bis 5.7)."""
        name = super().get_cookie_name(app)
        return f"{name}-tls" if request.is_secure else name


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
    app.after_request(_with_headers)


def _with_headers(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = _POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Cache-Control"] = "public, max-age=3600" if request.endpoint == "static" else "no-store"
    return response
