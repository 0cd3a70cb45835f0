"""The most that a role may give: for whom, how much, until when."""

from dataclasses import dataclass
from enum import StrEnum

from saywhy.policy.rule import Offer


class Whom(StrEnum):
    """For how many people something is opened, fewest first."""

    THIS_DEVICE = "this-device"
    ONE_GROUP = "one-group"
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Most:
    """A bound for each of the three; None is no bound of the role's own."""

    who: Whom | None = None
    what: Offer | None = None
    until: Offer | None = None


UNBOUNDED = Most()
