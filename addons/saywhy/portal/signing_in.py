"""Signing in and out, and who is signed in."""

import re
import secrets
from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import Final

from flask import Flask, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.request import Account
from saywhy.portal.attempts import Attempts, wait_in_words
from saywhy.portal.context import Noticed, PortalContext
from saywhy.portal.own_names import is_this_machine
from saywhy.portal.receipts import CLEARED

_SIGN_IN: Final = "sign-in"
_PASSWORDS: Final = frozenset({"sign_in", "check_sign_in", "password", "change_password"})  # the pages with one
_OWN_PATH: Final = re.compile(
    r"/password|/mine|/requests(/[0-9]{1,9}(/needed)?)?|/corrections|/review(/meetings/[0-9]{1,9})?|/permits/R-[0-9]{1,9}/as-policy"
)  # the only places that a sign-in leads to


class SignInFirst(HTTPException):
    """Sends somebody who is not signed in to the sign-in page, and back."""

    code = 303

    def get_response(self, *_: object, **__: object) -> Response:
        """The way to the sign-in page."""
        return redirect(url_for("sign_in", next=safe_next(request.path)), 303)


class SignedOut(HTTPException):
    """Somebody sends a form and is not signed in any more: the page says so, and keeps what they wrote."""

    code = 403


class NotInClear(HTTPException):
    """A password is not taken over a line that others can read: the page leads to the one inside TLS."""

    code = 403


def safe_next(path: str | None) -> str | None:
    """The path, if it is one of our own that a sign-in may lead to."""
    return path if path is not None and _OWN_PATH.fullmatch(path) else None


def account_here(context: PortalContext) -> Account | None:
    """Who is signed in, and the address that they are at. Raises StoreUnavailable."""
    token = session.get(_SIGN_IN)
    account = context.store.accounts.signed_in(token, context.now()) if isinstance(token, str) else None
    return None if account is None else replace(account, device=request.remote_addr or "")


def staff_here(context: PortalContext) -> Account:
    """Who is signed in. Raises SignInFirst where nobody is, SignedOut where they send a form, StoreUnavailable."""
    account = account_here(context)
    if account is None:
        raise SignInFirst if request.method in ("GET", "HEAD") else SignedOut
    return account


def begin_session(context: PortalContext, account: Account) -> None:
    """Sign somebody in, in this browser; a session that it had before ends. Raises StoreUnavailable."""
    before = session.get(_SIGN_IN)
    token = context.store.accounts.sign_in(account, context.now(), before if isinstance(before, str) else None)
    session.clear()  # nothing that somebody set before the sign-in lives on in it
    session[_SIGN_IN] = token
    session["fresh"] = secrets.token_hex(8)
    session.permanent = True


class SigningIn:
    """The pages `/sign-in` and `/sign-out`."""

    def __init__(self, context: PortalContext, attempts: Attempts) -> None:
        self._context = context
        self._attempts = attempts

    def install(self, app: Flask) -> None:
        """Add the pages."""
        app.before_request(_not_in_clear)
        app.add_url_rule("/sign-in", "sign_in", self.form, methods=["GET"])
        app.add_url_rule("/sign-in", "check_sign_in", self.check, methods=["POST"])
        app.add_url_rule("/sign-out", "sign_out", self.leave, methods=["POST"])

    def form(self) -> ResponseReturnValue:
        """The form."""
        if account_here(self._context) is not None:
            return redirect(safe_next(request.args.get("next")) or url_for("requests"), 303)
        return _again(safe_next(request.args.get("next")), "")

    def check(self) -> ResponseReturnValue:
        """Check name and password, and begin a new session."""
        name, password = request.form.get("name", "").strip(), request.form.get("password", "")
        onward = safe_next(request.form.get("next"))
        errors: dict[str, str] = {}
        if not name:
            errors["name"] = "Write your name for signing in"
        if not password:
            errors["password"] = "Write your password"  # noqa: S105 — a message
        if errors:
            return _again(onward, name, errors), 422
        began = self._context.now()
        wait = self._attempts.begin(request.remote_addr, name, began)
        if wait is not None:
            self._context.observe(Noticed.RATE_LIMITED)
            return _again(onward, name, wait=wait), 429, {"Retry-After": str(ceil(wait.total_seconds()))}
        try:
            account = self._context.store.accounts.check_password(name, password)
        except StoreUnavailable:
            self._attempts.unmade(request.remote_addr, name, began)
            raise
        if account is None:
            self._context.observe(Noticed.SIGN_IN_FAILED)
            return _again(onward, name, {"name": "The name or the password is not right"}), 422
        self._attempts.right(request.remote_addr, name, began)
        begin_session(self._context, account)
        return redirect(onward or url_for("requests"), 303)

    def leave(self) -> ResponseReturnValue:
        """End the session, here and in the store."""
        token = session.get(_SIGN_IN)
        session.clear()
        if isinstance(token, str):
            self._context.store.accounts.sign_out(token)
        left = redirect(url_for("home"), 303)
        left.headers.update(CLEARED)
        return left


def _not_in_clear() -> None:
    if request.endpoint in _PASSWORDS and not request.is_secure and not is_this_machine(request.remote_addr):
        raise NotInClear


def _again(onward: str | None, name: str, errors: dict[str, str] | None = None, wait: timedelta | None = None) -> str:
    return render_template(
        "sign_in.html",
        next=onward,
        name=name[:64],
        errors=errors or {},
        wait="" if wait is None else wait_in_words(wait),
    )
