"""`apps`: services by their id, whatever hosts they use; a rule that allows one opens what it needs as well."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from saywhy.policy.criterion import About, Criterion, Key
from saywhy.policy.fields import AppName
from saywhy.policy.needs import NEEDED


class Apps(Criterion):
    """What the catalogue and imported lists say which app an address is."""

    key = "apps"
    annotation: ClassVar[Any] = list[AppName]
    description = "Apps, by id."
    example = "[tiktok]"

    def pieces(self, written: tuple[str, ...]) -> Iterable[Key]:
        """The ids."""
        return (("app", one) for one in written)

    def opened(self, written: tuple[str, ...]) -> Iterable[Key]:
        """What each of them needs."""
        return ((NEEDED, one) for one in written)

    def keys(self, about: About) -> Iterable[Key]:
        """The apps that it belongs to, and those that need it."""
        found = [("app", one) for one in about.membership.apps]
        if about.membership.needed:
            found += [(NEEDED, one) for one in about.membership.needed]
        return found

    def possible(self, about: About) -> Iterable[Key]:
        """Those that have a pattern at its host, or need an app that has one."""
        found = [("app", one) for one in about.membership.undecided_apps]
        return [*found, *((NEEDED, one) for one in about.membership.undecided_needed)]

    def told(self, one: str) -> str:
        """The id, with what it is."""
        return f"app {one}"


CRITERION: Final = Apps()
