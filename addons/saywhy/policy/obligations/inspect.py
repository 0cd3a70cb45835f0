"""`inspect: true`: what a rule allows is decrypted and passes through the filter, although no rule asks for a path."""

from typing import Any, ClassVar, Final

from saywhy.policy.obligation import Obligation, ObligationKind

INSPECT: Final = Obligation("inspect", inside=True)


class Inspect(ObligationKind):
    """Seen inside; nothing else is done."""

    key = "inspect"
    annotation: ClassVar[Any] = bool
    left_out: ClassVar[Any] = False
    description = "true: what it allows is decrypted and passes through the filter, although no rule asks for a path."
    example = "true"
    not_for_block = "there is nothing to inspect"

    def read(self, written: bool) -> Obligation | None:  # noqa: FBT001 — the value of the key
        """The obligation, where it is true."""
        return INSPECT if written else None

    def told(self, obligation: Obligation) -> str:  # noqa: ARG002
        """It has one value."""
        return "true"


OBLIGATION: Final = Inspect()
