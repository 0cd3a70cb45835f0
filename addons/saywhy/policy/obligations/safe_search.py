"""`safe_search: true`: search engines are allowed with their safe search, which people cannot turn off."""

from typing import Any, ClassVar, Final

from saywhy.policy.control import ONLY_LEVEL, Control, Means
from saywhy.policy.obligation import Obligation, ObligationKind


class SafeSearch(ObligationKind):
    """On or off; an engine that has none is then closed."""

    key = "safe_search"
    annotation: ClassVar[Any] = bool
    left_out: ClassVar[Any] = False
    description = "true: search engines are allowed with their safe search alone; those that have none are closed."
    example = "true"
    not_for_block = "there is nothing to make safe"
    controlled = True
    only_with = "search-engines"

    def read(self, written: bool) -> Obligation | None:  # noqa: FBT001 — the value of the key
        """The obligation, where it is true."""
        return Obligation(self.key) if written else None

    def told(self, obligation: Obligation) -> str:  # noqa: ARG002
        """It has one value."""
        return "true"

    def means(self, obligation: Obligation, control: Control) -> Means | None:  # noqa: ARG002
        """The control's one way."""
        return control.levels.get(ONLY_LEVEL)


OBLIGATION: Final = SafeSearch()
