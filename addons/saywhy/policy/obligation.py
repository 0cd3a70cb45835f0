"""What an allow can carry: the shape that every obligation has.

A kind of obligation is one file in `policy/obligations`: how it is written and checked at a rule, how it is told, and how
a service's own control meets it.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Protocol

from saywhy.policy.control import WAYS, Control, Means


@dataclass(frozen=True, slots=True)
class Obligation:
    """What has to be done with what an allow lets pass. `inside`: only where the connection is decrypted.

    At a rule it is as it is written. In a decision it is as it is met at the host: by `means`, those of `control`.
    """

    kind: str  # the key that it is written by
    value: Hashable = True
    inside: bool = False
    means: Means | None = None
    control: Control | None = None


NO_OBLIGATIONS: Final[frozenset[Obligation]] = frozenset()


def seen_inside(obligations: frozenset[Obligation]) -> bool:
    """Whether any of them can only be met where the connection is decrypted."""
    return any(one.inside for one in obligations)


def any_controlled(obligations: frozenset[Obligation]) -> bool:
    """Whether any of them, as they are met at a host, is met by a control of the service there."""
    return any(one.control is not None for one in obligations)


def safe_address(obligations: frozenset[Obligation]) -> str:
    """The host that connections go to in the place of the site's own; "" for none. There is one at the most."""
    return next((one.means.address for one in obligations if one.means is not None and one.means.address), "")


def safe_address_inside(obligations: frozenset[Obligation]) -> str:
    """The host that a decrypted request goes to in the place of its own; "" where it goes to its own.

    A header reaches each request by itself, so it is preferred where the service takes one.
    """
    means = (one.means for one in obligations if one.means is not None)
    return next((one.address for one in means if one.address and not one.headers), "")


class ObligationKind(Protocol):
    """One kind, as a key of a rule that allows."""

    key: ClassVar[str]  # as it is written
    annotation: ClassVar[Any]  # how: a type of pydantic
    left_out: ClassVar[Any]  # what stands for nothing
    description: ClassVar[str]
    example: ClassVar[str]  # YAML, as it could be written
    not_for_block: ClassVar[str]  # why a rule that blocks cannot have it, after "…, so"
    controlled: ClassVar[bool] = False  # it is met by a control of the service
    # The category whose sites an allow lets pass with such a control alone.
    only_with: ClassVar[str] = ""
    levels: ClassVar[Sequence[str]] = ()  # what a control's levels are called, where it has several
    ways: ClassVar[Sequence[str]] = WAYS  # of a control, those that can meet it
    # What in a header of its controls stands for what a rule writes; some header has the first.
    places: ClassVar[Sequence[str]] = ()

    def read(self, written: Any) -> Obligation | None:
        """The obligation; None where nothing is asked for."""

    def told(self, obligation: Obligation) -> str:
        """Its value in a sentence, as `saywhy diff` and `explain` say it: "true"."""

    def services(self, obligation: Obligation) -> Sequence[str]:  # noqa: ARG002 — most are for whatever the rule is about
        """The apps that its value names, of whose services alone it asks something."""
        return ()

    def not_asked(self, obligation: Obligation, controls: Iterable[Control]) -> Sequence[str]:  # noqa: ARG002
        """Those of the apps for which its value gives an id that none of their controls asks for."""
        return ()

    def not_taken(self, obligation: Obligation, controls: Iterable[Control]) -> Sequence[tuple[str, int, str, str]]:  # noqa: ARG002
        """What the controls of an app do not take of its value: the app, which in the list, what is wrong, what to write."""
        return ()

    def means(self, obligation: Obligation, control: Control) -> Means | None:  # noqa: ARG002 — most need no control
        """How it is met by a control: Means without a way where it cannot be; None where it asks nothing of that service."""
        return None
