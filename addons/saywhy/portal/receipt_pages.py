"""The receipt, which lives: where a request stands, who has it, what was decided and why; and those of an account."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final

from flask import Flask, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.exceptions.deciders import deciders
from saywhy.exceptions.due import due, usual_time
from saywhy.exceptions.joining import Receipt
from saywhy.exceptions.opening import way_in
from saywhy.exceptions.readable import plain_code
from saywhy.exceptions.request import Dossier, ExceptionRequest
from saywhy.exceptions.state import UNDECIDED, NotPossible, State
from saywhy.exceptions.weighing import CannotBeAsked, Terms, access_of, decided_today, present_terms
from saywhy.explain.alternatives import address_of, surviving
from saywhy.explain.explain import purposes_of
from saywhy.explain.explanation import OpenPurpose
from saywhy.explain.reference import BadReferenceError, read_code
from saywhy.policy.grant import Grant, GrantScope
from saywhy.portal import receipts
from saywhy.portal.asking import HANDED
from saywhy.portal.asking_form import Opened, opened_to, whose_of
from saywhy.portal.context import Noticed, PortalContext
from saywhy.portal.language import gettext as _
from saywhy.portal.permissions import known_here
from saywhy.portal.signing_in import staff_here

_DONE: Final = 303


class ReceiptPages:
    """The pages `/find`, `/receipt/…` and `/mine`."""

    def __init__(self, context: PortalContext) -> None:
        self._context = context
        self._store = context.store

    def install(self, app: Flask) -> None:
        """Add the pages."""
        app.add_url_rule("/find", "find", self.find, methods=["POST"])
        app.add_url_rule("/mine", "mine", self.mine, methods=["GET"])
        app.add_url_rule("/receipt/<code>", "receipt", self.receipt, methods=["GET"])
        app.add_url_rule("/receipt/<code>/withdraw", "withdraw", self.withdraw, methods=["POST"])
        receipts.install(app, self.receipt)

    def find(self) -> ResponseReturnValue:
        """From the code of a receipt to its page, or from the number on a child's page to the form."""
        typed = request.form.get("code", "")[:80]
        code = plain_code(typed)
        if code and self._store.joining.receipt(code) is not None:
            return redirect(url_for("receipt", code=code), _DONE)
        with suppress(BadReferenceError):
            number = read_code(typed)
            token = self._store.drafts.handed_over(number, self._context.now())
            if token is not None:
                session[HANDED] = number
                known_here(number)
                return redirect(url_for("ask", token=token), _DONE)
        message = (
            _("No request has this code. Check each letter and number") if code else _("Write the code of your receipt")
        )
        return render_template("home.html", code=typed, address="", errors={"code": message}), 422

    def mine(self) -> ResponseReturnValue:
        """What somebody who signed in asked, or joined."""
        account = staff_here(self._context)
        found = self._store.joining.of_account(account.name)
        endings = self._store.endings([one.request.id for one in found])
        return render_template("mine.html", account=account, found=found, endings=endings, now=self._context.now())

    def receipt(self, code: str) -> ResponseReturnValue:
        """What became of a request, for whoever holds a code of it."""
        return self.page(self.held(code))

    def withdraw(self, code: str) -> ResponseReturnValue:
        """Take a request back, or leave it to the others who ask."""
        held = self.held(code)
        try:
            self._store.withdraw(held.code, self._context.now())
        except NotPossible:
            return self.page(self.held(code), answered_meanwhile=held.left_at is None), 409
        self._context.observe(Noticed.WITHDRAWN)
        return redirect(url_for("receipt", code=held.code), _DONE)

    def page(self, held: Receipt, *, answered_meanwhile: bool = False, errors: Mapping[str, str] | None = None) -> str:
        """What became of a request; `errors` are by the fields of its forms, which keep what was typed."""
        dossier = self._store.dossier(held.request.id)
        assert dossier is not None  # requests are never taken away
        dossier = _theirs(dossier, held)
        engine, now = self._context.engine(), self._context.now()
        state = dossier.request.state
        left = held.left_at is not None
        terms, whose, opened = None, None, None
        alternatives: tuple[OpenPurpose, ...] = ()
        if engine is not None and not left:
            with suppress(CannotBeAsked):
                terms = present_terms(engine, dossier.request)
            whose = whose_of(engine, held.refusal, now)
            opened = self._opened(engine, held, dossier)
            if state in (State.REFUSED, *UNDECIDED) and opened is None:
                told = dossier.reviews[-1].instead if state is State.REFUSED and dossier.reviews else ""
                alternatives = _untold(self._alternatives(engine, held), told)
        waits = state in UNDECIDED and not left
        return render_template(
            "receipt.html",
            held=held,
            left=left,
            dossier=dossier,
            asked=dossier.request,
            details=self._store.details.of(held.request.id),
            joined=self._store.joining.counts([held.request.id]).get(held.request.id, 0),
            terms=terms,
            whose=whose,
            alternatives=alternatives,
            usual=self._usual(engine, dossier.request) if engine is not None and waits else None,
            opened=opened,
            due=due(engine.policy, terms.ask, dossier.request, now)
            if engine is not None and terms is not None
            else None,
            appeal_roles=_of_an_appeal(engine, terms, dossier.request),
            now=now,
            answered_meanwhile=answered_meanwhile,
            errors=errors or {},
            typed=request.form if errors else {},
        )

    def _usual(self, engine: Engine, asked: ExceptionRequest) -> timedelta | None:
        return usual_time(engine.policy, self._store.details.answered(asked.refusal.rule))

    def _opened(self, engine: Engine, held: Receipt, dossier: Dossier) -> Opened | None:
        now, state = self._context.now(), dossier.request.state
        if state is State.GRANTED:
            grant = dossier.grant if dossier.revoked_at is None else None
            return None if grant is None else Opened(grant, way_in(engine, held.refusal, grant, now))
        if state in (*UNDECIDED, State.LAPSED):
            return opened_to(engine, held.refusal, self._store.live_grants(now, held.refusal.host), now)
        return None

    def _alternatives(self, engine: Engine, held: Receipt) -> tuple[OpenPurpose, ...]:
        now, decision = self._context.now(), decided_today(engine, held.refusal)
        if decision.rule is None or decision.allowed:
            return ()
        wanted = purposes_of(engine, decision.rule, decision)
        purpose = self._store.details.of(held.request.id).purpose
        access = replace(access_of(engine, held.refusal), at=now)
        grants = Grants(self._store.live_grants(now))
        return surviving(engine, grants, access, (purpose,) if purpose in wanted else wanted)[0]

    def held(self, code: str) -> Receipt:
        """What a code stands for, or a page that says that it is nobody's."""
        held = self._store.joining.receipt(plain_code(code[:80]))
        if held is None:
            abort(404, "receipt")
        return held


def _untold(purposes: tuple[OpenPurpose, ...], told: str) -> tuple[OpenPurpose, ...]:
    """Places that the answer has not named already."""
    left = (
        replace(one, alternatives=tuple(place for place in one.alternatives if address_of(place) not in told))
        for one in purposes
    )
    return tuple(one for one in left if one.alternatives)


def _theirs(dossier: Dossier, held: Receipt) -> Dossier:
    """The dossier with the permit as it is for whoever holds the receipt: for their own device."""
    grant: Grant | None = dossier.grant
    if grant is None or grant.who.device is None or held.joined_at is None:
        return dossier
    device = held.refusal.device
    return replace(dossier, grant=None if device is None else replace(grant, who=GrantScope(device=device)))


def _of_an_appeal(engine: Engine | None, terms: Terms | None, asked: ExceptionRequest) -> tuple[str, ...]:
    """Who answers an appeal, where there is one or could be one."""
    if engine is None or terms is None or asked.state not in (State.REFUSED, State.APPEALED):
        return ()
    return deciders(engine.policy, terms.ask, escalated=True, appealed=True)
