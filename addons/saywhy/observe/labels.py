"""The closed sets that metric labels are taken from. A value outside its set is counted as "other".

That is what keeps the number of time series bounded and a client's words out of the figures, whatever a caller passes.
"""

from collections.abc import Set as AbstractSet
from typing import Final

from saywhy.decide.decision import Reason
from saywhy.policy.reader import Reader
from saywhy.policy.rule import Effect

OTHER: Final = "other"
NO_GROUP: Final = "none"  # a device outside every place

EFFECTS: Final = frozenset(Effect)
REASONS: Final = frozenset(Reason)
READERS: Final = frozenset(Reader)
SCHEMES: Final = frozenset({"http", "https", "ws", "wss", "connect"})
PAGE_KINDS: Final = frozenset({"block", "care", "open"})  # the kinds of explanation
FAULTS: Final = frozenset(
    {
        "hook",
        "store",
        "process",
        "lists",
        "sealed",
        "telling",
        # the faults that have a page (saywhy.explain.fault; this room does not import that one, a test compares)
        "internal",
        "no-policy",
        "upstream-certificate",
        "upstream-old-tls",
        "upstream-not-tls",
        "upstream-wants-certificate",
        "upstream-refused",
        "upstream-closed",
        "upstream-unreachable",
        "upstream-timeout",
        "upstream-reply",
        "upstream-asks-as-proxy",
        "name-not-found",
        "name-unanswered",
        "name-failed",
        "safe-address-not-found",
        "too-busy",
        "too-many-connections",
        "ambiguous-request",
        "protocol-refused",
        "own-address",
    }
)
ALARMS: Final = frozenset(
    {"refusing", "lists", "sealed", "policy", "audit-trail", "store"}
)  # saywhy.serve.alarms.Alarm; a test compares
TOLD_BY: Final = frozenset({"mail", "webhook"})  # saywhy.notify.recipient.Channel; a test compares
TOLD_OUTCOMES: Final = frozenset({"sent", "put-off", "given-up"})
REPLY_OUTCOMES: Final = frozenset({"kept", "known", "ignored", "refused"})
PORTAL_EVENTS: Final = frozenset(  # saywhy.portal.context.Noticed, which this room does not import; a test compares
    {
        "submitted",
        "joined",
        "helped",
        "withdrawn",
        "approved",
        "signed-off",
        "refused",
        "lapsed",
        "revoked",
        "changed",
        "asked-back",
        "answered",
        "appealed",
        "sign-in-failed",
        "rate-limited",
        "store-unavailable",
        "went-on",
        "done-early",
    }
)
SITE_KINDS: Final = frozenset(  # saywhy.rehearse.stays_open.Help, which this room does not import; a test compares
    {
        "help",
        "health",
        "relationships",
        "lgbt",
        "drugs-advice",
        "news-and-rights",
        "government",
        "museums",
        "exam-boards",
        "school-work",
    }
)
TIERS: Final = frozenset({"one", "two"})  # of people who have to agree: saywhy.exceptions.figures; a test compares
REQUEST_STATES: Final = frozenset(
    {"open", "question", "awaiting-sign-off", "granted", "refused", "appealed", "withdrawn", "lapsed"}
)


def closed(value: str, allowed: AbstractSet[str]) -> str:
    """The value as a plain text if it is one of those allowed, otherwise "other"."""
    return str(value) if value in allowed else OTHER
