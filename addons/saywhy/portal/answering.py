"""The pages of those who answer: one request, and what can be said to it."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final

from flask import Flask, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saywhy.decide.engine import Engine
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.request import Account, Dossier, ExceptionRequest
from saywhy.exceptions.state import UNDECIDED, NotPossible, State
from saywhy.exceptions.weighing import (
    CannotBeAsked,
    Incomplete,
    NotEntitled,
    Terms,
    holds_one_of,
    offers_for,
    present_terms,
    reach_of,
    told_why,
)
from saywhy.portal.context import Noticed, PortalContext
from saywhy.portal.forms import note_of
from saywhy.portal.queue import same_as
from saywhy.portal.signing_in import staff_here
from saywhy.portal.wording import Wording

_ANSWERED_AT_ONCE: Final = 500
_EARLIER: Final = 5
_DONE: Final = 303


class Answering:
    """The pages under `/requests/…`, for those whom a request concerns."""

    def __init__(self, context: PortalContext, wording: Wording) -> None:
        self._context = context
        self._store = context.store
        self._wording = wording

    def install(self, app: Flask) -> None:
        """Add the pages."""
        app.add_url_rule("/requests/<int:number>", "request", self.one, methods=["GET"])
        for name, view in (
            ("approve", self.approve),
            ("sign-off", self.sign_off),
            ("refuse", self.refuse),
            ("close", self.close),
            ("end", self.end),
        ):
            app.add_url_rule(f"/requests/<int:number>/{name}", name, view, methods=["POST"])

    def one(self, number: int) -> ResponseReturnValue:
        """One request with all that is known about it."""
        return self._page(staff_here(self._context), number)

    def approve(self, number: int) -> ResponseReturnValue:
        """A first yes."""
        form = request.form
        chosen = Chosen(**{name: form.get(name, "")[:2048] for name in ("who", "what", "until", "page", "date")})

        def say(account: Account, engine: Engine, note: str) -> str:
            asked = self._store.approve(number, engine, account, chosen, note, self._context.now())
            self._context.observe(Noticed.APPROVED)
            if asked.state is State.GRANTED:
                return f"You said yes to {asked.number}. It is open now."
            return f"You said yes to {asked.number}. It opens once a second person agrees."

        return self._answer(number, "note", say, chosen)

    def sign_off(self, number: int) -> ResponseReturnValue:
        """A second person's yes."""

        def say(account: Account, engine: Engine, note: str) -> str:
            asked = self._store.sign_off(number, engine, account, note, self._context.now())
            self._context.observe(Noticed.SIGNED_OFF)
            return f"You agreed to {asked.number}. It is open now."

        return self._answer(number, "agreement", say)

    def refuse(self, number: int) -> ResponseReturnValue:
        """A no."""

        def say(account: Account, engine: Engine, reason: str) -> str:
            others = self._same(self._dossier(number).request) if request.form.get("all") else ()
            asked = self._store.refuse(number, engine, account, reason, self._context.now())
            self._context.observe(Noticed.REFUSED)
            told = [asked.number]
            for other in others:
                # Each is weighed by itself; one that cannot be answered so stays in the list.
                with suppress(NotPossible, NotEntitled, CannotBeAsked):
                    told.append(self._store.refuse(other.id, engine, account, reason, self._context.now()).number)
                    self._context.observe(Noticed.REFUSED)
            if len(told) == 1:
                return f"You said no to {asked.number}. The person who asked can read your reason."
            return f"You said no to {', '.join(told)}. The people who asked can read your reason."

        return self._answer(number, "reason", say)

    def close(self, number: int) -> ResponseReturnValue:
        """Close a request that the rules no longer let anybody decide."""

        def say(account: Account, engine: Engine, reason: str) -> str:
            asked = self._store.lapse(number, engine, account, reason, self._context.now())
            self._context.observe(Noticed.LAPSED)
            return f"You closed {asked.number}."

        return self._answer(number, "reason", say)

    def end(self, number: int) -> ResponseReturnValue:
        """End a permit before its time."""

        def say(account: Account, engine: Engine, note: str) -> str:
            dossier = self._dossier(number)
            if dossier.grant is None:
                raise NotEntitled("There is no permit to end.")
            if not _may_end(account, _terms(engine, dossier.request)):
                raise NotEntitled("Those who may give this permit end it.")
            if not _in_force(dossier, self._context.now()):
                raise NotEntitled("This permit is over already.")
            self._store.revoke(dossier.grant.id, account.name, self._context.now(), told_why(note, "ending"))
            self._context.observe(Noticed.REVOKED)
            return f"You ended the permit of {dossier.request.number}."

        return self._answer(number, "ending", say)

    def _answer(
        self, number: int, text: str, say: Callable[[Account, Engine, str], str], chosen: Chosen | None = None
    ) -> ResponseReturnValue:
        account = staff_here(self._context)
        engine = self._context.in_force()
        self._dossier(number)
        note, too_long = note_of(request.form, text)
        if too_long is not None:
            return self._page(account, number, chosen, {text: too_long}), 422
        try:
            done = say(account, engine, note)
        except Incomplete as lacking:
            return self._page(account, number, chosen, lacking.errors), 422
        except NotEntitled as refused:
            return self._page(account, number, notice=str(refused)), 403
        except NotPossible:
            return self._page(account, number, notice="Somebody has answered this request in the meantime."), 409
        except CannotBeAsked:
            return self._page(account, number, notice="The rules have changed: this can no longer be decided."), 409
        flash(done)
        return redirect(url_for("request", number=number), _DONE)

    def _page(
        self,
        account: Account,
        number: int,
        chosen: Chosen | None = None,
        errors: Mapping[str, str] | None = None,
        notice: str = "",
    ) -> str:
        dossier = self._dossier(number)
        asked = dossier.request
        engine = self._context.in_force()
        terms = _terms(engine, asked)
        now = self._context.now()
        host = asked.refusal.host
        offers = None if terms is None else offers_for(engine, terms, asked, now)
        reaches = {}
        if offers is not None and terms is not None and offers.who:
            who = next(iter(offers.who.values()))
            reaches = {
                key: reach_of(engine, terms, asked.refusal, what, who, asked.further)
                for key, what in offers.what.items()
            }
        earlier = [(one, review) for one, review in self._store.answered_for({host}) if one.id != number]
        rule = terms.rule if terms is not None else engine.rule_by_id.get(asked.refusal.rule)
        return render_template(
            "request.html",
            account=account,
            dossier=dossier,
            asked=asked,
            terms=terms,
            rule=rule,
            offers=offers,
            options=None if offers is None else self._wording.options(offers, asked.refusal, reaches),
            may=_may(account, dossier, terms),
            may_end=_may_end(account, terms) and _in_force(dossier, now),
            same=self._same(asked),
            others=self._store.asked_for({host}).get(host, 1) - 1,
            earlier=earlier[:_EARLIER],
            endings=self._store.endings([one.id for one, _ in earlier[:_EARLIER]]),
            chosen=chosen or Chosen(),
            typed=request.form if errors else {},
            errors=errors or {},
            notice=notice,
            same_device=asked.refusal.device is not None and asked.refusal.device == request.remote_addr,
            now=now,
        )

    def _same(self, asked: ExceptionRequest) -> tuple[ExceptionRequest, ...]:
        return same_as(asked, self._store.requests(UNDECIDED, _ANSWERED_AT_ONCE)) if asked.state in UNDECIDED else ()

    def _dossier(self, number: int) -> Dossier:
        dossier = self._store.dossier(number) if number < 2**31 else None
        if dossier is None:
            abort(404, "request")
        return dossier


def _terms(engine: Engine, asked: ExceptionRequest) -> Terms | None:
    try:
        return present_terms(engine, asked)
    except CannotBeAsked:
        return None


def _may(account: Account, dossier: Dossier, terms: Terms | None) -> str:
    """Which form this person gets: "decide", "sign-off", "refuse", "close" or none. The store checks it again."""
    asked = dossier.request
    if asked.state not in UNDECIDED:
        return ""
    if terms is None:
        return "close"
    if asked.asked_by and asked.asked_by == account.name:
        return ""
    if asked.state is State.OPEN:
        return "decide" if holds_one_of(account, terms.ask.decides) else ""
    if holds_one_of(account, terms.signers) and account.name not in {one.by for one in dossier.reviews}:
        return "sign-off"
    return "refuse" if holds_one_of(account, (*terms.signers, *terms.ask.decides)) else ""


def _may_end(account: Account, terms: Terms | None) -> bool:
    return terms is None or holds_one_of(account, (*terms.ask.decides, *terms.ask.signs_off)) is not None


def _in_force(dossier: Dossier, now: datetime) -> bool:
    grant = dossier.grant
    return grant is not None and dossier.revoked_at is None and now < grant.ends
