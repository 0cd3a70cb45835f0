"""The page on which those who decide choose what opens with a page: hosts that it needs, and more pages."""

from collections import OrderedDict
from typing import Final

from flask import Flask, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saywhy.exceptions.choosing_further import may_choose
from saywhy.exceptions.further import MOST, Because
from saywhy.exceptions.needed import needed_hosts
from saywhy.exceptions.request import Account, ExceptionRequest
from saywhy.exceptions.state import NotPossible
from saywhy.exceptions.weighing import CannotBeAsked, Incomplete, NotEntitled, offers_for
from saywhy.portal.context import PortalContext
from saywhy.portal.outside import PageNeeds
from saywhy.portal.signing_in import staff_here
from saywhy.portal.videos import video_note

_KEPT: Final = 100  # pages that were opened, of which the last are remembered
_DONE: Final = 303
_LONGEST: Final = 20_000  # characters of a list of addresses


class NeededPages:
    """The pages `/requests/…/needed`."""

    def __init__(self, context: PortalContext) -> None:
        self._context = context
        self._opened: OrderedDict[int, PageNeeds] = OrderedDict()

    def install(self, app: Flask) -> None:
        """Add the pages."""
        app.add_url_rule("/requests/<int:number>/needed", "needed", self.form, methods=["GET"])
        app.add_url_rule("/requests/<int:number>/needed", "choose_needed", self.choose, methods=["POST"])
        app.add_url_rule("/requests/<int:number>/needed/look", "look_needed", self.look, methods=["POST"])

    def form(self, number: int) -> ResponseReturnValue:
        """What the page needs, as far as that is known, and what is chosen."""
        return self._page(staff_here(self._context), self._asked(number))

    def look(self, number: int) -> ResponseReturnValue:
        """Open the page in a browser, and come back with what it asked for."""
        account, asked = staff_here(self._context), self._asked(number)
        opened = self._context.outside.opened
        try:
            may_choose(self._context.in_force(), asked, account, self._context.now())
        except (NotEntitled, NotPossible, CannotBeAsked):
            abort(403)
        if opened is None:
            abort(404)
        self._opened[number] = opened(asked)
        self._opened.move_to_end(number)
        while len(self._opened) > _KEPT:
            self._opened.popitem(last=False)
        return redirect(url_for("needed", number=number), _DONE)

    def choose(self, number: int) -> ResponseReturnValue:
        """Keep what was chosen."""
        account, asked = staff_here(self._context), self._asked(number)
        pages = request.form.get("pages", "")[:_LONGEST]
        hosts = [one for one in (*request.form.getlist("needed"), *request.form.get("hosts", "").split()) if one]
        try:
            self._context.store.further.choose(
                number, self._context.in_force(), account, hosts[: 2 * MOST], pages, self._context.now()
            )
        except Incomplete as lacking:
            return self._page(account, asked, lacking.errors), 422
        except NotEntitled as refused:
            return self._page(account, asked, notice=str(refused)), 403
        except NotPossible:
            return self._page(account, asked, notice="Somebody has answered this request in the meantime."), 409
        except CannotBeAsked:
            return self._page(account, asked, notice="The rules have changed: this can no longer be decided."), 409
        flash("It is kept. It opens with the page, once the answer is yes.")
        return redirect(url_for("request", number=number), _DONE)

    def _page(
        self, account: Account, asked: ExceptionRequest, errors: dict[str, str] | None = None, notice: str = ""
    ) -> str:
        engine, now = self._context.in_force(), self._context.now()
        terms, may = None, True
        try:
            terms = may_choose(engine, asked, account, now)
        except (NotEntitled, NotPossible, CannotBeAsked):
            may = False
        needs = self._opened.get(asked.id) or self._context.outside.logged(asked)
        chosen = [one.what.site for one in asked.further if one.what.site is not None]
        ticked = request.form.getlist("needed") if errors else chosen
        found = () if terms is None else needed_hosts(engine, terms, asked.refusal, [*chosen, *needs.hosts], now)
        pages = "\n".join(
            one.what.page.text for one in asked.further if one.because is Because.PAGE and one.what.page is not None
        )
        single_pages = terms is not None and offers_for(engine, terms, asked, now).host is not None
        return render_template(
            "needed.html",
            account=account,
            asked=asked,
            may=may,
            needs=needs,
            found=found,
            chosen=ticked,
            pages=request.form.get("pages", "")
            if errors
            else pages or ("\n".join(needs.pages) if single_pages else ""),
            hosts=request.form.get("hosts", "") if errors else "",
            single_pages=single_pages,
            video=video_note(engine, asked.refusal),
            can_open=self._context.outside.opened is not None,
            most=MOST,
            errors=errors or {},
            notice=notice,
        )

    def _asked(self, number: int) -> ExceptionRequest:
        asked = self._context.store.request(number) if number < 2**31 else None
        if asked is None:
            abort(404, "request")
        return asked
