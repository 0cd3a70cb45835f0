"""What becomes of a connection before anything is decrypted, in a sentence for technicians."""

from addons.cli.inquiry import Inquiry
from addons.decide.inspection import Way, way_of
from addons.policy.inspection import View


def connection_in_words(inquiry: Inquiry) -> str:
    """Whether an encrypted connection to the host is relayed, decrypted or refused, and why."""
    view = inquiry.policy.view(inquiry.access.target.host)
    match way_of(inquiry.connection):
        case Way.REFUSE:
            return "refused unseen: this site is never decrypted (`inspection`), so no page can be shown inside it"
        case Way.RELAY:
            return f"relayed unseen: {_why_relayed(inquiry, view)}"
        case Way.INSPECT if inquiry.connection.allowed:
            return f"decrypted: {_why_inspected(inquiry, view)}"
        case Way.INSPECT:
            return "decrypted, so that a page can be shown; nothing of it goes to the site"


def _why_relayed(inquiry: Inquiry, view: View) -> str:
    if view is View.NEVER:
        return "this site is never decrypted (`inspection`)"
    if view is View.PINNED:
        apps = inquiry.policy.catalogue.apps
        pinning = next(app for app in sorted(inquiry.connection.membership.apps) if apps[app].pins)
        return f"programs of the app {pinning} refuse a school's certificate"
    return "nothing inside it matters to this policy"


def _why_inspected(inquiry: Inquiry, view: View) -> str:
    if inquiry.connection.needs_url:
        if inquiry.connection.unseen:
            return "a locked rule, or a sealed list, depends on the path here, which goes before `inspection`"
        return "what is allowed here depends on the path"
    return "`inspection` says so of this site" if view is View.ALWAYS else "the rule that allows it says `inspect`"
