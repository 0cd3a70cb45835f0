"""The app, put together."""

import hmac
from types import TracebackType

from flask import Flask, request
from flask_wtf import CSRFProtect  # type: ignore[import-untyped]

from saywhy.portal import easy_read, faults, turned_away
from saywhy.portal.asking import Asking
from saywhy.portal.asking_words import AskingWords
from saywhy.portal.attempts import Attempts
from saywhy.portal.categories import Categories
from saywhy.portal.cautioning import Cautioning
from saywhy.portal.changing_password import ChangingPassword
from saywhy.portal.context import PortalContext
from saywhy.portal.counted import Journal
from saywhy.portal.deciding import Deciding
from saywhy.portal.devices.pages import Devices
from saywhy.portal.dossier.pages import Dossiers
from saywhy.portal.explaining import Explaining
from saywhy.portal.is_it_the_filter import IsItTheFilter
from saywhy.portal.language import PortalLanguage
from saywhy.portal.limits import Limits
from saywhy.portal.needed import NeededPages
from saywhy.portal.needing import Needing
from saywhy.portal.own_names import OwnNames
from saywhy.portal.permissions import Permissions
from saywhy.portal.problem_types import ProblemTypes
from saywhy.portal.receipt_pages import ReceiptPages
from saywhy.portal.relay import Relayed
from saywhy.portal.request_list import RequestList
from saywhy.portal.reviewing import Reviewing
from saywhy.portal.saying_more import SayingMore
from saywhy.portal.school_look import SchoolLook
from saywhy.portal.security import secure
from saywhy.portal.signing_in import SigningIn
from saywhy.portal.stopped import Stopped
from saywhy.portal.wording import Wording
from saywhy.portal.writing_policy import WritingPolicy


class _Portal(Flask):
    def log_exception(self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]) -> None:
        """Log by the page's name: its address may hold a receipt or a reference."""
        self.logger.error("fault on %s [%s]", request.endpoint, request.method, exc_info=exc_info)


def create_app(context: PortalContext) -> Flask:
    """The portal as a WSGI application. It counts what is sent by itself, so it is run as one process."""
    app = _Portal(__name__)
    secure(app, context.secret)
    CSRFProtect(app)
    PortalLanguage(context).install(app)
    easy_read.install(app)
    wording = Wording(context)
    wording.install(app)
    AskingWords(context, wording).install(app)
    SchoolLook(context).install(app)
    faults.install(app, context)
    turned_away.install(app, context)
    journal = Journal(context.limits, hmac.digest(context.secret, b"saywhy portal limits", "sha256"))
    attempts = Attempts(journal)
    SigningIn(context, attempts).install(app)
    Permissions(context).install(app)
    Limits(context, journal).install(app)
    ChangingPassword(context, attempts).install(app)
    Needing(context).install(app)
    Stopped(context).install(app)
    IsItTheFilter(context).install(app)
    ProblemTypes().install(app)
    Explaining(context).install(app)
    Devices(context, wording).install(app)
    Asking(context).install(app)
    receipt_pages = ReceiptPages(context)
    receipt_pages.install(app)
    SayingMore(context, receipt_pages).install(app)
    RequestList(context).install(app)
    Cautioning(context).install(app)
    dossiers = Dossiers(context, wording)
    dossiers.install(app)
    Deciding(context, dossiers).install(app)
    NeededPages(context).install(app)
    WritingPolicy(context).install(app)
    Categories(context).install(app)
    Reviewing(context).install(app)
    app.wsgi_app = OwnNames(  # type: ignore[method-assign]
        Relayed(app.wsgi_app, context.relay_proof), context.own_names
    )
    return app
