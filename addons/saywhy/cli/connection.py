"""What becomes of a connection before anything is decrypted, in a sentence for technicians."""

from saywhy.cli.inquiry import Inquiry
from saywhy.decide.inspection import Way, way_of
from saywhy.policy.inspection import View
from saywhy.policy.protocols import ANYTHING


def connection_in_words(inquiry: Inquiry) -> str:
    """Whether an encrypted connection to the host is relayed, decrypted or refused, and why."""
    view = inquiry.engine.view(inquiry.access.target.host)
    match way_of(inquiry.connection):
        case Way.REFUSE:
            return "refused unseen: this site is never decrypted (`inspection`), so no page can be shown inside it"
        case Way.RELAY:
            unheard = (
                ""
                if inquiry.decision.allowed
                else "; so this request would pass, and be closed only if it is decrypted"
            )
            return f"relayed unseen: {_why_relayed(inquiry, view)}{unheard}"
        case Way.INSPECT if inquiry.connection.allowed or inquiry.decision.allowed:
            return f"decrypted: {_why_inspected(inquiry, view)}"
        case Way.INSPECT:
            return "decrypted, so that a page can be shown; nothing of it goes to the site"


def _why_relayed(inquiry: Inquiry, view: View) -> str:
    if view is View.NEVER:
        return "this site is never decrypted (`inspection`)"
    if view is View.PINNED:
        apps = inquiry.engine.policy.catalogue.apps
        pinning = next(app for app in sorted(inquiry.connection.membership.apps) if apps[app].pins)
        return f"programs of the app {pinning} refuse a school's certificate"
    return "nothing inside it matters to this policy"


def protocols_in_words(inquiry: Inquiry) -> str:
    """Which protocols pass at the host: the web's, and what an app speaks besides where it is relayed; "" where refused."""
    way = way_of(inquiry.connection)
    if way is Way.REFUSE:
        return ""
    apps = inquiry.engine.policy.catalogue.apps
    for name in sorted(inquiry.connection.membership.apps):
        if way is Way.RELAY and name in apps and apps[name].protocols:
            spoken = apps[name].protocols
            also = "whatever else it speaks" if ANYTHING in spoken else ", ".join(spoken)
            return f"the web's and, for the app {name}, {also}; others are refused, and that is logged"
    return "the web's alone; others are refused, and that is logged"


def _why_inspected(inquiry: Inquiry, view: View) -> str:
    if inquiry.connection.needs_url:
        if inquiry.connection.unseen:
            return "a locked rule, or a sealed list, depends on the path here, which goes before `inspection`"
        used = ", or on what is done" if inquiry.engine.index.used else ""
        return f"what is allowed here depends on the path{used}"
    if view is View.ALWAYS:
        return "`inspection` says so of this site"
    key = next((one.kind for one in inquiry.connection.obligations if one.inside), None)
    if key is None:
        return "the name alone is closed, and what is asked for inside it is allowed"
    return f"the rule that allows it says `{key}`"
