"""What came out: an effect, a reason code and what decided."""

from dataclasses import dataclass, fields
from enum import StrEnum

from saywhy.policy.address import Url
from saywhy.policy.catalogue import Membership
from saywhy.policy.grant import Grant
from saywhy.policy.obligation import NO_OBLIGATIONS, Obligation
from saywhy.policy.rule import Effect, Rule


class Reason(StrEnum):
    """Why a decision came out as it did: a closed set, also the only such label in metrics."""

    LOCKED = "locked"
    KEEP_OPEN = "keep-open"
    GRANT = "grant"
    GO = "go"  # somebody went on where a rule has caution, a short while ago
    RULE = "rule"
    CAUTION = "caution"  # the first rule that matches has caution, and nobody has gone on
    DEFAULT = "default"
    TEST = "test"  # a name of the filter's own, by which a device, or the filter itself, is checked
    PORT = "port"
    ADDRESS_LITERAL = "address-literal"
    PRIVATE_ADDRESS = "private-address"
    HIDDEN_ADDRESS = "hidden-address"  # of a carrier: the address inside cannot be read, or lies too deep
    OBLIGATION = "obligation"  # what the rule allows it with, as safe search, cannot be had there
    ACCOUNT = "account"  # the service sends whoever signed in with another account than the rule allows there


class Mismatch(StrEnum):
    """Why a rule did not decide: the first of these that was found."""

    TARGET = "target"
    GROUP = "group"
    PLACE = "place"
    TIME = "time"
    DATE = "date"  # it has not begun yet, or has ended
    USE = "use"
    NEEDS_URL = "needs-url"
    NEEDS_ANSWER = "needs-answer"  # it is for kinds of file, and only the answer tells
    UNSEEN = "unseen"  # it asks for the path, which is not looked at here
    OVERRULED = "overruled"  # it matched, but something stronger decided


@dataclass(frozen=True, slots=True)
class Step:
    """A rule that was passed over, and why."""

    rule: Rule
    mismatch: Mismatch


@dataclass(frozen=True, slots=True, init=False)
class Decision:
    """The answer. `rule` is what decided, or what a grant opened; None where reach refused.

    With the reasons obligation and account it is a rule that allows, but not like this.

    `needs_url` says that only the host was known and a path could change the answer; `needs_answer` that an allow could
    still be closed by what the site answers with. `obligations` are what an allow carries, as each is met at this host.
    `unseen`: whatever the path is, only locked rules that close may look at it here (the host is never decrypted, or it
    is an allowed one of an app that pins certificates). `carried` is the address inside the target's that decided; the
    rule, the grant and the membership are then those of that address.
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
    needs_answer: bool = False

    def __init__(  # noqa: PLR0913, PLR0917 - its fields; positions are quicker than names
        self,
        effect: Effect,
        reason: Reason,
        rule: Rule | None,
        grant: Grant | None,
        membership: Membership,
        revision: str,
        needs_url: bool = False,  # noqa: FBT001, FBT002
        obligations: frozenset[Obligation] = NO_OBLIGATIONS,
        unseen: bool = False,  # noqa: FBT001, FBT002
        carried: Url | None = None,
        needs_answer: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        # What dataclass would write takes twice as long, and that was half of the time of a decision: it looks each
        # field up anew, by object.__setattr__.
        _set_effect(self, effect)
        _set_reason(self, reason)
        _set_rule(self, rule)
        _set_grant(self, grant)
        _set_membership(self, membership)
        _set_revision(self, revision)
        _set_needs_url(self, needs_url)
        _set_obligations(self, obligations)
        _set_unseen(self, unseen)
        _set_carried(self, carried)
        _set_needs_answer(self, needs_answer)

    @property
    def allowed(self) -> bool:
        """Whether the way is open. Anything but allow is closed."""
        return self.effect is Effect.ALLOW


(
    _set_effect,
    _set_reason,
    _set_rule,
    _set_grant,
    _set_membership,
    _set_revision,
    _set_needs_url,
    _set_obligations,
    _set_unseen,
    _set_carried,
    _set_needs_answer,
) = (getattr(Decision, one.name).__set__ for one in fields(Decision))
