"""Whether a connection of which only the name is known is relayed, looked into, or refused unseen."""

from enum import StrEnum

from addons.decide.access import Target
from addons.decide.decision import Decision
from addons.policy.policy import Policy


class Way(StrEnum):
    """What becomes of a connection."""

    RELAY = "relay"
    INSPECT = "inspect"
    REFUSE = "refuse"


def way_of(policy: Policy, decision: Decision, target: Target) -> Way:
    """The way of a connection to a host that was decided on by its name alone."""
    del policy, target
    return Way.RELAY if decision.allowed and not decision.needs_url else Way.INSPECT
