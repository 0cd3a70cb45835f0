"""The pages of those who ask: the form, a step a page; the request that it becomes; joining one that there is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from flask import Flask, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.drafts import about
from saywhy.exceptions.joining import NotTheSame
from saywhy.exceptions.request import Refusal, Submission
from saywhy.exceptions.state import NotPossible
from saywhy.exceptions.weighing import terms_of
from saywhy.explain.reference import LIFETIME, Reference
from saywhy.portal.asking_form import (
    AskForm,
    Known,
    for_a_teacher,
    form_of,
    known_of,
    refusal_of,
)
from saywhy.portal.browser import remember_browser, this_browser
from saywhy.portal.context import Noticed, PortalContext
from saywhy.portal.faults import RETRY_STORE
from saywhy.portal.forms import fresh_form, kept_form
from saywhy.portal.signing_in import account_here
from saywhy.portal.steps import FIELDS, OTHER, Step, at_domains, mail_of, typed, wrong

_TAKEN: Final = 303
HANDED: Final = "handed"  # in the session: the number of a child's page, which a teacher has opened


class Asking:
    """The pages `/ask/…`."""

    def __init__(self, context: PortalContext) -> None:
        self._context = context
        self._store = context.store

    def install(self, app: Flask) -> None:
        """Add the pages. Who may use them is said by `permissions`, how often by `limits`."""
        app.add_url_rule("/ask/<token>", "ask", self.form, methods=["GET"])
        app.add_url_rule("/ask/<token>", "send", self.send, methods=["POST"])
        app.add_url_rule("/ask/<token>/join", "join", self.join, methods=["POST"])
        app.add_url_rule("/ask/<token>/helped", "helped", self.helped, methods=["POST"])
        app.add_url_rule("/ask/<token>/afresh", "afresh", self.afresh, methods=["POST"])
        app.add_url_rule("/ask/<token>/teacher", "teacher", self.teacher, methods=["GET"])
        app.add_url_rule("/ask/<token>/<step>", "step", self.step, methods=["GET"])
        app.add_url_rule("/ask/<token>/<step>", "answer", self.answer, methods=["POST"])

    def form(self, token: str) -> ResponseReturnValue:
        """The form's first page: what is closed and why, and what somebody wants to do."""
        refusal = self._refusal(token)
        if for_a_teacher(refusal) and not self._handed(refusal):
            terms_of(self._context.in_force(), refusal)
            return self.teacher(token)
        return self._page(self._form(token, refusal), Step.WANTS)

    def step(self, token: str, step: str) -> ResponseReturnValue:
        """Another page, with what was answered so far; one that cannot be answered yet leads to the first that can."""
        form = self._form(token, self._refusal(token))
        wanted = _step(step)
        first = form.asks.unanswered(form.answers)
        if wanted not in form.asks.steps or list(Step).index(wanted) > list(Step).index(first):
            return self._to(token, first)
        return self._page(form, wanted)

    def answer(self, token: str, step: str) -> ResponseReturnValue:
        """Keep what a page was answered with, right or not, and lead to the next."""
        refusal, at = self._refusal(token), _step(step)
        given = typed(request.form, FIELDS[at])
        form = self._form(token, refusal, given, Known())
        try:
            self._store.drafts.keep(
                remember_browser(), about(refusal), given, self._context.now(), once={"form": fresh_form()}
            )
            form = self._form(token, refusal, given)
        except StoreUnavailable:
            self._context.observe(Noticed.STORE_UNAVAILABLE)
            return self._page(form, at, unavailable=True), 503, RETRY_STORE
        errors = wrong(form.answers, form.asks, [at])
        if errors:
            return self._page(form, at, errors), 422
        if request.form.get("back_to_check") and form.asks.unanswered(form.answers) is Step.CHECK:
            return self._to(token, Step.CHECK)
        return self._to(token, form.asks.after(at))

    def send(self, token: str) -> ResponseReturnValue:
        """Keep what was asked, and lead to the receipt."""
        refusal = self._refusal(token)
        given = typed(request.form)
        engine, now = self._context.in_force(), self._context.now()
        form = self._form(token, refusal, given, Known())
        try:
            form = self._form(token, refusal, given)
            if not form.answers.get("who") and form.asks.who:
                form = replace(form, answers={**form.answers, "who": form.asks.who[0]})
            errors = wrong(form.answers, form.asks, Step)
            span, day, ends = form.asks.span(form.answers)
            if errors or day is None or ends is None:
                return self._page(form, Step.CHECK, errors), 422
            if form.opened is not None and form.opened.grant.ends >= ends:
                return render_template("open_already.html", refusal=refusal, opened=form.opened), 409
            account, answers = account_here(self._context), form.answers
            browser = remember_browser()
            made = Submission(
                wants=answers.get("wants") or form.asks.purposes.get(answers.get("purpose", ""), ""),
                because=answers["because"],
                work=answers.get("work", ""),
                until=day,
                refusal=refusal,
                asked_by="" if account is None else account.name,
                purpose=answers["purpose"] if answers.get("purpose") in form.asks.purposes else "",
                who=answers.get("who", ""),
                span=span,
                news=answers.get("news", ""),
                need=answers.get("need", "") if form.need_role else "",
                need_for=form.need_role,
                mail=mail_of(answers, form.asks),
                browser=browser,
            )
            mark = kept_form(request.form.get("form", ""))
            asked = self._store.submit(engine, made, mark, now)
            self._store.drafts.drop(browser, about(refusal))
        except StoreUnavailable:
            self._context.observe(Noticed.STORE_UNAVAILABLE)
            return self._page(form, Step.CHECK, unavailable=True), 503, RETRY_STORE
        self._context.observe(Noticed.SUBMITTED)
        return redirect(url_for("receipt", code=asked.receipt), _TAKEN)

    def join(self, token: str) -> ResponseReturnValue:
        """Join a request for the same, and lead to a receipt of one's own."""
        refusal = self._refusal(token)
        terms_of(self._context.in_force(), refusal)
        account, browser = account_here(self._context), remember_browser()
        number = request.form.get("request", "")
        try:
            code = self._store.joining.join(
                int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0,
                refusal,
                "" if account is None else account.name,
                browser,
                self._context.now(),
            )
        except (NotTheSame, NotPossible):  # answered meanwhile: the page shows what was said
            return self._to(token, Step.BEFORE)
        self._store.drafts.drop(browser, about(refusal))
        self._context.observe(Noticed.JOINED)
        return redirect(url_for("receipt", code=code), _TAKEN)

    def helped(self, token: str) -> ResponseReturnValue:
        """Somebody takes an alternative: nothing is asked, and it counts."""
        refusal = self._refusal(token)
        form = self._form(token, refusal)
        self._store.drafts.drop(this_browser(), about(refusal))
        self._context.observe(Noticed.HELPED)
        return render_template("ask_helped.html", form=form)

    def afresh(self, token: str) -> ResponseReturnValue:
        """Forget what was written so far: somebody else began it, or begins anew."""
        self._store.drafts.drop(this_browser(), about(self._refusal(token)))
        return redirect(url_for("ask", token=token), _TAKEN)

    def teacher(self, token: str) -> ResponseReturnValue:
        """A number that a child shows to a teacher, who opens the form with it."""
        reference = self._read(token)
        refusal = refusal_of(reference)
        terms_of(self._context.in_force(), refusal)
        self._store.drafts.hand_over(reference.code, token, reference.at + LIFETIME, self._context.now())
        return render_template("ask_teacher.html", refusal=refusal, token=token)

    def _form(
        self, token: str, refusal: Refusal, given: Mapping[str, str] | None = None, known: Known | None = None
    ) -> AskForm:
        engine, now = self._context.in_force(), self._context.now()
        if known is None:
            terms_of(engine, refusal)  # what cannot be asked for is told, whether the store is there or not
            known = known_of(self._context, engine, refusal, now)
        return form_of(
            engine,
            token,
            refusal,
            known,
            given or {},
            now,
            full=self._handed(refusal),
            mail_domains=self._context.asker_domains(),
        )

    def _page(
        self, form: AskForm, step: Step, errors: Mapping[str, str] | None = None, *, unavailable: bool = False
    ) -> str:
        return render_template(
            f"ask_{step}.html",
            form_data=form,
            asks=form.asks,
            refusal=form.refusal,
            step=step,
            steps=list(form.asks.steps),
            back=form.asks.before_it(step),
            mark=kept_form(request.form.get("form", form.answers.get("form", ""))),
            errors=errors or {},
            unavailable=unavailable,
            begun=request.method == "GET" and "form" in form.answers,
            to_check=request.values.get("check") == "yes" or bool(request.form.get("back_to_check")),
            OTHER=OTHER,
            at_domains=at_domains,
        )

    def _to(self, token: str, step: Step) -> ResponseReturnValue:
        if step is Step.WANTS:
            return redirect(url_for("ask", token=token), _TAKEN)
        return redirect(url_for("step", token=token, step=step.value), _TAKEN)

    def _refusal(self, token: str) -> Refusal:
        return refusal_of(self._read(token))

    def _handed(self, refusal: Refusal) -> bool:
        return session.get(HANDED) == refusal.code

    def _read(self, token: str) -> Reference:
        return self._context.references.read(token, self._context.now())


def _step(name: str) -> Step:
    try:
        return Step(name)
    except ValueError:
        abort(404)
