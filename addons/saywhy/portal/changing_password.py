"""The page `/password`, on which staff choose a password of their own."""

import secrets
from math import ceil
from typing import Final

from flask import Flask, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from saywhy.exceptions.accounts import PasswordError, check_choice
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.request import Account
from saywhy.portal.attempts import Attempts, wait_in_words
from saywhy.portal.context import Noticed, PortalContext
from saywhy.portal.signing_in import begin_session, staff_here

_CHANGED: Final = "password-changed"


class ChangingPassword:
    """Asks for the password of now, so that a browser that somebody left open is not enough.

    Wrong ones count as at the sign-in. Whoever changes it stays signed in here, and nowhere else.
    """

    def __init__(self, context: PortalContext, attempts: Attempts) -> None:
        self._context = context
        self._attempts = attempts

    def install(self, app: Flask) -> None:
        """Add the page."""
        app.add_url_rule("/password", "password", self.form, methods=["GET"])
        app.add_url_rule("/password", "change_password", self.change, methods=["POST"])

    def form(self) -> ResponseReturnValue:
        """The form; after a change, what became of it."""
        account = staff_here(self._context)
        return _page(account, changed=session.pop(_CHANGED, False))

    def change(self) -> ResponseReturnValue:
        """Check what was typed, change the password and begin a new session."""
        account = staff_here(self._context)
        old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
        errors = _errors(account, old, new, again)
        if errors:
            return _page(account, errors), 422
        began = self._context.now()
        wait = self._attempts.begin(request.remote_addr, account.name, began)
        if wait is not None:
            self._context.observe(Noticed.RATE_LIMITED)
            return (
                _page(account, wait=wait_in_words(wait)),
                429,
                {"Retry-After": str(ceil(wait.total_seconds()))},
            )
        try:
            changed = self._context.store.accounts.change_password(account.name, old, new)
        except StoreUnavailable:
            self._attempts.unmade(request.remote_addr, account.name, began)
            raise
        if not changed:
            self._context.observe(Noticed.SIGN_IN_FAILED)
            return _page(account, {"old": "This is not the password that you have now"}), 422
        self._attempts.right(request.remote_addr, account.name, began)
        begin_session(self._context, account)
        session[_CHANGED] = True
        return redirect(url_for("password"), 303)


def _errors(account: Account, old: str, new: str, again: str) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not old:
        errors["old"] = "Write the password that you have now"
    if not new:
        errors["new"] = "Write a new password"
    else:
        try:
            check_choice(account.name, old, new)
        except PasswordError as error:
            errors["new"] = str(error)
    if new and not secrets.compare_digest(new.encode(), again.encode()):
        errors["again"] = "Write the new password once more, just the same"
    return errors


def _page(account: Account, errors: dict[str, str] | None = None, *, changed: bool = False, wait: str = "") -> str:
    return render_template("password.html", account=account, errors=errors or {}, changed=changed, wait=wait)
