"""What a list may say only where somebody confirmed it: entries that take in far more than lists mean to."""

from dataclasses import dataclass, field
from typing import Final

from saywhy.lists.broad import covers_whole_domains
from saywhy.lists.entry import Found, Kind
from saywhy.lists.expression_hosts import hosts_of
from saywhy.policy.public_suffixes import public_suffixes

SUFFIX: Final = "a public suffix: it takes in every site below it"
WHOLE_DOMAINS: Final = "an expression that takes in every site below a public suffix"
ANY_HOST: Final = "an expression that names no host: every HTTPS connection would have to be decrypted for it"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What somebody said may be taken: these suffixes (and expressions that cover some), or all; and what names no host."""

    suffixes: frozenset[str] = field(default_factory=frozenset)
    all_suffixes: bool = False
    any_host: bool = False


NOTHING_CONFIRMED: Final = Confirmed()


def why_held_back(found: Found) -> str:
    """Which confirmation an entry needs, as a reason; empty for nearly all entries."""
    match found.kind:
        case Kind.COVERS | Kind.BELOW:
            return SUFFIX if public_suffixes().has(found.text) else ""
        case Kind.HOST_EXPRESSION:
            return WHOLE_DOMAINS if covers_whole_domains(found.text) else ""
        case Kind.URL_EXPRESSION:
            return ANY_HOST if hosts_of(found.text) is None else ""
    return ""


def is_confirmed(found: Found, reason: str, confirmed: Confirmed) -> bool:
    """Whether somebody said that this very entry, or all of its kind, may be taken."""
    if reason == ANY_HOST:
        return confirmed.any_host
    return confirmed.all_suffixes or found.text in confirmed.suffixes
