"""What becomes of a connection of which only the host and the port are known."""

from enum import StrEnum

from saywhy.decide.decision import Decision
from saywhy.policy.obligation import seen_inside


class Way(StrEnum):
    """RELAY: passed on as it is, unseen. INSPECT: decrypted. REFUSE: answered before it is encrypted, and not decrypted."""

    RELAY = "relay"
    INSPECT = "inspect"
    REFUSE = "refuse"


def way_of(decision: Decision) -> Way:
    """The way of a connection whose host-only target was decided so; all that policy says is in the decision already.

    What is blocked is inspected, so that a page can be shown inside TLS; nothing of it goes to the origin. Where nothing
    may be seen, it is refused instead.
    """
    if decision.allowed:
        inside = decision.needs_url or seen_inside(decision.obligations)
        return Way.INSPECT if inside else Way.RELAY
    return Way.REFUSE if decision.unseen else Way.INSPECT
