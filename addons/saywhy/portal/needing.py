"""The start, and "I need …": an address that somebody types, decided for their device as the proxy would decide on it."""

import os
from dataclasses import replace
from typing import Final

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saywhy.decide.access import Access, target_at
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.exceptions.weighing import CannotBeAsked, terms_of
from saywhy.explain.alternatives import address_of, surviving
from saywhy.explain.explanation import OpenPurpose
from saywhy.explain.reason import trusted_for
from saywhy.explain.reference import Reference, new_code
from saywhy.explain.whose_rule import whose_rule
from saywhy.policy.address import Url
from saywhy.portal.asking_form import refusal_of
from saywhy.portal.context import PortalContext
from saywhy.portal.forms import written
from saywhy.portal.here import told_here
from saywhy.portal.language import gettext as _
from saywhy.portal.subject_here import subject_here
from saywhy.portal.typed_address import NotAnAddress, Words, read_address

_LONGEST: Final = 8000  # characters of an address
_TAKEN: Final = 303
_LOOK_UP: Final = "look-something-up"  # a purpose of the catalogue that comes with Saywhy


class Needing:
    """The pages `/` and `/need`."""

    def __init__(self, context: PortalContext) -> None:
        self._context = context

    def install(self, app: Flask) -> None:
        """Add the pages."""
        app.add_url_rule("/", "home", self.home, methods=["GET"])
        app.add_url_rule("/need", "need", self.need, methods=["POST"])
        app.jinja_env.globals.update(address_of=address_of, trusted_for=trusted_for)

    def home(self) -> ResponseReturnValue:
        """What this is, a field for what somebody needs, and where to look up a receipt."""
        return render_template("home.html", code="", address="", errors={})

    def need(self) -> ResponseReturnValue:
        """Whether it is open, why not, or the form for it."""
        typed = written(request.form.get("address", ""))[:_LONGEST]
        if not typed:
            return self._again(typed, _("Write the address of the page that you need"))
        engine = self._context.in_force()
        try:
            found = read_address(typed, engine.policy.catalogue)
        except NotAnAddress as fault:
            return self._again(typed, f"{fault}")
        if isinstance(found, Words):
            return render_template("need.html", words=found, typed=typed, places=self._places(engine), errors={})
        return self._answer(engine, found)

    def _answer(self, engine: Engine, url: Url) -> ResponseReturnValue:
        now = self._context.now()
        grants = Grants(self._context.store.live_grants(now))
        access = Access(subject_here(engine), target_at(url), now)
        decision = decide(engine, grants, access)
        told = told_here(engine, grants, access, decision)
        if decision.allowed:
            link = f"{url.without_query}?{url.query}" if url.query else url.without_query
            return render_template("need.html", told=told, link=link, decision=decision, errors={})
        refused = Reference.of(new_code(os.urandom(8)), access, decision, decision.carried or url)
        try:
            terms_of(engine, refusal_of(refused))
        except CannotBeAsked:
            whose = whose_rule(engine, access, decision, grants)
            return render_template("need.html", told=replace(told, ask_url=None), whose=whose, errors={})
        return redirect(url_for("ask", token=self._context.references.sign(refused)), _TAKEN)

    def _places(self, engine: Engine) -> tuple[OpenPurpose, ...]:
        """Where to look something up, open to this device."""
        if _LOOK_UP not in engine.policy.catalogue.purposes:
            return ()
        now = self._context.now()
        grants = Grants(self._context.store.live_grants(now))
        nothing = Access(subject_here(engine), target_at(Url("https", "localhost", 443, "/", "")), now)
        return surviving(engine, grants, nothing, (_LOOK_UP,))[0]

    def _again(self, typed: str, message: str) -> ResponseReturnValue:
        return render_template("home.html", code="", address=typed, errors={"address": message}), 422
