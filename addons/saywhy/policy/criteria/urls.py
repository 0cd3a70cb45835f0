"""`urls`: addresses with a path, like www.example.org/shop/*."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from saywhy.policy.criterion import About, Criterion, Key, Piece
from saywhy.policy.host_fields import Pattern
from saywhy.policy.pattern import UrlPattern


class Urls(Criterion):
    """Patterns at a host and its subdomains. They are found by their paths, not by keys."""

    key = "urls"
    annotation: ClassVar[Any] = list[Pattern]
    description = "Addresses with a path, like www.example.org/shop/*."
    example = '["www.example.org/shop/*"]'

    def pieces(self, written: tuple[UrlPattern, ...]) -> Iterable[Piece]:
        """The patterns."""
        return written

    def keys(self, about: About) -> Iterable[Key]:  # noqa: ARG002
        """None."""
        return ()

    def named(self, one: UrlPattern) -> str:
        """The pattern as it is written."""
        return one.text


CRITERION: Final = Urls()
