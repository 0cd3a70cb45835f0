"""Which roles decide, which agree, and who stands in for them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from saywhy.exceptions.request import Review
from saywhy.policy.policy import Policy
from saywhy.policy.rule import ApprovalGroup, Ask


def deciding_roles(policy: Policy) -> tuple[str, ...]:
    """Every role that decides or agrees under some rule, in the order in which policy has them; none that only reads."""
    asks = (rule.ask for rule in (*policy.rules, policy.default) if rule.ask is not None)
    named = {role for ask in asks for role in (*ask.decides, *ask.agrees)}
    return tuple(name for name, role in policy.roles.items() if name in named and not role.reads)


def deputies(policy: Policy, roles: Iterable[str]) -> tuple[str, ...]:
    """The roles that stand in for these."""
    found = (policy.roles[role].deputy for role in roles if role in policy.roles)
    return tuple(dict.fromkeys(role for role in found if role))


def deciders(policy: Policy, ask: Ask, *, escalated: bool, appealed: bool) -> tuple[str, ...]:
    """The roles that may decide first: with deputies once half the time is over.

    An appeal goes to more people, since one of them has refused: to deputies, and to those who would agree.
    """
    more: tuple[str, ...] = ()
    if escalated or appealed:
        more = deputies(policy, ask.decides)
    if appealed:
        more = (*more, *seconds(policy, ask))
    return tuple(dict.fromkeys((*ask.decides, *more)))


def with_referred(policy: Policy, ask: Ask, roles: Iterable[str]) -> Ask:
    """The ask with one more group for each role (an id) that the request was handed to; one that is gone counts no more."""
    handed = tuple(ApprovalGroup((role,)) for role in roles if role in policy.roles)
    return replace(ask, together=(*ask.together, *handed)) if handed else ask


def seconds(policy: Policy, ask: Ask) -> tuple[str, ...]:
    """The roles of a second person: those that policy names, or else all that decide on anything."""
    return ask.agrees or deciding_roles(policy)


def missing(policy: Policy, ask: Ask, yes: Sequence[Review], *, two: bool) -> tuple[ApprovalGroup, ...]:
    """Who still has to agree after these, the first of which decided. Empty: nobody.

    Each person counts once, as the role that they said yes in; a deputy counts for the role that they stand in for.
    One who signs off is one more than who decided. `two`: at the least two people, whatever the rule asks for.
    """
    others = list(yes[1:])
    short = _short(policy, (ApprovalGroup(ask.signs_off),) if ask.signs_off else (), others)
    found = (*short, *_short(policy, ask.together, [*yes[:1], *others]))
    if not found and two and len({one.by for one in yes}) < 2:
        return (ApprovalGroup(seconds(policy, ask)),)
    return found


def _short(policy: Policy, wanted: Sequence[ApprovalGroup], left: list[Review]) -> tuple[ApprovalGroup, ...]:
    """What these groups still lack; whoever counts for one is taken out of those that are left."""
    short = [(group, group.number - len(_take(left, group.of, group.number))) for group in wanted]
    short = [(group, few - len(_take(left, deputies(policy, group.of), few))) for group, few in short]
    return tuple(ApprovalGroup(group.of, few) for group, few in short if few > 0)


def _take(left: list[Review], roles: Iterable[str], number: int) -> list[Review]:
    """Take so many that were given in one of these roles out of those that are left."""
    among = frozenset(roles)
    taken = [one for one in left if one.role in among][: max(number, 0)]
    left[:] = [one for one in left if one not in taken]
    return taken
