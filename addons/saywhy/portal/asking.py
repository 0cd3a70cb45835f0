"""The pages of those who ask: the start, the form, the receipt."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saywhy.decide.engine import Engine
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.deciders import deciders
from saywhy.exceptions.offer import Offered, offered
from saywhy.exceptions.opening import open_by, way_in
from saywhy.exceptions.readable import plain_code
from saywhy.exceptions.request import ExceptionRequest, Refusal, Submission
from saywhy.exceptions.state import UNDECIDED, NotPossible, State
from saywhy.exceptions.until import end_of_day
from saywhy.exceptions.weighing import CannotBeAsked, Terms, terms_of
from saywhy.explain.reference import Reference
from saywhy.policy.grant import Grant
from saywhy.portal.context import Noticed, PortalContext
from saywhy.portal.faults import RETRY_STORE
from saywhy.portal.forms import Answers, fresh_form, read_answers
from saywhy.portal.signing_in import account_here

_TAKEN: Final = 303


@dataclass(frozen=True, slots=True)
class Opened:
    """A permit that is in force, and an address that it opens to who asked, where one does."""

    grant: Grant
    link: str | None


class Asking:
    """The pages `/`, `/ask/…` and `/receipt/…`."""

    def __init__(self, context: PortalContext) -> None:
        self._context = context

    def install(self, app: Flask) -> None:
        """Add the pages. Who may use them is said by `permissions`, how often by `limits`."""
        app.add_url_rule("/", "home", self.home, methods=["GET"])
        app.add_url_rule("/find", "find", self.find, methods=["POST"])
        app.add_url_rule("/ask/<token>", "ask", self.form, methods=["GET"])
        app.add_url_rule("/ask/<token>", "send", self.send, methods=["POST"])
        app.add_url_rule("/receipt/<code>", "receipt", self.receipt, methods=["GET"])
        app.add_url_rule("/receipt/<code>/withdraw", "withdraw", self.withdraw, methods=["POST"])

    def home(self) -> ResponseReturnValue:
        """What this is, and where to look up a receipt."""
        return render_template("home.html", code="", errors={})

    def find(self) -> ResponseReturnValue:
        """From the code of a receipt to its page."""
        typed = request.form.get("code", "")[:80]
        code = plain_code(typed)
        if code and self._context.store.by_receipt(code) is not None:
            return redirect(url_for("receipt", code=code), _TAKEN)
        message = "No request has this code. Check each letter and number" if code else "Write the code of your receipt"
        return render_template("home.html", code=typed, errors={"code": message}), 422

    def form(self, token: str) -> ResponseReturnValue:
        """The form for what a reference names."""
        refusal = refusal_of(self._read(token))
        engine = self._context.in_force()
        terms = terms_of(engine, refusal)
        return self._form(token, refusal, terms, Answers(form=fresh_form()), opened=self._opened(engine, refusal))

    def send(self, token: str) -> ResponseReturnValue:
        """Keep what was asked, and lead to the receipt."""
        refusal = refusal_of(self._read(token))
        engine = self._context.in_force()
        terms = terms_of(engine, refusal)
        answers = read_answers(request.form, self._today(engine), self._offers(engine, terms, refusal).last_day)
        if answers.errors or answers.day is None:
            return self._form(token, refusal, terms, answers), 422
        try:
            opened = self._opened(engine, refusal)
            if opened is not None and opened.grant.ends >= end_of_day(answers.day, engine.policy.school.timezone):
                return render_template("open_already.html", refusal=refusal, opened=opened), 409
            receipt = self._submit(engine, refusal, answers, answers.day)
        except StoreUnavailable:
            self._context.observe(Noticed.STORE_UNAVAILABLE)
            return self._form(token, refusal, terms, answers, unavailable=True), 503, RETRY_STORE
        return redirect(url_for("receipt", code=receipt), _TAKEN)

    def receipt(self, code: str) -> ResponseReturnValue:
        """What became of a request, for whoever holds its code."""
        return self.receipt_page(self.asked(code))

    def withdraw(self, code: str) -> ResponseReturnValue:
        """Take a request back."""
        asked = self.asked(code)
        try:
            self._context.store.withdraw(asked.receipt, self._context.now())
        except NotPossible:
            return self.receipt_page(self.asked(code), answered_meanwhile=True), 409
        self._context.observe(Noticed.WITHDRAWN)
        return redirect(url_for("receipt", code=asked.receipt), _TAKEN)

    def _submit(self, engine: Engine, refusal: Refusal, answers: Answers, day: date) -> str:
        account = account_here(self._context)
        made = Submission(
            wants=answers.wants,
            because=answers.because,
            work=answers.work,
            until=day,
            refusal=refusal,
            asked_by="" if account is None else account.name,
        )
        asked = self._context.store.submit(engine, made, answers.form, self._context.now())
        self._context.observe(Noticed.SUBMITTED)
        return asked.receipt

    def _form(  # the page, all of its parts
        self,
        token: str,
        refusal: Refusal,
        terms: Terms,
        answers: Answers,
        *,
        opened: Opened | None = None,
        unavailable: bool = False,
    ) -> str:
        engine = self._context.in_force()
        today = self._today(engine)
        offers = self._offers(engine, terms, refusal)
        return render_template(
            "ask.html",
            token=token,
            refusal=refusal,
            terms=terms,
            reason=terms.rule.why.told_to(refusal.reader) if terms.rule.why is not None else "",
            answers=answers,
            errors=answers.errors,
            today=today,
            farthest=offers.last_day,
            only_pages=not offers.what,
            latest=None if offers.unlimited or not offers.until else offers.latest,
            lesson_only=not offers.until,
            unavailable=unavailable,
            opened=opened,
        )

    def _offers(self, engine: Engine, terms: Terms, refusal: Refusal) -> Offered:
        return offered(engine.policy, terms.ask.offer, terms.apps, refusal, self._context.now())

    def receipt_page(
        self, asked: ExceptionRequest, *, answered_meanwhile: bool = False, errors: Mapping[str, str] | None = None
    ) -> str:
        """What became of a request; `errors` are by the fields of its forms, which keep what was typed."""
        dossier = self._context.store.dossier(asked.id)
        assert dossier is not None  # requests are never taken away
        engine = self._context.engine()
        terms, opened = None, None
        if engine is not None:
            with suppress(CannotBeAsked):
                terms = terms_of(engine, asked.refusal)
            if dossier.request.state is State.GRANTED:
                grant = dossier.grant if dossier.revoked_at is None else None
                opened = None if grant is None else self._opened_by(engine, asked.refusal, grant)
            elif dossier.request.state in (*UNDECIDED, State.LAPSED):
                opened = self._opened(engine, asked.refusal)
        return render_template(
            "receipt.html",
            dossier=dossier,
            asked=dossier.request,
            terms=terms,
            appeal_roles=_of_an_appeal(engine, terms, dossier.request),
            opened=opened,
            now=self._context.now(),
            answered_meanwhile=answered_meanwhile,
            errors=errors or {},
            typed=request.form if errors else {},
        )

    def _opened(self, engine: Engine, refusal: Refusal) -> Opened | None:
        """What is open by now to those who were refused."""
        now = self._context.now()
        grant = open_by(engine, refusal, self._context.store.live_grants(now, refusal.host), now)
        return None if grant is None else self._opened_by(engine, refusal, grant)

    def _opened_by(self, engine: Engine, refusal: Refusal, grant: Grant) -> Opened:
        return Opened(grant, way_in(engine, refusal, grant, self._context.now()))

    def asked(self, code: str) -> ExceptionRequest:
        """The request with this receipt, or a page that says that there is none."""
        asked = self._context.store.by_receipt(plain_code(code[:80]))
        if asked is None:
            abort(404, "receipt")
        return asked

    def _read(self, token: str) -> Reference:
        return self._context.references.read(token, self._context.now())

    def _today(self, engine: Engine) -> date:
        return self._context.now().astimezone(engine.policy.school.timezone).date()


def refusal_of(reference: Reference) -> Refusal:
    """The facts of a signed reference, as requests keep them."""
    return Refusal(
        code=reference.code,
        host=reference.host,
        url=reference.url,
        scheme=reference.scheme,
        rule=reference.rule or "",
        reason=str(reference.reason),
        groups=tuple(reference.groups),
        place=reference.place,
        device=None if reference.device is None else str(reference.device),
        reader=reference.reader,
        at=reference.at,
        revision=reference.revision,
    )


def _of_an_appeal(engine: Engine | None, terms: Terms | None, asked: ExceptionRequest) -> tuple[str, ...]:
    """Who answers an appeal, where there is one or could be one."""
    if engine is None or terms is None or asked.state not in (State.REFUSED, State.APPEALED):
        return ()
    return deciders(engine.policy, terms.ask, escalated=True, appealed=True)
