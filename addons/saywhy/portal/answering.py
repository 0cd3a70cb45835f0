"""The page of one request, with all that is known of it, for those whom it concerns."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from flask import Flask, abort, render_template, request
from flask.typing import ResponseReturnValue

from saywhy.decide.engine import Engine
from saywhy.exceptions.deciders import seconds
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.request import Account, Dossier, ExceptionRequest
from saywhy.exceptions.state import UNDECIDED
from saywhy.exceptions.weighing import CannotBeAsked, Terms, offers_for, present_terms, reach_of
from saywhy.policy.rule import Rule
from saywhy.portal.context import PortalContext
from saywhy.portal.may import may_now, places_instead
from saywhy.portal.queue import same_as
from saywhy.portal.signing_in import staff_here
from saywhy.portal.wording import Wording

_ANSWERED_AT_ONCE: Final = 500
_EARLIER: Final = 5


class Answering:
    """The page `/requests/…`."""

    def __init__(self, context: PortalContext, wording: Wording) -> None:
        self._context = context
        self._store = context.store
        self._wording = wording

    def install(self, app: Flask) -> None:
        """Add the page."""
        app.add_url_rule("/requests/<int:number>", "request", self.one, methods=["GET"])

    def one(self, number: int) -> ResponseReturnValue:
        """One request with all that is known about it."""
        return self.page(staff_here(self._context), number)

    def rule_of(self, engine: Engine, asked: ExceptionRequest) -> Rule | None:
        """The rule that closes what was asked for: today's, or the one that refused it."""
        terms = _terms(engine, asked)
        return terms.rule if terms is not None else engine.rule_by_id.get(asked.refusal.rule)

    def page(
        self,
        account: Account,
        number: int,
        chosen: Chosen | None = None,
        errors: Mapping[str, str] | None = None,
        notice: str = "",
    ) -> str:
        """The page of one request; `errors` are by the fields of its forms, which keep what was typed."""
        dossier = self.dossier(number)
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
        rule = self.rule_of(engine, asked)
        return render_template(
            "request.html",
            account=account,
            dossier=dossier,
            asked=asked,
            terms=terms,
            rule=rule,
            offers=offers,
            options=None if offers is None else self._wording.options(offers, asked.refusal, reaches),
            may=may_now(engine, account, dossier, now),
            seconds=seconds(engine.policy, terms.ask) if terms is not None else (),
            instead=[
                *((str(at), name, url) for at, (name, url) in enumerate(places_instead(engine, rule))),
                ("something-else", "Something else", ""),
                ("nothing", "There is nothing that we know of", ""),
            ],
            accounts_missing=self._too_few(engine, dossier, now),
            same=self.same(asked),
            others=self._store.asked_for({host}).get(host, 1) - 1,
            earlier=earlier[:_EARLIER],
            endings=self._store.endings([one.id for one, _ in earlier[:_EARLIER]]),
            chosen=chosen or Chosen(),
            typed=request.form if errors else {},
            errors=errors or {},
            notice=notice,
            now=now,
        )

    def _too_few(self, engine: Engine, dossier: Dossier, now: datetime) -> tuple[tuple[str, ...], ...]:
        """The groups that have to agree and have too few accounts for it, besides those who asked or agreed already."""
        asked = dossier.request
        used = {asked.asked_by, asked.refused_by, *(one.by for one in dossier.yes)}
        free = [one for one in self._store.accounts.every_account() if one.name not in used]
        wanted = may_now(engine, Account("", frozenset()), dossier, now).wanted
        return tuple(
            group.of for group in wanted if sum(not one.roles.isdisjoint(group.of) for one in free) < group.number
        )

    def same(self, asked: ExceptionRequest) -> tuple[ExceptionRequest, ...]:
        """The others who wait for the same."""
        return same_as(asked, self._store.requests(UNDECIDED, _ANSWERED_AT_ONCE)) if asked.state in UNDECIDED else ()

    def dossier(self, number: int) -> Dossier:
        """Everything about one request, or a page that says that there is none."""
        dossier = self._store.dossier(number) if number < 2**31 else None
        if dossier is None:
            abort(404, "request")
        return dossier


def _terms(engine: Engine, asked: ExceptionRequest) -> Terms | None:
    try:
        return present_terms(engine, asked)
    except CannotBeAsked:
        return None
