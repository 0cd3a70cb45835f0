"""What came out: an effect, a reason code and what decided."""

from dataclasses import dataclass
from enum import StrEnum

from addons.policy.address import Url
from addons.policy.catalogue import Membership
from addons.policy.grant import Grant
from addons.policy.rule import NO_OBLIGATIONS, Effect, Obligation, Rule


class Reason(StrEnum):
    """Why a decision came out as it did: a closed set, also the only such label in metrics."""

    LOCKED = "locked"
    GRANT = "grant"
    RULE = "rule"
    DEFAULT = "default"
    PORT = "port"
    ADDRESS_LITERAL = "address-literal"
    PRIVATE_ADDRESS = "private-address"
    HIDDEN_ADDRESS = "hidden-address"  # of a carrier: the address inside cannot be read, or lies too deep


class Mismatch(StrEnum):
    """Why a rule did not decide: the first of these that was found."""

    TARGET = "target"
    GROUP = "group"
    PLACE = "place"
    TIME = "time"
    NEEDS_URL = "needs-url"
    UNSEEN = "unseen"  # it asks for the path, which is not looked at here
    OVERRULED = "overruled"  # it matched, but something stronger decided


@dataclass(frozen=True, slots=True)
class Step:
    """A rule that was passed over, and why."""

    rule: Rule
    mismatch: Mismatch


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. `rule` is what decided, or what a grant opened; None where reach refused.

    `needs_url` says that only the host was known and a path could change the answer. `obligations` are what an allow
    carries. `unseen`: whatever the path is, only locked rules that close may look at it here (the host is never
    decrypted, or it is an allowed one of an app that pins certificates). `carried` is the address inside the target's
    that decided; the rule, the grant and the membership are then those of that address.
    """

    effect: Effect
    reason: Reason
    rule: Rule | None
    grant: Grant | None
    membership: Membership
    revision: str
    needs_url: bool = False
    obligations: frozenset[Obligation] = NO_OBLIGATIONS
    unseen: bool = False
    carried: Url | None = None

    @property
    def allowed(self) -> bool:
        """Whether the way is open. Anything but allow is closed."""
        return self.effect is Effect.ALLOW
