"""The pages for going on where a rule has caution: the form, what is open now on a device, and ending it early."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from flask import Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saywhy.decide.engine import Engine
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.goes import Go, QuotaUsedUp
from saywhy.exceptions.going_on import GoingOn, NoCaution, going_on
from saywhy.exceptions.opening import way_in
from saywhy.exceptions.request import Refusal
from saywhy.exceptions.sentences import is_an_answer
from saywhy.explain.reason import reason_for, told_in
from saywhy.policy.caution import SHORTEST
from saywhy.portal.asking_form import refusal_of
from saywhy.portal.caution_words import WORDS, CautionWords
from saywhy.portal.context import Noticed, PortalContext
from saywhy.portal.faults import RETRY_STORE, Told
from saywhy.portal.forms import SHORT, fresh_form, kept_form, written
from saywhy.portal.here import device_here, plain_address
from saywhy.portal.language import gettext as _
from saywhy.portal.language import length, ngettext, own_language, too_long, translation
from saywhy.portal.language import marked as N_  # noqa: N812  # as gettext has it

_SEE_OTHER: Final = 303
_ELSEWHERE: Final = Told(
    403,
    N_("This was closed on another device"),
    (N_("Only that device can go on."), N_("Open the page here, and follow the link of its own page.")),
)
_NOT_YOURS: Final = "open"


@dataclass(frozen=True, slots=True)
class Written:
    """The form as it was written, and a message for what it lacks."""

    reason: str = ""
    form: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Today:
    """A quota as it stands: all of it, what is left, for how long the next go is, and the day on which there is more."""

    quota: timedelta | None
    left: timedelta | None
    next_go: timedelta
    more_on: datetime

    @property
    def used_up(self) -> bool:
        """Whether nothing is left today."""
        return self.left is not None and self.left < SHORTEST


class Cautioning:
    """The pages `/caution/…` and `/open-now`."""

    def __init__(self, context: PortalContext) -> None:
        self._context = context

    def install(self, app: Flask) -> None:
        """Add the pages. Who may use them is said by `permissions`, how often by `limits`."""
        app.add_url_rule("/caution/<token>", "caution", self.form, methods=["GET"])
        app.add_url_rule("/caution/<token>", "go_on", self.go_on, methods=["POST"])
        app.add_url_rule("/open-now", "open_now", self.open_now, methods=["GET"])
        app.add_url_rule("/open-now/<go>/done", "done", self.done, methods=["POST"])
        app.jinja_env.filters.update(minutes=length, minutes_of=_minutes_of)

    def form(self, token: str) -> ResponseReturnValue:
        """The form; or, while it is open, until when and the way in."""
        refusal = self._read(token)
        if refusal.device != device_here():
            return _elsewhere()
        now, engine = self._context.now(), self._context.in_force()
        try:
            found = going_on(engine, refusal, now)
        except NoCaution:
            return redirect(url_for("ask", token=token))
        return self._page(token, refusal, found, now, Written(form=fresh_form()))

    def go_on(self, token: str) -> ResponseReturnValue:
        """Open it, and lead to where it says so."""
        refusal = self._read(token)
        if refusal.device != device_here():
            return _elsewhere()
        now, engine = self._context.now(), self._context.in_force()
        try:
            found = going_on(engine, refusal, now)
        except NoCaution:
            return redirect(url_for("ask", token=token), _SEE_OTHER)
        given = _written(found, WORDS[refusal.reader])
        try:
            if given.error:
                return self._page(token, refusal, found, now, given), 422
            self._context.store.goes.open(found, given.reason, given.form, now, _zone(engine))
        except QuotaUsedUp:
            return self._page(token, refusal, found, now, given), 409
        except StoreUnavailable:
            self._context.observe(Noticed.STORE_UNAVAILABLE)
            return self._page(token, refusal, found, now, given, unavailable=True), 503, RETRY_STORE
        self._context.observe(Noticed.WENT_ON)
        self._context.went_on(found.rule.id)
        return redirect(url_for("caution", token=token), _SEE_OTHER)

    def open_now(self) -> ResponseReturnValue:
        """What this device has open, to be ended early."""
        return render_template(
            "open_now.html", goes=self._context.store.goes.open_at(device_here(), self._context.now())
        )

    def done(self, go: str) -> ResponseReturnValue:
        """End it early: the rest of its time is there for later."""
        ended = self._context.store.goes.done(go[:40], device_here(), self._context.now())
        if ended is None:
            abort(404, _NOT_YOURS)
        self._context.observe(Noticed.DONE_EARLY)
        return redirect(url_for("open_now"), _SEE_OTHER)

    def _page(  # the page, all of its parts
        self,
        token: str,
        refusal: Refusal,
        found: GoingOn,
        now: datetime,
        given: Written,
        *,
        unavailable: bool = False,
    ) -> str:
        engine, goes = self._context.in_force(), self._context.store.goes
        zone = _zone(engine)
        # while the store is down nothing is known of today, and the form stays
        left = None if unavailable else goes.left(found, now, zone)
        last = None if unavailable else goes.last(found, now, zone)
        live = last if last is not None and last.live(now) else None
        why, language = told_in(found.rule, translation().tag, own_language(engine.policy))
        return render_template(
            "caution.html",
            token=token,
            refusal=refusal,
            words=WORDS[refusal.reader],
            reason=reason_for(why, refusal.reader, locked=False),
            reason_language=language,
            give_reason=found.caution.give_reason,
            today=_today(found, left, now, zone),
            can_ask=bool(found.rule.terms),
            live=live,
            last=last,
            link=None if live is None else _link(engine, refusal, found, live, now),
            given=given,
            errors={"reason": given.error} if given.error else {},
            unavailable=unavailable,
        )

    def _read(self, token: str) -> Refusal:
        refusal = refusal_of(self._context.references.read(token, self._context.now()))
        return replace(refusal, device=plain_address(refusal.device))


def _today(found: GoingOn, left: timedelta | None, now: datetime, zone: ZoneInfo) -> Today:
    once = found.caution.open_for
    tomorrow = now.astimezone(zone) + timedelta(days=1)  # by the clock on the wall
    return Today(found.caution.quota, left, once if left is None else min(once, left), tomorrow)


def _minutes_of(left: timedelta, quota: timedelta) -> str:
    """Like "12 of 20 minutes"."""
    return ngettext(
        "%(left)d of %(num)d minute", "%(left)d of %(num)d minutes", quota // SHORTEST, left=left // SHORTEST
    )


def _written(found: GoingOn, words: CautionWords) -> Written:
    text = written(request.form.get("reason", ""))
    form = kept_form(request.form.get("form", ""))
    if not found.caution.give_reason:
        return Written("", form)
    if not is_an_answer(text):
        return Written(text, form, _(words.missing))
    if len(text) > SHORT:
        return Written(text, form, too_long(SHORT, text))
    return Written(text, form)


def _link(engine: Engine, refusal: Refusal, found: GoingOn, go: Go, now: datetime) -> str | None:
    return way_in(engine, refusal, found.grant(go.id, go.starts, go.ends), now)


def _elsewhere() -> ResponseReturnValue:
    told = _ELSEWHERE
    page = render_template("fault.html", told=told, help=(), owner="", typed=(), again="", resend=None)
    return page, told.status


def _zone(engine: Engine) -> ZoneInfo:
    return engine.policy.school.timezone
