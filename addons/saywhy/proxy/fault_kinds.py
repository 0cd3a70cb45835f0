"""From an error on the way to an origin, as it is worded by us, mitmproxy or OpenSSL, to the page that explains it."""

import re
from typing import Final

from saywhy.explain.fault import FaultKind
from saywhy.proxy.outbound.not_reachable import NotReachableError

# In this order: the first text that the error contains, without case, decides.
_KINDS: Final = (
    (NotReachableError.NO_SUCH_NAME, FaultKind.NAME_NOT_FOUND),
    (NotReachableError.NAME_TIMED_OUT, FaultKind.NAME_UNANSWERED),
    (NotReachableError.NAME_FAILED, FaultKind.NAME_FAILED),
    (NotReachableError.TOO_MANY_NAMES, FaultKind.TOO_BUSY),
    (NotReachableError.TIMED_OUT, FaultKind.UPSTREAM_TIMEOUT),
    (NotReachableError.REFUSED, FaultKind.UPSTREAM_REFUSED),
    (NotReachableError.NO_WAY, FaultKind.UPSTREAM_UNREACHABLE),
    (NotReachableError.WANTS_CERTIFICATE, FaultKind.UPSTREAM_WANTS_CERTIFICATE),
    (NotReachableError.OWN, FaultKind.OWN_ADDRESS),
    (NotReachableError.PRIVATE, FaultKind.OWN_ADDRESS),
    ("the answer", FaultKind.UPSTREAM_REPLY),
    ("the trailers", FaultKind.UPSTREAM_REPLY),
    ("http/1 protocol error", FaultKind.UPSTREAM_REPLY),
    ("protocol error", FaultKind.UPSTREAM_REPLY),
    ("certificate verify failed", FaultKind.UPSTREAM_CERTIFICATE),
    ("does not speak tls", FaultKind.UPSTREAM_NOT_TLS),
    ("wrong version number", FaultKind.UPSTREAM_NOT_TLS),
    ("packet length too long", FaultKind.UPSTREAM_NOT_TLS),
    ("record layer failure", FaultKind.UPSTREAM_NOT_TLS),
    ("http request", FaultKind.UPSTREAM_NOT_TLS),
    ("handshake failure", FaultKind.UPSTREAM_OLD_TLS),
    ("protocol version", FaultKind.UPSTREAM_OLD_TLS),
    ("unsupported protocol", FaultKind.UPSTREAM_OLD_TLS),
    ("agree on a tls version", FaultKind.UPSTREAM_OLD_TLS),
    ("insufficient security", FaultKind.UPSTREAM_OLD_TLS),
    ("cipher returned", FaultKind.UPSTREAM_OLD_TLS),
    ("key too small", FaultKind.UPSTREAM_OLD_TLS),
    ("wrong signature type", FaultKind.UPSTREAM_OLD_TLS),
    ("wrong curve", FaultKind.UPSTREAM_OLD_TLS),
    ("unsafe legacy renegotiation", FaultKind.UPSTREAM_OLD_TLS),
    ("openssl error", FaultKind.UPSTREAM_CLOSED),
    ("connection closed", FaultKind.UPSTREAM_CLOSED),
    ("closed connection", FaultKind.UPSTREAM_CLOSED),
    ("reset by peer", FaultKind.UPSTREAM_CLOSED),
    ("broken pipe", FaultKind.UPSTREAM_CLOSED),
    ("errno 111]", FaultKind.UPSTREAM_REFUSED),
    ("errno 110]", FaultKind.UPSTREAM_TIMEOUT),
)
_BY_NAME: Final = frozenset({FaultKind.NAME_NOT_FOUND, FaultKind.NAME_UNANSWERED, FaultKind.NAME_FAILED})
_OPENSSL_REASON: Final = re.compile(r"^OpenSSL Error\(.*'([^']+)'\)\]\)$")
_VERIFICATION: Final = "Certificate verify failed: "


def fault_kind_of(error: str, *, led: bool = False) -> FaultKind:
    """The kind of fault that a connection's error text stands for; UPSTREAM_UNREACHABLE when it is none we know.

    `led`: the connection was to go to a service's safe address, so that a name that is not found is not the site's.
    """
    lower = error.lower()
    kind = next((kind for text, kind in _KINDS if text in lower), FaultKind.UPSTREAM_UNREACHABLE)
    return FaultKind.SAFE_ADDRESS_NOT_FOUND if led and kind in _BY_NAME else kind


def detail_of(error: str) -> str:
    """What an error adds to its kind for those who look after the network: OpenSSL's reason, or nothing.

    The words of other libraries stay out of the page: they speak of options that nobody here has.
    """
    if error.startswith(_VERIFICATION):
        return error.removeprefix(_VERIFICATION)
    reason = _OPENSSL_REASON.match(error)
    return "" if reason is None else reason[1]
