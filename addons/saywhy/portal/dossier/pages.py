"""The page of a request, put together; and what those who read it add to it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from flask import Flask, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saywhy.decide.engine import Engine
from saywhy.exceptions.blocks import About
from saywhy.exceptions.concerned import answering_roles, reads_all
from saywhy.exceptions.deciders import seconds
from saywhy.exceptions.discussing import Discussion, Side, safeguarding_role, wrong_with_point
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.request import Account, Dossier, ExceptionRequest, Step
from saywhy.exceptions.state import UNDECIDED
from saywhy.exceptions.weighing import (
    CannotBeAsked,
    Incomplete,
    NotEntitled,
    Terms,
    offers_for,
    present_terms,
    reach_of,
)
from saywhy.explain.alternatives import address_of
from saywhy.policy.rule import ApprovalGroup
from saywhy.portal.context import PortalContext
from saywhy.portal.dossier import address, closed, compromises, impact, precedent, reply, telling
from saywhy.portal.dossier.compromises import Sort
from saywhy.portal.forms import note_of, written
from saywhy.portal.instead import places_instead
from saywhy.portal.may import NOTHING_INSTEAD, SOMETHING_ELSE, May, may_now
from saywhy.portal.permissions import roles_in_force
from saywhy.portal.queue import same_as
from saywhy.portal.signing_in import staff_here
from saywhy.portal.wording import Wording

_WAITING: Final = 500  # requests that are looked through for the same one
_DONE: Final = 303
_LARGEST: Final = 2**31


class Dossiers:
    """`/requests/<number>`, its points and its referral."""

    def __init__(self, context: PortalContext, wording: Wording) -> None:
        self._context = context
        self._store = context.store
        self._wording = wording

    def install(self, app: Flask) -> None:
        """Add the pages."""
        app.add_url_rule("/requests/<int:number>", "request", self.one, methods=["GET"])
        app.add_url_rule("/requests/<int:number>/point", "add_point", self.add_point, methods=["POST"])
        app.add_url_rule("/requests/<int:number>/refer", "refer", self.refer, methods=["POST"])

    def one(self, number: int) -> ResponseReturnValue:
        """One request with all that is known about it."""
        return self.page(staff_here(self._context), number)

    def add_point(self, number: int) -> ResponseReturnValue:
        """Say what speaks for it, or against it."""
        account = staff_here(self._context)
        self.dossier(number)
        text, too_long = note_of(request.form, "point")
        wrong = too_long or wrong_with_point(text)
        side = request.form.get("side", "")
        errors = {} if wrong is None else {"point": wrong}
        if side not in list(Side):
            errors["side"] = "Choose what it speaks for"
        if not errors:
            try:
                self._store.add_point(number, Side(side), text, account.name, self._context.now())
            except Incomplete as lacking:
                errors = lacking.errors
        if errors:
            return self.page(account, number, errors=errors), 422
        flash("Your point is added. Everybody who reads this request sees it, but not the person who asked.")
        return redirect(url_for("request", number=number, _anchor="points"), _DONE)

    def refer(self, number: int) -> ResponseReturnValue:
        """Hand it to the role for safeguarding."""
        account = staff_here(self._context)
        self.dossier(number)
        role = safeguarding_role(self._context.in_force().policy)
        if not role:
            abort(404, "request")
        note, wrong = note_of(request.form, "concern")
        if wrong is not None:
            return self.page(account, number, errors={"concern": wrong}), 422
        try:
            new = self._store.refer(number, role, note, account.name, self._context.now())
        except Incomplete as lacking:
            return self.page(account, number, errors=lacking.errors), 422
        except NotEntitled as refused:
            return self.page(account, number, notice=str(refused)), 409
        title = self._wording.roles([role])
        flash(f"It is handed to {title}." if new else f"It had been handed to {title} already.")
        return redirect(url_for("request", number=number), _DONE)

    def page(
        self,
        account: Account,
        number: int,
        chosen: Chosen | None = None,
        errors: Mapping[str, str] | None = None,
        notice: str = "",
    ) -> str:
        """The page, with what was chosen and typed, and what was wrong with it."""
        dossier = self.dossier(number)
        engine, now, asked = self._context.in_force(), self._context.now(), dossier.request
        terms = terms_now(engine, asked)
        may = may_now(engine, account, dossier, now)
        discussion = self._store.discussion(number)
        facts = self._facts(engine, dossier, terms, now)
        errors = dict(errors or {})
        options = self._compromises(engine, account, dossier, terms, may, now)
        picked = options.get("picked") if not errors else None
        if picked is not None and picked.sort is Sort.WATCHED and not picked.note:
            errors["watched_by"] = "Write the name of who watches"
            picked = None
        prefilled = {} if picked is None else {"note": picked.note, "reason": picked.reason, "instead": picked.url}
        return render_template(
            "request.html",
            account=account,
            dossier=dossier,
            asked=asked,
            terms=terms,
            may=may,
            seconds=seconds(engine.policy, terms.ask) if terms is not None else (),
            instead=self._instead(engine, asked, now),
            accounts_missing=self._too_few(dossier, may.wanted),
            chosen=chosen or (picked.chosen if picked is not None and picked.chosen is not None else Chosen()),
            typed=request.form if request.method == "POST" and errors else prefilled,
            errors=errors,
            notice=notice,
            now=now,
            picked=picked,
            reply=None if picked is None else reply.reply(picked, asked.refusal.groups),
            discussion=discussion,
            safeguarding=safeguarding_role(engine.policy),
            timeline=timeline(dossier, discussion),
            watched_by=written(request.args.get("watched_by", ""))[:80],
            **facts,
            **{name: value for name, value in options.items() if name != "picked"},
        )

    def _facts(self, engine: Engine, dossier: Dossier, terms: Terms | None, now: datetime) -> dict[str, Any]:
        """What the sections say that depend on nobody who reads them, but for the need."""
        asked, sources = dossier.request, self._context.dossier
        rule = terms.rule if terms is not None else engine.rule_by_id.get(asked.refusal.rule)
        host = asked.refusal.host
        answered = {one.id: (one, review) for one, review in self._store.answered_near(host)}
        answered |= {one.id: (one, review) for one, review in self._store.answered_lately() if one.id not in answered}
        earlier = precedent.precedents(engine, asked, answered.values(), self._store.endings(list(answered)))
        waiting = self._store.requests(UNDECIDED, _WAITING)
        deciders = () if terms is None else terms.ask.decides
        elsewhere, by_others = precedent.asked_elsewhere(asked, deciders, waiting, earlier)
        need = sources.need(asked)
        roles = roles_in_force(self._context, staff_here(self._context))
        told = [*(one.request.id for one in (*earlier, *by_others)), *(one.id for one in elsewhere)]
        return {
            "closed": closed.why_closed(engine, asked, rule, sources),
            "place": address.what_it_is(engine, asked, sources),
            "precedents": earlier,
            "same": _same(asked, waiting),
            "elsewhere": elsewhere,
            "by_others": by_others,
            "others": self._store.asked_for({host}).get(host, 1) - 1,
            "impact": impact.impact(engine.policy, self._store.met(About.HOST, host, (now - impact.LATELY).date())),
            "need": need if need is not None and need.role in roles else None,
            "speaks": not roles.isdisjoint(
                answering_roles(engine, asked)
                | self._store.listing.roles_of(asked.id)
                | self._store.roles_referred(asked.id)
            ),
            "readable": self._store.listing.concerning(told, None if reads_all(engine.policy, roles) else roles),
        }

    def _compromises(
        self, engine: Engine, account: Account, dossier: Dossier, terms: Terms | None, may: May, now: datetime
    ) -> dict[str, Any]:
        """The options of the form and the compromises; nothing where nothing waits for an answer."""
        asked = dossier.request
        if terms is None or asked.state not in UNDECIDED:
            return {"offers": None, "options": None, "compromises": (), "not_had": (), "works": False}
        offers = offers_for(engine, terms, asked, now)
        reaches = {}
        if offers.who:
            who = next(iter(offers.who.values()))
            reaches = {
                key: reach_of(engine, terms, asked.refusal, what, who, asked.further)
                for key, what in offers.what.items()
            }
        chooses = may.decide or may.change
        by = account if chooses else None
        between = compromises.compromises(engine, terms, asked, by, now)
        trials = self._context.dossier.tried(engine, asked.refusal, between.proposals, now)
        found = [telling.told(one, trials.get(one.key), engine.policy, self._wording) for one in between.found]
        picked = between.by_key.get(request.args.get("compromise", "")) if chooses else None
        if picked is not None and picked.sort is Sort.WATCHED:
            picked = compromises.watched_by(picked, written(request.args.get("watched_by", "")))
        return {
            "offers": offers,
            "options": self._wording.options(offers, asked.refusal, reaches),
            "compromises": found,
            "not_had": between.not_had,
            "works": any(one.works for one in found),
            "picked": picked,
        }

    @staticmethod
    def _instead(engine: Engine, asked: ExceptionRequest, now: datetime) -> list[tuple[str, str, str]]:
        """What a no can offer: the key, the name and the address of each."""
        return [
            *((address_of(one), one.name, address_of(one)) for one in places_instead(engine, asked, now)),
            (SOMETHING_ELSE, "Something else", ""),
            (NOTHING_INSTEAD, "There is nothing that we know of", ""),
        ]

    def _too_few(self, dossier: Dossier, wanted: Sequence[ApprovalGroup]) -> tuple[tuple[str, ...], ...]:
        """Of those that still have to agree the ones with too few accounts for it, besides those who asked or agreed already."""
        asked = dossier.request
        asked_by = {asked.asked_by, *(one.account for one in asked.joined)}
        used = {*asked_by, asked.refused_by, *(one.by for one in dossier.yes)}
        free = [one for one in self._store.accounts.every_account() if one.name not in used]
        return tuple(
            group.of for group in wanted if sum(not one.roles.isdisjoint(group.of) for one in free) < group.number
        )

    def same(self, asked: ExceptionRequest) -> tuple[ExceptionRequest, ...]:
        """The others who wait for the same."""
        return _same(asked, self._store.requests(UNDECIDED, _WAITING))

    def dossier(self, number: int) -> Dossier:
        """The dossier with this number; a page that says so where there is none."""
        dossier = self._store.dossier(number) if number < _LARGEST else None
        if dossier is None:
            abort(404, "request")
        return dossier


def _same(asked: ExceptionRequest, waiting: Sequence[ExceptionRequest]) -> tuple[ExceptionRequest, ...]:
    return same_as(asked, waiting) if asked.state in UNDECIDED else ()


def timeline(dossier: Dossier, discussion: Discussion) -> tuple[Step, ...]:
    """All that happened, and what was said about it, the oldest first."""
    return tuple(sorted((*dossier.timeline, *discussion.steps), key=lambda one: one.at))


def terms_now(engine: Engine, asked: ExceptionRequest) -> Terms | None:
    """What it is weighed under today; None where nothing lets it be decided any more."""
    try:
        return present_terms(engine, asked)
    except CannotBeAsked:
        return None
