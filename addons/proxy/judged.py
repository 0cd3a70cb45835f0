"""A host that was decided on by its name."""

from dataclasses import dataclass

from addons.decide.access import Access
from addons.decide.decision import Decision
from addons.decide.inspection import Way
from addons.proxy.in_force import Snapshot


@dataclass(frozen=True, slots=True)
class Judged:
    """What was decided from which policy, and which way the connection goes. `took` in seconds."""

    snapshot: Snapshot
    access: Access
    decision: Decision
    way: Way
    took: float
