"""Signing in and out, and who is signed in."""

import re
import secrets
from typing import Final

from flask import Flask, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from addons.exceptions.request import Account
from addons.portal.context import Noticed, PortalContext

_SIGN_IN: Final = "sign-in"
_OWN_PATH: Final = re.compile(r"/requests(/\d{1,9})?")  # the only places that a sign-in leads to
_ATTEMPTS: Final = "10 per 15 minutes"


class SignInFirst(HTTPException):
    """Sends somebody who is not signed in to the sign-in page, and back."""

    code = 303

    def get_response(self, *_: object, **__: object) -> Response:
        """The way to the sign-in page."""
        return redirect(url_for("sign_in", next=safe_next(request.path)), 303)


def safe_next(path: str | None) -> str | None:
    """The path, if it is one of our own that a sign-in may lead to."""
    return path if path is not None and _OWN_PATH.fullmatch(path) else None


def account_here(context: PortalContext) -> Account | None:
    """Who is signed in. Raises StoreUnavailable."""
    token = session.get(_SIGN_IN)
    return context.store.accounts.signed_in(token, context.now()) if isinstance(token, str) else None


def staff_here(context: PortalContext) -> Account:
    """Who is signed in. Raises SignInFirst where nobody is, StoreUnavailable."""
    account = account_here(context)
    if account is None:
        raise SignInFirst
    return account


class SigningIn:
    """The pages `/sign-in` and `/sign-out`."""

    def __init__(self, context: PortalContext) -> None:
        self._context = context

    def install(self, app: Flask, limiter: Limiter) -> None:
        """Add the pages. Attempts that fail count against the address and against the name."""
        checked = limiter.limit(_ATTEMPTS, key_func=_address, deduct_when=_failed)(
            limiter.limit(_ATTEMPTS, key_func=_name, deduct_when=_failed)(self.check)
        )
        app.add_url_rule("/sign-in", "sign_in", self.form, methods=["GET"])
        app.add_url_rule("/sign-in", "check_sign_in", checked, methods=["POST"])
        app.add_url_rule("/sign-out", "sign_out", self.leave, methods=["POST"])

    def form(self) -> ResponseReturnValue:
        """The form."""
        if account_here(self._context) is not None:
            return redirect(safe_next(request.args.get("next")) or url_for("requests"), 303)
        return render_template("sign_in.html", next=safe_next(request.args.get("next")), name="", errors={})

    def check(self) -> ResponseReturnValue:
        """Check name and password, and begin a new session."""
        name, password = request.form.get("name", "").strip(), request.form.get("password", "")
        onward = safe_next(request.form.get("next"))
        errors: dict[str, str] = {}
        if not name:
            errors["name"] = "Write your name for signing in"
        if not password:
            errors["password"] = "Write your password"  # noqa: S105 — a message
        account = None if errors else self._context.store.accounts.check_password(name, password)
        if account is None:
            if not errors:
                errors["name"] = "The name or the password is not right"
                self._context.observe(Noticed.SIGN_IN_FAILED)
            return render_template("sign_in.html", next=onward, name=name[:64], errors=errors), 422
        token = self._context.store.accounts.sign_in(account, self._context.now())
        session.clear()  # nothing that somebody set before the sign-in lives on in it
        session[_SIGN_IN] = token
        session["fresh"] = secrets.token_hex(8)
        session.permanent = True
        return redirect(onward or url_for("requests"), 303)

    def leave(self) -> ResponseReturnValue:
        """End the session, here and in the store."""
        token = session.get(_SIGN_IN)
        session.clear()
        if isinstance(token, str):
            self._context.store.accounts.sign_out(token)
        return redirect(url_for("home"), 303)


def _address() -> str:
    return f"address {request.remote_addr}"


def _name() -> str:
    return f"name {request.form.get('name', '').strip().lower()[:64]}"


def _failed(response: Response) -> bool:
    return response.status_code != 303
