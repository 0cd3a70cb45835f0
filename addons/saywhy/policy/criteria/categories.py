"""`categories`: kinds of site by their id, as the catalogue, the policy and imported lists have them."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from saywhy.policy.criterion import About, Criterion, Key
from saywhy.policy.fields import CategoryName


class Categories(Criterion):
    """What sites, and requests by their form, belong to."""

    key = "categories"
    annotation: ClassVar[Any] = list[CategoryName]
    description = "Categories, by id."
    example = "[gambling]"

    def pieces(self, written: tuple[str, ...]) -> Iterable[Key]:
        """The ids."""
        return (("category", one) for one in written)

    def keys(self, about: About) -> Iterable[Key]:
        """The categories that it belongs to."""
        return [("category", one) for one in about.membership.categories]

    def possible(self, about: About) -> Iterable[Key]:
        """Those that have a pattern at its host."""
        return [("category", one) for one in about.membership.undecided_categories]

    def told(self, one: str) -> str:
        """The id, with what it is."""
        return f"category {one}"


CRITERION: Final = Categories()
