"""A policy, the lists and the sealed lists as one: their labels, their names, and the rule that nothing opens what is sealed."""

from dataclasses import dataclass, replace
from typing import Final

from saywhy.decide.lookup import Belongings, Listed
from saywhy.lists.index import ListIndex
from saywhy.lists.sealed import Sealed
from saywhy.policy.address import Url
from saywhy.policy.catalogue import SEALED, App, Belonging, Category, Source
from saywhy.policy.criterion import Criteria
from saywhy.policy.policy import Policy
from saywhy.policy.reader import Reader
from saywhy.policy.rule import Effect, Rule, Why

_SOURCE: Final = Source(SEALED, 0)
_BELONGING: Final = Belonging("category", SEALED, "", _SOURCE)  # the entry is never told
# The wording that such lists ask for: what it is in general, what looking for it means, where to find help.
SEALED_WHY: Final = Why(
    risk=(
        "This page is on a list of pages that may hold illegal material, kept by a body such as the Internet Watch "
        "Foundation or the police. Looking for such material on purpose may be a criminal offence. Stop It Now gives "
        "confidential and anonymous help: 0808 1000 900. If you think that this is a mistake, tell whoever is "
        "responsible for safeguarding at school."
    ),
    readers={
        Reader.EARLY: "Tell your teacher.",
        Reader.PRIMARY: "This page is not safe. Tell an adult at school that you saw this.",
        Reader.SECONDARY: (
            "This page may hold something that is against the law. If you came here by accident, tell an adult at "
            "school. You can also talk to Childline: 0800 1111."
        ),
        Reader.EASY_READ: "This page is not safe. Tell somebody who helps you.",
    },
)


def joined(policy: Policy, lists: ListIndex | None, sealed: Sealed | None) -> Policy:
    """The policy with what lists are about: categories and apps that it does not name get a plain label.

    With sealed lists it has one rule more, locked and at the end; no rule before it can open what it closes.
    """
    categories, apps = policy.catalogue.categories, policy.catalogue.apps
    rules = policy.rules
    if lists is not None:
        labels = lists.labels.items()
        categories = {
            **{one: Category(one, label) for (kind, one), label in labels if kind == "category"},
            **categories,
        }
        apps = {**{one: App(one, label) for (kind, one), label in labels if kind == "app"}, **apps}
    if sealed is not None:
        categories = {**categories, SEALED: Category(SEALED, "Sealed list")}
        rules = (*rules, _rule(len(rules) + 1))
    if lists is None and sealed is None:
        return policy
    return replace(policy, catalogue=replace(policy.catalogue, categories=categories, apps=apps), rules=rules)


def listed(lists: ListIndex | None, sealed: Sealed | None) -> Listed | None:
    """What both say of an address; None where there is neither."""
    return lists if sealed is None else _WithSealed(lists, sealed)


@dataclass(frozen=True, slots=True)
class _WithSealed:
    """What lists say, the sealed ones first."""

    listed: Listed | None
    sealed: Sealed

    def belongings(self, host: str, url: Url | None) -> tuple[Belongings, Belongings]:
        """As `ListIndex.belongings`."""
        certain, possible = ((), ()) if self.listed is None else self.listed.belongings(host, url)
        if url is None:
            return certain, (_BELONGING, *possible) if self.sealed.may_hold(host) else possible
        return ((_BELONGING, *certain) if self.sealed.holds(url) else certain), possible


def _rule(number: int) -> Rule:
    return Rule(
        id=SEALED,
        number=number,
        effect=Effect.BLOCK,
        criteria=Criteria(categories=(SEALED,)),
        source=_SOURCE,
        why=SEALED_WHY,
        locked=True,
    )
