"""The pages of those who answer: one request, and what can be said to it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from flask import Flask, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from saywhy.decide.engine import Engine
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.request import Account
from saywhy.exceptions.state import NotPossible, State
from saywhy.exceptions.weighing import CannotBeAsked, Incomplete, NotEntitled, told_why
from saywhy.portal.context import Noticed, PortalContext
from saywhy.portal.dossier.pages import Dossiers, in_force, may_end, terms_now
from saywhy.portal.forms import note_of
from saywhy.portal.signing_in import staff_here

_DONE: Final = 303


class Answering:
    """The pages under `/requests/…`, for those whom a request concerns."""

    def __init__(self, context: PortalContext, dossiers: Dossiers) -> None:
        self._context = context
        self._store = context.store
        self._dossiers = dossiers

    def install(self, app: Flask) -> None:
        """Add the pages."""
        for name, view in (
            ("approve", self.approve),
            ("sign-off", self.sign_off),
            ("refuse", self.refuse),
            ("close", self.close),
            ("end", self.end),
        ):
            app.add_url_rule(f"/requests/<int:number>/{name}", name, view, methods=["POST"])

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
            others = self._dossiers.same(self._dossiers.dossier(number).request) if request.form.get("all") else ()
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
            dossier = self._dossiers.dossier(number)
            if dossier.grant is None:
                raise NotEntitled("There is no permit to end.")
            if not may_end(account, terms_now(engine, dossier.request)):
                raise NotEntitled("Those who may give this permit end it.")
            if not in_force(dossier, self._context.now()):
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
        self._dossiers.dossier(number)
        note, too_long = note_of(request.form, text)
        if too_long is not None:
            return self._dossiers.page(account, number, chosen, {text: too_long}), 422
        try:
            done = say(account, engine, note)
        except Incomplete as lacking:
            return self._dossiers.page(account, number, chosen, lacking.errors), 422
        except NotEntitled as refused:
            return self._dossiers.page(account, number, notice=str(refused)), 403
        except NotPossible:
            return self._dossiers.page(
                account, number, notice="Somebody has answered this request in the meantime."
            ), 409
        except CannotBeAsked:
            return self._dossiers.page(
                account, number, notice="The rules have changed: this can no longer be decided."
            ), 409
        flash(done)
        return redirect(url_for("request", number=number), _DONE)
