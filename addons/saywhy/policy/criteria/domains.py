"""`domains`: names; each covers its subdomains."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from saywhy.policy.criterion import About, Criterion, Key
from saywhy.policy.host_fields import Host


class Domains(Criterion):
    """Canonical hosts (WHATWG URL), so that a name is written in any of its forms."""

    key = "domains"
    annotation: ClassVar[Any] = list[Host]
    description = "Names; each covers its subdomains."
    example = "[example.org]"

    def pieces(self, written: tuple[str, ...]) -> Iterable[Key]:
        """The names."""
        return (("host", one) for one in written)

    def keys(self, about: About) -> Iterable[Key]:
        """Its own name and all above it."""
        return [("host", one) for one in about.names]


CRITERION: Final = Domains()
