"""`restricted: moderate` or `strict`: video sites are allowed in their restricted mode, which people cannot turn off."""

from typing import Annotated, Any, ClassVar, Final

from pydantic import PlainValidator, WithJsonSchema

from saywhy.policy.control import ONLY_LEVEL, Control, Means
from saywhy.policy.obligation import Obligation, ObligationKind
from saywhy.policy.text_fields import read_word

_LEVELS: Final = ("moderate", "strict")  # each takes the place of those before it


def _level(value: Any) -> str:
    words = {one: one for one in _LEVELS}
    return read_word(value, words, "moderate or strict", "level", "write moderate or strict")


class Restricted(ObligationKind):
    """A level; a site with one way alone has that."""

    key = "restricted"
    annotation: ClassVar[Any] = Annotated[str, PlainValidator(_level), WithJsonSchema({"enum": [*_LEVELS]})]
    left_out: ClassVar[Any] = ""
    description = "moderate or strict: video sites are allowed in that restricted mode, where they have one."
    example = "moderate"
    not_for_block = "there is nothing to restrict"
    controlled = True
    levels = _LEVELS

    def read(self, written: str) -> Obligation | None:
        """The obligation, where a level is written."""
        return Obligation(self.key, written) if written else None

    def told(self, obligation: Obligation) -> str:
        """The level."""
        return str(obligation.value)

    def means(self, obligation: Obligation, control: Control) -> Means | None:
        """The way of the level, or of the next that is stricter, or the one that there is; no way where all are laxer."""
        enough = _LEVELS[_LEVELS.index(str(obligation.value)) :]
        return next((control.levels[one] for one in (*enough, ONLY_LEVEL) if one in control.levels), Means())


OBLIGATION: Final = Restricted()
