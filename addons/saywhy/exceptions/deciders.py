"""Which roles decide, which agree, and who stands in for them."""

from collections.abc import Iterable, Sequence

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


def seconds(policy: Policy, ask: Ask) -> tuple[str, ...]:
    """The roles of a second person: those that policy names, or else all that decide on anything."""
    return ask.agrees or deciding_roles(policy)


def missing(policy: Policy, ask: Ask, yes: Sequence[Review], *, two: bool) -> tuple[ApprovalGroup, ...]:
    """Who still has to agree after these, the first of which decided. Empty: nobody.

    Each person counts once, as the role that they said yes in; a deputy counts for the role that they stand in for.
    `two`: at the least two people, whatever the rule asks for.
    """
    wanted = list(ask.together)
    left = list(yes)
    if ask.signs_off:  # one more than who decided
        wanted = [ApprovalGroup(ask.signs_off)]
        left = left[1:]
    short = [(group, group.number - len(_take(left, group.of, group.number))) for group in wanted]
    short = [(group, few - len(_take(left, deputies(policy, group.of), few))) for group, few in short]
    found = tuple(ApprovalGroup(group.of, few) for group, few in short if few > 0)
    if not found and two and len({one.by for one in yes}) < 2:
        return (ApprovalGroup(seconds(policy, ask)),)
    return found


def _take(left: list[Review], roles: Iterable[str], number: int) -> list[Review]:
    """Take so many that were given in one of these roles out of those that are left."""
    among = frozenset(roles)
    taken = [one for one in left if one.role in among][: max(number, 0)]
    left[:] = [one for one in left if one not in taken]
    return taken
