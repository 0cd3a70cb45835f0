"""A receipt is looked at without its code in the address, so that no history of a shared computer leads to it."""

from collections.abc import Callable
from typing import Final

from flask import Flask, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from saywhy.exceptions.readable import plain_code

_HERE: Final = "receipt"
_SEEN: Final = 303
# Not the cookies: those of every other page under the school's own name would go as well (W3C, Clear Site Data, 3.1).
CLEARED: Final = {"Clear-Site-Data": '"cache", "storage"'}


def install(app: Flask, receipt: Callable[[str], ResponseReturnValue]) -> None:
    """Lead from the address with a code to the one without, and let people leave it."""

    def without_code() -> ResponseReturnValue | None:
        if request.endpoint != "receipt" or request.method not in ("GET", "HEAD"):
            return None
        session[_HERE] = plain_code(str((request.view_args or {}).get("code", ""))[:80])
        return redirect(url_for("receipt_here"), _SEEN)

    def here() -> ResponseReturnValue:
        """The receipt that this browser has opened last."""
        code = session.get(_HERE)
        if not isinstance(code, str):
            return redirect(url_for("home"), _SEEN)
        return receipt(code)

    def leave() -> ResponseReturnValue:
        """Forget what was looked at and asked for in this browser."""
        for name in (_HERE, "asks"):
            session.pop(name, None)
        left = redirect(url_for("home"), _SEEN)
        left.headers.update(CLEARED)
        return left

    app.before_request(without_code)
    app.add_url_rule("/receipt", "receipt_here", here, methods=["GET"])
    app.add_url_rule("/leave", "leave", leave, methods=["POST"])
