"""What an allow can carry: the shape that every obligation has.

A kind of obligation is one file in `policy/obligations`: how it is written and checked at a rule, and how it is told.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Protocol


@dataclass(frozen=True, slots=True)
class Obligation:
    """What has to be done with what an allow lets pass. `inside`: only where the connection is decrypted."""

    kind: str  # the key that it is written by
    value: Hashable = True
    inside: bool = False


NO_OBLIGATIONS: Final[frozenset[Obligation]] = frozenset()


def seen_inside(obligations: frozenset[Obligation]) -> bool:
    """Whether any of them can only be met where the connection is decrypted."""
    return any(one.inside for one in obligations)


class ObligationKind(Protocol):
    """One kind, as a key of a rule that allows."""

    key: ClassVar[str]  # as it is written
    annotation: ClassVar[Any]  # how: a type of pydantic
    left_out: ClassVar[Any]  # what stands for nothing
    description: ClassVar[str]
    example: ClassVar[str]  # YAML, as it could be written
    not_for_block: ClassVar[str]  # why a rule that blocks cannot have it, after "…, so"

    def read(self, written: Any) -> Obligation | None:
        """The obligation; None where nothing is asked for."""

    def told(self, obligation: Obligation) -> str:
        """Its value in a sentence, as `saywhy diff` and `explain` say it: "true"."""
