"""A policy with what lists say joined to its catalogue, and with the rule that nothing opens what is sealed."""

from dataclasses import dataclass, replace
from typing import Final

from saywhy.lists.index import Belongings, ListIndex
from saywhy.lists.sealed import Sealed
from saywhy.policy.address import Url
from saywhy.policy.catalogue import SEALED, App, Belonging, Category, Listed, Source
from saywhy.policy.policy import Policy
from saywhy.policy.reader import Reader
from saywhy.policy.rule import Criteria, Effect, Rule, Why

_SOURCE: Final = Source(SEALED, 0)
_BELONGING: Final = Belonging("category", SEALED, "", _SOURCE)  # the entry is never told
# The wording that such lists ask for: what it is in general, what looking for it means, where to find help.
_WHY: Final = Why(
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


def attached(policy: Policy, index: ListIndex | None, sealed: Sealed | None = None) -> Policy:
    """The policy whose look-ups ask the lists as well. Categories and apps that it does not name get a plain label.

    With sealed lists it has one rule more, locked and at the end; no rule before it can open what it closes.
    """
    if index is not None:
        listed = index.labels
        categories = {one: Category(one, label) for (kind, one), label in listed.items() if kind == "category"}
        apps = {one: App(one, label) for (kind, one), label in listed.items() if kind == "app"}
        catalogue = policy.catalogue
        categories, apps = {**categories, **catalogue.categories}, {**apps, **catalogue.apps}
        policy = replace(policy, catalogue=replace(catalogue, categories=categories, apps=apps, listed=index))
    if sealed is not None:
        catalogue = policy.catalogue
        categories = {**catalogue.categories, SEALED: Category(SEALED, "Sealed list")}
        joined = replace(catalogue, categories=categories, listed=_WithSealed(catalogue.listed, sealed))
        policy = replace(policy, catalogue=joined, rules=(*policy.rules, _rule(len(policy.rules) + 1)))
    return policy


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
        why=_WHY,
        locked=True,
    )
