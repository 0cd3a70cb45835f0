"""Why an origin cannot be reached, before a byte was sent to it."""

from typing import Final


class NotReachableError(OSError):
    """Why a host cannot be reached. `kind` is one of the class attributes below; the text is the kind.

    mitmproxy hands on the text of an error alone, so the kinds are texts that no operating system writes.
    """

    NO_SUCH_NAME: Final = "saywhy-no-such-name"
    NAME_TIMED_OUT: Final = "saywhy-name-timed-out"  # the name servers did not answer
    NAME_FAILED: Final = "saywhy-name-failed"  # the name servers answered that they cannot tell
    TOO_MANY_NAMES: Final = "saywhy-too-many-names"  # the limit of look-ups under way is reached
    TIMED_OUT: Final = "saywhy-timed-out"
    REFUSED: Final = "saywhy-refused"  # nothing listens there
    NO_WAY: Final = "saywhy-no-way"  # no route to the host or its network, or another fault of the network
    WANTS_CERTIFICATE: Final = "saywhy-wants-certificate"  # of ours, and we have none
    PRIVATE: Final = "saywhy-private-address"
    OWN: Final = "saywhy-own-address"

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind
