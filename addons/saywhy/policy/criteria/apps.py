"""`apps`: services by their id, whatever hosts they use."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from saywhy.policy.criterion import About, Criterion, Key
from saywhy.policy.fields import AppName


class Apps(Criterion):
    """What the catalogue and imported lists say which app an address is."""

    key = "apps"
    annotation: ClassVar[Any] = list[AppName]
    description = "Apps, by id."
    example = "[tiktok]"

    def pieces(self, written: tuple[str, ...]) -> Iterable[Key]:
        """The ids."""
        return (("app", one) for one in written)

    def keys(self, about: About) -> Iterable[Key]:
        """The apps that it belongs to."""
        return [("app", one) for one in about.membership.apps]

    def possible(self, about: About) -> Iterable[Key]:
        """Those that have a pattern at its host."""
        return [("app", one) for one in about.membership.undecided_apps]

    def told(self, one: str) -> str:
        """The id, with what it is."""
        return f"app {one}"


CRITERION: Final = Apps()
