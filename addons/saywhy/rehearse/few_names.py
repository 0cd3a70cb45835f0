"""Closed categories for which hardly any name is known, so that hardly anything in them is closed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from saywhy.policy.policy import Policy
from saywhy.policy.rule import Effect

FEW: Final = (
    50  # names; the catalogue's own fullest categories have some more, and any list worth importing has thousands
)


@dataclass(frozen=True, slots=True)
class FewNames:
    """A category, how many names and patterns are known for it, and the rules that close it."""

    category: str
    names: int
    rules: tuple[str, ...]


def few_names(policy: Policy, imported: Mapping[str, int]) -> tuple[FewNames, ...]:
    """The closed categories with fewer than FEW names, the fewest first. `imported` are entries of lists by category."""
    known = Counter(imported)
    catalogue = policy.catalogue
    for belongings in catalogue.names.values():
        known.update({one.id for one in belongings if one.kind == "category"})
    for patterns in catalogue.patterns.values():
        known.update(one.id for _, one in patterns if one.kind == "category")
    closing: dict[str, list[str]] = {}
    for rule in policy.rules:
        if rule.effect is not Effect.ALLOW:
            for category in rule.criteria.categories:
                closing.setdefault(category, []).append(rule.id)
    found = [FewNames(category, known[category], tuple(rules)) for category, rules in closing.items()]
    return tuple(sorted((one for one in found if one.names < FEW), key=lambda one: (one.names, one.category)))
