"""The school's own look in the portal: its colours as a stylesheet of their own, its crest, and whom to ask."""

from hashlib import sha256

from flask import Flask, Response, abort

from saywhy.policy.look import NO_LOOK, Look
from saywhy.portal.context import PortalContext


class SchoolLook:
    """Gives pages the look of the policy in force."""

    def __init__(self, context: PortalContext) -> None:
        self._context = context

    def install(self, app: Flask) -> None:
        """Add the addresses, and what pages ask for them by."""
        app.add_url_rule("/look/<mark>.css", "look_style", self.style)
        app.add_url_rule("/look/<mark>/crest", "look_crest", self.crest)
        app.jinja_env.globals.update(look=self.look, look_mark=lambda: mark_of(self.look()))

    def look(self) -> Look:
        """The look in force; our own where there is no policy."""
        policy = self._context.policy()
        return NO_LOOK if policy is None else policy.school.look

    def style(self, mark: str) -> Response:
        """Its colours."""
        look = self.look()
        if not look.style or mark != mark_of(look):
            abort(404)
        return Response(look.style, content_type="text/css; charset=utf-8")

    def crest(self, mark: str) -> Response:
        """Its crest, which runs nothing when it is opened by itself either."""
        look = self.look()
        if look.crest is None or mark != mark_of(look):
            abort(404)
        return Response(look.crest.content, content_type=look.crest.media_type)


def mark_of(look: Look) -> str:
    """A short word that changes with the colours and the crest."""
    crest = b"" if look.crest is None else look.crest.content
    return sha256(look.style.encode() + b"\0" + crest).hexdigest()[:12]
