"""The app, put together."""

from types import TracebackType

from flask import Flask, request
from flask_limiter import Limiter
from flask_wtf import CSRFProtect  # type: ignore[import-untyped]

from saywhy.portal import faults
from saywhy.portal.answering import Answering
from saywhy.portal.asking import Asking
from saywhy.portal.attempts import Attempts, counted_as
from saywhy.portal.changing_password import ChangingPassword
from saywhy.portal.context import PortalContext
from saywhy.portal.deciding import Deciding
from saywhy.portal.relay import Relayed
from saywhy.portal.saying_more import SayingMore
from saywhy.portal.security import secure
from saywhy.portal.signing_in import SigningIn
from saywhy.portal.wording import Wording


class _Portal(Flask):
    def log_exception(self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]) -> None:
        """Log by the page's name: its address may hold a receipt or a reference."""
        self.logger.error("fault on %s [%s]", request.endpoint, request.method, exc_info=exc_info)


def create_app(context: PortalContext) -> Flask:
    """The portal as a WSGI application. It keeps rate limits in memory, so it is run as one process."""
    app = _Portal(__name__)
    secure(app, context.secret)
    CSRFProtect(app)
    limiter = Limiter(_address, app=app, storage_uri="memory://", strategy="moving-window")
    wording = Wording(context)
    wording.install(app)
    faults.install(app, context, limiter)
    attempts = Attempts()
    SigningIn(context, attempts).install(app)
    ChangingPassword(context, attempts).install(app)
    answering = Answering(context, wording)
    answering.install(app)
    Deciding(context, answering).install(app)
    asking = Asking(context)
    asking.install(app, limiter)
    SayingMore(context, asking).install(app)
    app.wsgi_app = Relayed(app.wsgi_app, context.relay_proof)  # type: ignore[method-assign]
    return app


def _address() -> str:
    return counted_as(request.remote_addr)
