"""Wrong categories: reported from a page by its signed reference, counted, and answered by those who keep the rules."""

import hmac
from typing import Final

from flask import Flask, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saywhy.exceptions.category_reports import CategoryAnswer, Reported
from saywhy.exceptions.request import Account, Refusal
from saywhy.exceptions.weighing import Incomplete, decided_today
from saywhy.policy.address import AddressError
from saywhy.policy.catalogue import SEALED, Category
from saywhy.portal.asking_form import refusal_of
from saywhy.portal.attempts import counted_as
from saywhy.portal.context import PortalContext
from saywhy.portal.entitled import decider_here
from saywhy.portal.forms import note_of
from saywhy.portal.language import gettext as _
from saywhy.portal.outside import CannotBeWrittenError
from saywhy.portal.signing_in import staff_here
from saywhy.portal.writing_policy import as_file

_DONE: Final = 303


class Categories:
    """The pages `/wrong-category/…` and `/corrections`."""

    def __init__(self, context: PortalContext) -> None:
        self._context = context

    def install(self, app: Flask) -> None:
        """Add the pages. Who may use them is said by `permissions`, how often by `limits`."""
        app.add_url_rule("/wrong-category/<token>", "wrong_category", self.form, methods=["GET"])
        app.add_url_rule("/wrong-category/<token>", "report_category", self.report, methods=["POST"])
        app.add_url_rule("/corrections", "corrections", self.listed, methods=["GET"])
        one = "/corrections/<category>/<host>"
        app.add_url_rule(one, "correction", self.one, methods=["GET"])
        app.add_url_rule(one, "answer_correction", self.answer, methods=["POST"])

    def form(self, token: str) -> ResponseReturnValue:
        """What the page said, and what it is instead."""
        refusal = self._refusal(token)
        return self._form(token, refusal, self._said(refusal))

    def report(self, token: str) -> ResponseReturnValue:
        """Keep a report."""
        refusal = self._refusal(token)
        said = self._said(refusal)
        category, instead = request.form.get("category", ""), request.form.get("instead", "")
        errors: dict[str, str] = {}
        if category not in {one.id for one in said}:
            errors["category"] = _("Choose what is wrong")
        known = self._context.in_force().policy.catalogue.categories
        if instead and (instead not in known or instead in (category, SEALED)):
            errors["instead"] = _("Choose another kind of site, or that you do not know")
        if errors:
            return self._form(token, refusal, said, errors), 422
        device = refusal.device or counted_as(request.remote_addr)
        reporter = hmac.digest(self._context.secret, f"reporter {device}".encode(), "sha256").hex()
        self._context.store.categories.report(refusal.host, category, instead, reporter, self._context.now())
        return render_template("wrong_category.html", refusal=refusal, said=said, thanks=True, errors={}, kinds=())

    def listed(self) -> ResponseReturnValue:
        """What people say is wrong, the most said first, and what was answered."""
        account = staff_here(self._context)
        categories = self._context.store.categories
        return render_template(
            "corrections.html",
            account=account,
            waiting=categories.waiting(),
            answered=categories.answered(),
            label=self._label,
        )

    def one(self, category: str, host: str) -> ResponseReturnValue:
        """One report: what says so, and the correction."""
        account, reported = staff_here(self._context), self._reported(category, host)
        suggested = request.args.get("instead", next((one for one, _ in reported.suggested), ""))[:100]
        if request.args.get("part"):
            try:
                edit = self._context.outside.as_correction(reported, suggested, self._because(reported))
            except CannotBeWrittenError:
                abort(404)
            part = as_file(edit, request.args["part"])
            if part is not None:
                return part
        return self._page(account, reported, suggested)

    def answer(self, category: str, host: str) -> ResponseReturnValue:
        """Close the reports, with a reason."""
        account, reported = decider_here(self._context), self._reported(category, host)
        reason, too_long = note_of(request.form, "reason")
        answer = CategoryAnswer.WRITTEN if request.form.get("answer") == "written" else CategoryAnswer.CLOSED
        if too_long is not None:
            return self._page(account, reported, "", {"reason": too_long}), 422
        try:
            self._context.store.categories.answer(host, category, answer, reason, account, self._context.now())
        except Incomplete as lacking:
            return self._page(account, reported, "", lacking.errors), 422
        flash(f"The reports about {host} are closed.")
        return redirect(url_for("corrections"), _DONE)

    def _form(
        self, token: str, refusal: Refusal, said: tuple[Category, ...], errors: dict[str, str] | None = None
    ) -> str:
        known = self._context.in_force().policy.catalogue.categories.values()
        kinds = sorted(((one.id, one.label) for one in known if one.id != SEALED), key=lambda one: one[1].lower())
        return render_template(
            "wrong_category.html",
            token=token,
            refusal=refusal,
            said=said,
            kinds=kinds,
            thanks=False,
            errors=errors or {},
        )

    def _page(self, account: Account, reported: Reported, suggested: str, errors: dict[str, str] | None = None) -> str:
        edit, why = None, ""
        try:
            edit = self._context.outside.as_correction(reported, suggested, self._because(reported))
        except CannotBeWrittenError as fault:
            why = str(fault)
        return render_template(
            "correction.html",
            account=account,
            title=f"{reported.host}: is it {self._label(reported.category)}?",
            reported=reported,
            suggested=suggested,
            label=self._label,
            edit=edit,
            why=why,
            typed=request.form if errors else {},
            errors=errors or {},
            args={"category": reported.category, "host": reported.host, "instead": suggested},
        )

    def _because(self, reported: Reported) -> str:
        people = "One person" if reported.times == 1 else f"{reported.times} people"
        return f"{people} told us that this is no {self._label(reported.category)} site."

    def _label(self, category: str) -> str:
        policy = self._context.policy()
        known = None if policy is None else policy.catalogue.categories.get(category)
        return category if known is None else known.label

    def _refusal(self, token: str) -> Refusal:
        return refusal_of(self._context.references.read(token, self._context.now()))

    def _said(self, refusal: Refusal) -> tuple[Category, ...]:
        """The categories by which it is closed today; none where a page cares, or where nothing may be said."""
        try:
            decision = decided_today(self._context.in_force(), refusal)
        except AddressError:
            return ()
        rule = decision.rule
        if decision.allowed or rule is None or rule.help or SEALED in decision.membership.categories:
            return ()
        known = self._context.in_force().policy.catalogue.categories
        return tuple(known[one] for one in rule.criteria.categories if one in decision.membership.categories)

    def _reported(self, category: str, host: str) -> Reported:
        reported = self._context.store.categories.about(host, category)
        if reported is None:
            abort(404)
        return reported
