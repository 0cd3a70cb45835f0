"""Pages for those who are turned away: it is not for them, not from here, not so, or not yet. Nothing they wrote is lost."""

from contextlib import suppress
from math import ceil
from typing import Final

from flask import Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saywhy.exceptions.database import StoreUnavailable
from saywhy.portal.attempts import wait_in_words
from saywhy.portal.context import Noticed, PortalContext
from saywhy.portal.faults import Told, to_send_again, told_page, what_was_typed
from saywhy.portal.language import gettext as _
from saywhy.portal.language import marked as N_  # noqa: N812  # as gettext has it
from saywhy.portal.limits import TooOften
from saywhy.portal.permissions import NotForYou, OtherDevice
from saywhy.portal.security import ForeignForm
from saywhy.portal.signing_in import NotInClear, SignedOut, account_here, safe_next

_OFTEN: Final = N_("That was a lot at once")
_FOREIGN: Final = Told(
    403,
    N_("This form did not come from this page"),
    (
        N_("Another page has sent it, so nothing was done."),
        N_("If you meant to do this, start from the first page here."),
    ),
)
_NOT_FOR_YOU: Final = Told(
    403,
    "This page is not for your account",
    (
        "Requests are read by those who decide on them, agree to them, or look after the record.",
        "If that should be you, the people who run the filter can give your account a role.",
    ),
)
_SIGNED_OUT: Final = Told(
    403,
    "You are not signed in",
    (
        "Nothing was sent. After half an hour without a click, and after a working day, everybody is signed out.",
        "Sign in, then send it again.",
    ),
)


def install(app: Flask, context: PortalContext) -> None:
    """Give each of them its page."""

    def often(fault: TooOften) -> ResponseReturnValue:
        context.observe(Noticed.RATE_LIMITED)
        wait = _(
            "Please wait %(time)s, then send it again. What you wrote is kept here.", time=wait_in_words(fault.wait)
        )
        told = Told(429, _OFTEN, (N_("To keep this fair and safe, it takes a short break now."), wait))
        return *told_page(told, resend=to_send_again()), {"Retry-After": str(ceil(fault.wait.total_seconds()))}

    def not_for_you(_fault: NotForYou) -> ResponseReturnValue:
        with suppress(StoreUnavailable):
            return told_page(_NOT_FOR_YOU, account=account_here(context))
        return told_page(_NOT_FOR_YOU)

    def signed_out(_fault: SignedOut) -> ResponseReturnValue:
        back = safe_next(request.path.rpartition("/")[0])
        return told_page(_SIGNED_OUT, again=url_for("sign_in", next=back), label="Sign in")

    def other_device(fault: OtherDevice) -> ResponseReturnValue:
        return render_template("other_device.html", reference=fault.reference, typed=what_was_typed()), 403

    def in_clear(_fault: NotInClear) -> ResponseReturnValue:
        return render_template("sign_in_elsewhere.html", address=context.safe_address), 403

    def foreign(_fault: ForeignForm) -> ResponseReturnValue:
        return told_page(_FOREIGN)

    app.register_error_handler(TooOften, often)
    app.register_error_handler(NotForYou, not_for_you)
    app.register_error_handler(SignedOut, signed_out)
    app.register_error_handler(OtherDevice, other_device)
    app.register_error_handler(NotInClear, in_clear)
    app.register_error_handler(ForeignForm, foreign)
