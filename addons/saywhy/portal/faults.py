"""A page for every fault: what happened, and what to do now."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from flask import Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException

from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.request import Account
from saywhy.exceptions.weighing import Barrier, CannotBeAsked
from saywhy.explain.reference import ReferenceExpired, ReferenceForged
from saywhy.policy.care import Help
from saywhy.portal.context import NoPolicy, Noticed, PortalContext
from saywhy.portal.forms import written
from saywhy.portal.language import marked as N_  # noqa: N812  # as gettext has it
from saywhy.portal.own_names import same_origin
from saywhy.portal.signing_in import account_here

# What may be shown again after a fault, so that nobody has to write it twice. Never a password.
_TYPED = {
    "wants": N_("What you want to do"),
    "because": N_("Why you need it"),
    "work": N_("Which lesson or piece of work"),
    "until": N_("Until when"),
    "news": N_("What is different now"),
    "need": N_("Your need"),
    "address": N_("The address"),
    "reason": N_("Your reason"),
    "note": "Your note",
    "agreement": "Your note",
    "ending": "Your reason",
    "present": "Who was there",
    "minutes": "What was said",
    "pages": "More pages",
    "hosts": "Other places",
    "code": N_("The code of your receipt"),
    "name": N_("Your name for signing in"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says."""

    status: int
    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resend:
    """A form with what somebody typed: fields to see (name, label, text) and fields to carry (name, text)."""

    action: str
    seen: tuple[tuple[str, str, str], ...]
    carried: tuple[tuple[str, str], ...]
    password: bool  # asked for anew, never told back


_AGAIN = N_("Go back to the page that is closed and follow its link to ask. That makes a new form.")
_EXPIRED = Told(
    410, N_("This form is too old"), (N_("Forms can be used for some days after a page was closed."), _AGAIN)
)
_FORGED = Told(
    400, N_("This link is not complete"), (N_("Part of its address is missing or was changed on the way."), _AGAIN)
)
_STORE = Told(
    503,
    N_("Requests cannot be read or kept just now"),
    (
        N_("Nothing was lost that was sent before."),
        N_("Try again in a few minutes. If it stays like this, tell IT support."),
    ),
)
_NOT_KEPT = Told(
    503,
    N_("This could not be kept just now"),
    (
        N_("It is not your fault, and what you wrote is not lost: it is still here."),
        N_("Wait a few seconds, then send it again. If it stays like this, tell IT support."),
    ),
)
RETRY_STORE = {"Retry-After": "10"}  # seconds
_SECRET = ("change_password",)  # a form of nothing but passwords is opened anew
# What a form that is sent again carries beside what people see. No password, and no token: that is made anew.
_CARRIED = ("form", "request", "purpose", "next", "who", "what", "until", "page", "date", "all")
_RULES = Told(
    503,
    N_("The school's rules cannot be read just now"),
    (
        N_("So nothing can be asked or answered yet."),
        N_("Try again in a few minutes. If it stays like this, tell IT support."),
    ),
)
_FORM = Told(
    400,
    N_("The form has to be opened again"),
    (
        N_("It was open for a long time, or cookies are turned off for this page."),
        N_("Open the form again and send it."),
    ),
)
_HTTP = {
    403: Told(
        403, "This page is for others", ("Your account does not have a role for it.", "Ask IT support if it should.")
    ),
    404: Told(404, N_("There is no page here"), (N_("Check the address, or start from the first page."),)),
    405: Told(405, N_("This page works in another way"), (N_("Start from the first page."),)),
    413: Told(413, N_("That was too long to be sent"), (N_("Use fewer words, then send it again."),)),
}
_UNKNOWN = {
    "receipt": Told(
        404,
        N_("No request has this code"),
        (N_("Check each letter and number of the code."), N_("If you cannot find your receipt, ask again.")),
    ),
    "open": Told(
        404, N_("There is nothing to end"), (N_("It may be over already, or it was opened on another device."),)
    ),
    "request": Told(404, "There is no such request", ("The list shows every request that waits.",)),
}
_BROKEN = Told(
    500,
    N_("Something here does not work"),
    (N_("It is not your fault. Try again in a few minutes."), N_("If it happens again, tell IT support what you did.")),
)
_BARRIERS = {
    Barrier.LOCKED: Told(
        403,
        N_("This cannot be asked for here"),
        (N_("The school keeps it closed for everybody's safety. No exception is made."),),
    ),
    Barrier.NOBODY: Told(
        403, N_("This cannot be asked for here"), (N_("The school makes no exceptions to this rule."),)
    ),
    Barrier.REACH: Told(
        403, N_("This cannot be asked for here"), (N_("The filter does not open addresses of this kind for anybody."),)
    ),
    Barrier.CARE: Told(403, N_("You can talk to somebody"), (N_("You do not need to fill in a form."),)),
    Barrier.OPEN: Told(
        409,
        N_("You may not need to ask"),
        (N_("The school's rules have changed, and this may be open now."), N_("Try the site again.")),
    ),
}


def install(app: Flask, context: PortalContext) -> None:
    """Give every fault its page."""

    def store(fault: StoreUnavailable) -> ResponseReturnValue:
        context.observe(Noticed.STORE_UNAVAILABLE)
        app.logger.error("%s", fault)
        if request.method != "POST" or request.endpoint in _SECRET:
            return *told_page(_STORE, again=url_for(request.endpoint or "home", **request.view_args or {})), RETRY_STORE
        return *told_page(_NOT_KEPT, resend=to_send_again()), RETRY_STORE

    def barrier(fault: CannotBeAsked) -> ResponseReturnValue:
        rule = fault.rule
        return told_page(
            _BARRIERS[fault.barrier],
            help=() if rule is None else rule.help,
            owner="" if rule is None or fault.barrier in (Barrier.OPEN, Barrier.CARE) else rule.owner,
        )

    def no_policy(_: NoPolicy) -> ResponseReturnValue:
        with suppress(StoreUnavailable):  # staff are told what is wrong
            return told_page(_RULES, account=account_here(context))
        return told_page(_RULES)

    app.register_error_handler(StoreUnavailable, store)
    app.register_error_handler(NoPolicy, no_policy)
    app.register_error_handler(CannotBeAsked, barrier)
    for kind, told in (
        (ReferenceExpired, _EXPIRED),
        (ReferenceForged, _FORGED),
        (CSRFError, _FORM),
    ):
        app.register_error_handler(kind, _always(told))
    app.register_error_handler(HTTPException, _http)  # what raises anything else comes here as a 500


def _always(told: Told) -> Callable[[Exception], ResponseReturnValue]:
    def handler(_: Exception) -> ResponseReturnValue:
        return told_page(told)

    return handler


def _http(fault: HTTPException) -> ResponseReturnValue:
    code = fault.code or 500
    if code < 400:
        return fault.get_response()
    unknown = _UNKNOWN.get(fault.description or "") if code == 404 else None
    told = unknown or _HTTP.get(code) or (_BROKEN if code >= 500 else replace(_HTTP[405], status=code))
    return told_page(told)


def told_page(
    told: Told,
    help: Sequence[Help] = (),  # noqa: A002 — as the page
    owner: str = "",
    again: str = "",
    resend: Resend | None = None,
    account: Account | None = None,
    label: str = N_("Try again"),
) -> tuple[str, int]:
    """A page that says this, with what was written, and its status."""
    typed = [] if resend else what_was_typed()
    page = render_template(
        "fault.html",
        told=told,
        help=help,
        owner=owner,
        typed=typed,
        again=again,
        label=label,
        resend=resend,
        account=account,
    )
    return page, told.status


def to_send_again() -> Resend:
    """The form that was sent, to be sent again. Its token was right, or it would not have come to the store."""
    given = request.form
    seen = tuple(
        (name, label, written(given[name])[:2000])
        for name, label in _TYPED.items()
        if name in given and name not in _CARRIED
    )
    return Resend(
        url_for(request.endpoint or "home", **request.view_args or {}),
        seen,
        tuple((name, given[name][:2048]) for name in _CARRIED if name in given),
        password="password" in given,
    )


def what_was_typed() -> list[tuple[str, str]]:
    """What was written, told back; only where this very site's own form sent it."""
    if request.method != "POST" or not same_origin(request.headers.get("Origin", ""), request.host):
        return []
    try:
        given = request.form
    except HTTPException:  # it was too large to be read
        return []
    return [(label, text) for name, label in _TYPED.items() if (text := written(given.get(name, ""))[:2000])]
