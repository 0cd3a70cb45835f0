"""What those who answer send: each form of a request's page, and what comes back."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from flask import Flask, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from saywhy.decide.engine import Engine
from saywhy.exceptions.answering import ProposalChanged
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.permits import PermitOver
from saywhy.exceptions.request import Account, ExceptionRequest
from saywhy.exceptions.state import NotPossible, State
from saywhy.exceptions.weighing import CannotBeAsked, Incomplete, NotEntitled, may_end, said, told_why
from saywhy.explain.alternatives import address_of
from saywhy.portal.context import Noticed, PortalContext
from saywhy.portal.dossier.pages import Dossiers
from saywhy.portal.forms import note_of
from saywhy.portal.instead import places_instead
from saywhy.portal.may import NOTHING_INSTEAD, SOMETHING_ELSE
from saywhy.portal.signing_in import staff_here

_DONE: Final = 303
_TOO_LATE: Final[Mapping[type[Exception], str]] = {
    NotPossible: "Somebody has answered this request in the meantime.",
    PermitOver: "This permit is over already.",
    ProposalChanged: "Something else is proposed now. Read it again before you agree.",
    CannotBeAsked: "The rules have changed: this can no longer be decided.",
}


class Deciding:
    """The forms under `/requests/…`, for those who are signed in; the store checks who may send which."""

    def __init__(self, context: PortalContext, pages: Dossiers) -> None:
        self._context = context
        self._store = context.store
        self._pages = pages

    def install(self, app: Flask) -> None:
        """Add the forms."""
        for name, view in (
            ("approve", self.approve),
            ("change", self.change),
            ("sign-off", self.sign_off),
            ("refuse", self.refuse),
            ("ask-back", self.ask_back),
            ("close", self.close),
            ("end", self.end),
        ):
            app.add_url_rule(f"/requests/<int:number>/{name}", name, view, methods=["POST"])

    def approve(self, number: int) -> ResponseReturnValue:
        """A first yes."""
        return self._propose(number, self._store.approve, Noticed.APPROVED)

    def change(self, number: int) -> ResponseReturnValue:
        """Something else than what waits."""
        return self._propose(number, self._store.change, Noticed.CHANGED)

    def _propose(self, number: int, answer: Callable[..., ExceptionRequest], noticed: Noticed) -> ResponseReturnValue:
        form = request.form
        chosen = Chosen(**{name: form.get(name, "")[:2048] for name in ("who", "what", "until", "page", "date")})

        def say(account: Account, engine: Engine, note: str) -> str:
            asked = answer(number, engine, account, chosen, note, self._context.now())
            self._context.observe(noticed)
            if asked.state is State.GRANTED:
                return f"You said yes to {asked.number}. It is open now."
            return f"You said yes to {asked.number}. It opens once a second person agrees."

        return self._answer(number, "note", say, chosen)

    def sign_off(self, number: int) -> ResponseReturnValue:
        """Another person's yes."""
        seen = request.form.get("round", "")

        def say(account: Account, engine: Engine, note: str) -> str:
            seen_round = int(seen) if seen.isdecimal() and len(seen) < 9 else 0
            asked = self._store.sign_off(number, engine, account, note, self._context.now(), seen_round)
            self._context.observe(Noticed.SIGNED_OFF)
            if asked.state is State.GRANTED:
                return f"You agreed to {asked.number}. It is open now."
            return f"You agreed to {asked.number}. It opens once the others agree as well."

        return self._answer(number, "agreement", say)

    def refuse(self, number: int) -> ResponseReturnValue:
        """A no."""

        def say(account: Account, engine: Engine, reason: str) -> str:
            asked = self._pages.dossier(number).request
            others = self._pages.same(asked) if request.form.get("all") else ()
            instead = self._instead(engine, asked, reason)
            asked = self._store.refuse(number, engine, account, reason, self._context.now(), instead)
            self._context.observe(Noticed.REFUSED)
            told = [asked.number]
            for other in others:
                # Each is weighed by itself; one that cannot be answered so stays in the list.
                with suppress(NotPossible, NotEntitled, CannotBeAsked):
                    now = self._context.now()
                    told.append(self._store.refuse(other.id, engine, account, reason, now, instead).number)
                    self._context.observe(Noticed.REFUSED)
            if len(told) == 1:
                return f"You said no to {asked.number}. The person who asked can read your reason."
            return f"You said no to {', '.join(told)}. The people who asked can read your reason."

        return self._answer(number, "reason", say)

    def _instead(self, engine: Engine, asked: ExceptionRequest, reason: str) -> str:
        """What a refusal offers, in words; empty where it says that there is nothing. Raises Incomplete."""
        chosen = request.form.get("instead", "")
        errors: dict[str, str] = {}
        places = {address_of(one): one.name for one in places_instead(engine, asked, self._context.now())}
        written, too_long = note_of(request.form, "other")
        if chosen == SOMETHING_ELSE:
            if too_long or not written:
                errors["other"] = too_long or "Write what they can use instead"
        elif chosen != NOTHING_INSTEAD and chosen not in places:
            errors["instead"] = "Choose what they can use instead, or that there is nothing"
        if errors:
            raise Incomplete({**said(reason, "reason"), **errors})
        if chosen in places:
            return f"{places[chosen]}: {chosen}"
        return written if chosen == SOMETHING_ELSE else ""

    def ask_back(self, number: int) -> ResponseReturnValue:
        """A question to the person who asked."""

        def say(account: Account, engine: Engine, question: str) -> str:
            asked = self._store.ask_back(number, engine, account, question, self._context.now())
            self._context.observe(Noticed.ASKED_BACK)
            return (
                f"Your question about {asked.number} stands on the receipt. The clock stands until there is an answer."
            )

        return self._answer(number, "question", say)

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
            dossier = self._pages.dossier(number)
            if dossier.grant is None:
                raise NotEntitled("There is no permit to end.")
            may_end(engine, dossier.request, account)
            self._store.revoke(dossier.grant.id, account.name, self._context.now(), told_why(note, "ending"))
            self._context.observe(Noticed.REVOKED)
            return f"You ended the permit of {dossier.request.number}."

        return self._answer(number, "ending", say)

    def _answer(
        self, number: int, text: str, say: Callable[[Account, Engine, str], str], chosen: Chosen | None = None
    ) -> ResponseReturnValue:
        account = staff_here(self._context)
        engine = self._context.in_force()
        self._pages.dossier(number)
        note, too_long = note_of(request.form, text)
        page = self._pages.page
        if too_long is not None:
            return page(account, number, chosen, {text: too_long}), 422
        if not account.device:
            return page(account, number, notice="It cannot be told from which device you answer."), 403
        try:
            done = say(account, engine, note)
        except Incomplete as lacking:
            return page(account, number, chosen, lacking.errors), 422
        except NotEntitled as refused:
            return page(account, number, notice=str(refused)), 403
        except (NotPossible, PermitOver, ProposalChanged, CannotBeAsked) as late:
            return page(account, number, notice=_TOO_LATE[type(late)]), 409
        flash(done)
        return redirect(url_for("request", number=number), _DONE)
