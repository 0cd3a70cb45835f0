"""A policy with what lists say joined to its catalogue."""

from dataclasses import replace

from addons.lists.index import ListIndex
from addons.policy.catalogue import App, Category
from addons.policy.policy import Policy


def attached(policy: Policy, index: ListIndex | None) -> Policy:
    """The policy whose look-ups ask the lists as well. Categories and apps that it does not name get a plain label."""
    if index is None:
        return policy
    catalogue = policy.catalogue
    listed = index.labels
    categories = {one: Category(one, label) for (kind, one), label in listed.items() if kind == "category"}
    apps = {one: App(one, label) for (kind, one), label in listed.items() if kind == "app"}
    return replace(
        policy,
        catalogue=replace(
            catalogue,
            categories={**categories, **catalogue.categories},
            apps={**apps, **catalogue.apps},
            listed=index,
        ),
    )
