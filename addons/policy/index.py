"""Where the rules about a target are found without reading all of them.

Each rule is filed under every key it could match by (a listed domain, a category, an app, the host of a pattern, or
everything) and, below that, under each group it is for. A decision asks for the keys of its target and the groups of
its subject and so meets only rules that are about both.
"""

from collections.abc import Iterable, Iterator, Sequence

from addons.policy.rule import Rule

type Key = tuple[str, str]

EVERYTHING: Key = ("everything", "")
_EVERYONE = ""


def keys_of(rule: Rule) -> Iterator[Key]:
    """The keys that a rule is filed under."""
    criteria = rule.criteria
    if criteria.everything:
        yield EVERYTHING
    yield from (("category", one) for one in criteria.categories)
    yield from (("app", one) for one in criteria.apps)
    yield from (("host", one) for one in criteria.domains)
    yield from (("host", one.host) for one in criteria.urls)


class RuleIndex:
    """Rules by key and group. Immutable once built."""

    __slots__ = ("_filed",)

    def __init__(self, rules: Iterable[Rule]) -> None:
        filed: dict[Key, dict[str, dict[int, Rule]]] = {}
        for rule in rules:
            for key in keys_of(rule):
                by_group = filed.setdefault(key, {})
                for group in rule.groups or (_EVERYONE,):
                    by_group.setdefault(group, {})[rule.number] = rule
        self._filed: dict[Key, dict[str, tuple[tuple[int, Rule], ...]]] = {
            key: {group: tuple(sorted(found.items())) for group, found in by_group.items()}
            for key, by_group in filed.items()
        }

    def candidates(self, keys: Sequence[Key], groups: frozenset[str]) -> list[Rule]:
        """Every rule that could match, in the order of the policy, each once."""
        found: dict[int, Rule] = {}
        for key in keys:
            by_group = self._filed.get(key)
            if by_group is None:
                continue
            found.update(by_group.get(_EVERYONE, ()))
            for group in groups & by_group.keys():
                found.update(by_group[group])
        return [found[number] for number in sorted(found)]
