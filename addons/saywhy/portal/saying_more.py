"""What those who asked can say on their receipt: the answer to a question, and once that somebody else should look."""

from collections.abc import Callable
from typing import Final

from flask import Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue

from saywhy.exceptions.joining import Receipt
from saywhy.exceptions.sentences import is_an_answer
from saywhy.exceptions.state import NotPossible
from saywhy.exceptions.weighing import Incomplete
from saywhy.portal.context import Noticed, PortalContext
from saywhy.portal.forms import note_of
from saywhy.portal.language import gettext as _
from saywhy.portal.receipt_pages import ReceiptPages

_TAKEN: Final = 303


class SayingMore:
    """The forms `/receipt/…/answer` and `/receipt/…/appeal`, for whoever holds the receipt."""

    def __init__(self, context: PortalContext, pages: ReceiptPages) -> None:
        self._context = context
        self._pages = pages

    def install(self, app: Flask) -> None:
        """Add the forms."""
        app.add_url_rule("/receipt/<code>/answer", "answer-question", self.answer, methods=["POST"])
        app.add_url_rule("/receipt/<code>/appeal", "appeal", self.appeal, methods=["POST"])

    def answer(self, code: str) -> ResponseReturnValue:
        """The answer to a question of those who decide."""

        def keep(held: Receipt, text: str) -> None:
            if not is_an_answer(text):
                raise Incomplete({"answer": _("%(message)s, in words", message=_("Write your answer"))})
            self._context.store.answer(held.code, self._context.in_force(), text, self._context.now())
            self._context.observe(Noticed.ANSWERED)

        return self._say(code, "answer", keep)

    def appeal(self, code: str) -> ResponseReturnValue:
        """Somebody else should look at it."""

        def keep(held: Receipt, text: str) -> None:
            self._context.store.appeal(held.code, text, self._context.now())
            self._context.observe(Noticed.APPEALED)

        return self._say(code, "appeal", keep)

    def _say(self, code: str, name: str, keep: Callable[[Receipt, str], None]) -> ResponseReturnValue:
        held = self._pages.held(code)
        text, too_long = note_of(request.form, name)
        if too_long is not None:
            return self._pages.page(held, errors={name: too_long}), 422
        try:
            keep(held, text)
        except Incomplete as lacking:
            return self._pages.page(held, errors=lacking.errors), 422
        except NotPossible:
            return self._pages.page(self._pages.held(code), answered_meanwhile=True), 409
        return redirect(url_for("receipt", code=held.code), _TAKEN)
