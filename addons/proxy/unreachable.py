"""From an error on the way to an origin, as mitmproxy words it, to the kind of page that explains it."""

from addons.explain.fault import FaultKind
from addons.proxy.not_reachable import NotReachableError

# In this order: the first text that the error contains decides.
_KINDS = (
    (NotReachableError.NO_SUCH_NAME, FaultKind.NAME_NOT_FOUND),
    (NotReachableError.TIMED_OUT, FaultKind.UPSTREAM_TIMEOUT),
    (NotReachableError.OWN, FaultKind.OWN_ADDRESS),
    (NotReachableError.PRIVATE, FaultKind.OWN_ADDRESS),
    ("Certificate verify failed", FaultKind.UPSTREAM_CERTIFICATE),
    ("certificate", FaultKind.UPSTREAM_CERTIFICATE),
)


def kind_of(error: str) -> FaultKind:
    """The kind of fault that a connection's error text stands for; UPSTREAM_UNREACHABLE when it is none we know."""
    return next((kind for text, kind in _KINDS if text in error), FaultKind.UPSTREAM_UNREACHABLE)
