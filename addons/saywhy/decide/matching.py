"""Whether one rule matches one access, in plain words: the law of matching.

`decide` asks the policy's index, which answers for all rules at once; a property test holds it to what is written here.
"""

from dataclasses import dataclass
from datetime import datetime

from saywhy.decide.access import Access
from saywhy.decide.decision import Mismatch
from saywhy.policy.address import path_to_compare, suffixes
from saywhy.policy.catalogue import Membership
from saywhy.policy.index import Key, keys_for
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Effect, Rule


@dataclass(frozen=True, slots=True)
class Facts:
    """What is worked out once for an access and then asked by every rule."""

    membership: Membership
    names: tuple[str, ...]  # the host and every name above it
    path: str | None  # as rules compare it; None while only the host is known
    local: datetime  # the moment in the school's own time zone
    unseen: Membership | None = None  # what the name alone tells, where only the floor looks at the path

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys that rules and grants about this target are filed under."""
        return keys_for(self.names, self.membership)


def facts_of(policy: Policy, access: Access, *, unseen: bool = False) -> Facts:
    """Gather the facts: memberships, names, path and local time. `unseen` is as a decision says."""
    target = access.target
    url = target.url
    membership = policy.catalogue.lookup(target.host, url)
    return Facts(
        membership.also(target.signs) if target.signs else membership,
        tuple(suffixes(target.host)),
        None if url is None else path_to_compare(url.path),
        access.at.astimezone(policy.school.timezone),
        policy.catalogue.lookup(target.host, None) if unseen else None,
    )


def mismatch(policy: Policy, rule: Rule, access: Access, facts: Facts) -> Mismatch | None:
    """Why the rule does not match, or None when it does. NEEDS_URL: it would, depending on the path."""
    about = _about(rule, access, facts)
    if about is Mismatch.TARGET or about is Mismatch.UNSEEN:
        return about
    subject = access.subject
    if rule.groups and not rule.groups & subject.groups:
        return Mismatch.GROUP
    if rule.places and subject.place not in rule.places:
        return Mismatch.PLACE
    if rule.times and not any(policy.times[name].cover(facts.local) for name in rule.times):
        return Mismatch.TIME
    return about


def _about(rule: Rule, access: Access, facts: Facts) -> Mismatch | None:
    criteria = rule.criteria
    of_the_floor = rule.locked and rule.effect is not Effect.ALLOW
    by_name = None if of_the_floor else facts.unseen
    membership = by_name or facts.membership
    if (
        criteria.everything
        or not membership.categories.isdisjoint(criteria.categories)
        or not membership.apps.isdisjoint(criteria.apps)
        or any(name in criteria.domains for name in facts.names)
    ):
        return None
    url = access.target.url
    at_host = [pattern for pattern in criteria.urls if pattern.host in facts.names]
    if facts.path is not None and url is not None and by_name is None:
        path = facts.path
        if any(pattern.covers_path(path, url.query) for pattern in at_host):
            return None
        return Mismatch.TARGET
    undecided = (
        at_host
        or not membership.undecided_categories.isdisjoint(criteria.categories)
        or not membership.undecided_apps.isdisjoint(criteria.apps)
    )
    if not undecided:
        return Mismatch.TARGET
    return Mismatch.NEEDS_URL if by_name is None else Mismatch.UNSEEN
