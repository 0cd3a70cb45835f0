"""The filter's own pages once more, in the language that somebody chose on them: what was closed and why, and faults.

A block page stands still: its links lead here with the signed reference, and the same page is made as it would be now.
"""

from contextlib import suppress
from dataclasses import replace
from typing import Final

from flask import Flask, Response, abort, g, render_template, url_for
from flask.typing import ResponseReturnValue

from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.weighing import access_of
from saywhy.explain.explain import explain
from saywhy.explain.reading_language import PageLanguage, offered
from saywhy.explain.reference import Reference
from saywhy.explain.render import builtin_renderer
from saywhy.policy.rule import Effect
from saywhy.portal.asking_form import refusal_of
from saywhy.portal.context import PortalContext
from saywhy.portal.easy_read import easy_read_chosen

# What is found out on the way, and not by deciding once more.
_ON_THE_WAY: Final = frozenset({Reason.PRIVATE_ADDRESS, Reason.OBLIGATION, Reason.ACCOUNT})
_HTML: Final = "text/html; charset=utf-8"


class Explaining:
    """The pages `/why/…` and `/fault/…`."""

    def __init__(self, context: PortalContext) -> None:
        self._context = context

    def install(self, app: Flask) -> None:
        """Add the pages. Who may use them is said by `permissions`."""
        app.add_url_rule("/why/<token>", "why", self.why, methods=["GET"])
        app.add_url_rule("/fault/<kind>", "fault", self.fault, methods=["GET"])
        app.add_url_rule("/fault/<kind>/<certificate>", "fault", self.fault, methods=["GET"])

    def why(self, token: str) -> ResponseReturnValue:
        """What was closed and why, in the language and the words chosen; or that it is open by now."""
        reference = self._context.references.read(token, self._context.now())
        engine, now = self._context.in_force(), self._context.now()
        grants = NO_GRANTS
        with suppress(StoreUnavailable):  # permits alone are not known then
            grants = Grants(self._context.store.live_grants(now))
        access = replace(access_of(engine, refusal_of(reference)), at=now)
        decision = _decision(decide(engine, grants, access), reference)
        form = "caution" if decision.reason is Reason.CAUTION else "ask"
        told = explain(
            engine,
            grants,
            access,
            decision,
            reference=reference.code,
            ask_url=url_for(form, token=token),
            page_language=PageLanguage(g.language, url=url_for("why", token=token)),
            easy_read=easy_read_chosen(),
        )
        if decision.allowed:
            return render_template("need.html", told=told, link=reference.url, decision=decision, errors={})
        pages = builtin_renderer().wearing(engine.policy.school.look)
        body, rules = pages.page(told), {"Content-Security-Policy": pages.content_security_policy}
        return Response(body, 200, rules, content_type=_HTML)

    def fault(self, kind: str, certificate: str = "") -> ResponseReturnValue:
        """A fault of the way, in words for everybody; of a site's certificate also what is wrong with it."""
        pages = builtin_renderer()
        words = pages.languages.best((g.language,))
        if kind not in words.faults or (certificate and certificate not in words.certificate):
            abort(404)
        policy = self._context.policy()
        if policy is not None:
            pages = pages.wearing(policy.school.look)
        body = pages.fault(
            words,
            fault=words.faults[kind],
            kind=kind,
            what=None,
            school=None if policy is None else policy.school.name,
            certificate=words.certificate.get(certificate, ""),
            detail="",
            body_class="fault",
            languages=offered(policy, pages.languages.by_code),
            language_url=url_for("fault", kind=kind, certificate=certificate or None),
        )
        return Response(body, 200, {"Content-Security-Policy": pages.content_security_policy}, content_type=_HTML)


def _decision(decision: Decision, reference: Reference) -> Decision:
    """What was found out on the way to a page that policy allows still closes it."""
    reason = next((one for one in _ON_THE_WAY if one.value == reference.reason), None)
    if reason is None or not decision.allowed:
        return decision
    rule = None if reason is Reason.PRIVATE_ADDRESS else decision.rule
    return replace(decision, effect=Effect.BLOCK, reason=reason, rule=rule, grant=None)
