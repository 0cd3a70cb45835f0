"""The one function that decides, and its trace."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Network
from typing import Final

from addons.decide.access import Access, Target, target_at
from addons.decide.decision import Decision, Mismatch, Reason, Step
from addons.decide.embedded import UnreadableAddressError, embedded_in
from addons.decide.grants import Grants
from addons.decide.matching import facts_of, mismatch
from addons.policy.address import address_literal
from addons.policy.catalogue import Carrier
from addons.policy.index import Bits, RuleIndex
from addons.policy.inspection import View
from addons.policy.policy import Policy
from addons.policy.rule import NO_OBLIGATIONS, Effect, Obligation, Rule
from addons.policy.school import Address
from addons.policy.standing import Standing

_ALWAYS: Final = frozenset({Obligation.INSPECT})
MOST_WITHIN: Final = 3  # addresses inside one another; what lies deeper is refused
_NAT64: Final = IPv6Network("64:ff9b::/96")


def decide(policy: Policy, grants: Grants, access: Access, *, within: int = 0) -> Decision:
    """Answer an access: locked block, then reach, then a grant, then the first rule that matches, then the default.

    Where the address of a carrier holds another one, that is decided on as well, and the strictest answer counts;
    `within` is how many addresses this one lies within.
    """
    target, subject, index = access.target, access.subject, policy.index
    standing = policy.standing(target.host, target.url)
    if target.signs:
        standing = standing.also(target.signs, index)
    holding = index.holding(subject.groups, subject.place, access.at.astimezone(policy.school.timezone))
    if standing.view is View.PINNED:
        by_name = _decide(policy, grants, access, standing.unseen or standing, holding, unseen=True)
        if by_name.allowed and not by_name.obligations:
            return by_name
    elif standing.view is View.NEVER:
        access = replace(access, target=Target(target.host, target.port))  # no grant is for a page that is not seen
        return _decide(policy, grants, access, standing, holding, unseen=True)
    decision = _decide(policy, grants, access, standing, holding)
    if standing.carriers and decision.allowed:
        return _with_carried(policy, grants, access, decision, standing.carriers, within)
    return decision


def _with_carried(  # what `decide` has at hand
    policy: Policy, grants: Grants, access: Access, decision: Decision, carriers: tuple[Carrier, ...], within: int
) -> Decision:
    """An allowed access to a carrier: blocked where any address inside its own is."""
    url = access.target.url
    if url is None:
        return replace(decision, needs_url=True)
    try:
        inside = embedded_in(carriers, url)
    except UnreadableAddressError:
        return _hidden(decision)
    if inside and within == MOST_WITHIN:
        return _hidden(decision)
    for one in inside:
        inner = decide(policy, grants, replace(access, target=target_at(one)), within=within + 1)
        if not inner.allowed:
            return replace(inner, carried=inner.carried or one, unseen=False)
    return decision


def _hidden(decision: Decision) -> Decision:
    return Decision(Effect.BLOCK, Reason.HIDDEN_ADDRESS, None, None, decision.membership, decision.revision)


def _decide(
    policy: Policy, grants: Grants, access: Access, standing: Standing, holding: Bits, *, unseen: bool = False
) -> Decision:
    index = policy.index
    matching = standing.rules & holding
    first = index.first(matching)
    undecided = standing.possible & holding
    closing = matching & index.closing
    if closing:
        locked = index.first(closing)
        assert locked is not None
        needs_url = _may_change(index, undecided, matching, closing)
        return _blocked(policy, standing, Reason.LOCKED, locked, needs_url=needs_url, unseen=unseen)
    refused = _reach(policy, access.target)
    if refused is not None:
        return _blocked(policy, standing, refused, None, unseen=unseen)
    needs_url = _may_change(index, undecided, matching, 0)
    decided = first or policy.default
    reason = Reason.DEFAULT if first is None else Reason.RULE
    grant = None
    if decided.effect is not Effect.ALLOW:
        grant = grants.opening(access, standing.keys)
        if grant is None:
            return _blocked(policy, standing, reason, decided, needs_url=needs_url, unseen=unseen)
        reason = Reason.GRANT
    obligations = _ALWAYS if standing.view is View.ALWAYS else decided.obligations
    if standing.view is View.NEVER:
        obligations = NO_OBLIGATIONS
    return Decision(
        Effect.ALLOW,
        reason,
        decided,
        grant,
        standing.membership,
        policy.revision,
        needs_url,
        obligations,
        unseen,
    )


def _may_change(index: RuleIndex, undecided: Bits, matching: Bits, closing: Bits) -> bool:
    """Whether a rule that waits for the path could decide instead: one before the first that matches, or a locked one.

    Of the locked ones only those before the one that decides, where one does.
    """
    if not undecided:
        return False
    earlier = undecided >> matching.bit_length()
    return bool(earlier or (undecided & index.floor) >> closing.bit_length())


def address_allowed(policy: Policy, address: Address) -> bool:
    """Whether an address that a name stands for may be opened: a public one, or one that policy names.

    Private is what `ipaddress` calls not global (the IANA special-purpose registries, RFC 6890) and multicast.
    """
    embedded = _embedded(address)
    if embedded is not None and not address_allowed(policy, embedded):
        return policy.reach.names(address)
    return (address.is_global and not address.is_multicast) or policy.reach.names(address)


def trace(policy: Policy, access: Access, decision: Decision) -> tuple[Step, ...]:
    """Every rule before the one that decided, with why it did not decide; all rules where the default did.

    It is about the address that decided: that inside the target's where there is one.
    """
    if decision.carried is not None:
        access = replace(access, target=target_at(decision.carried))
    facts = facts_of(policy, access, unseen=decision.unseen)
    steps: list[Step] = []
    for rule in policy.rules:
        if rule is decision.rule:
            break
        steps.append(Step(rule, mismatch(policy, rule, access, facts) or Mismatch.OVERRULED))
    return tuple(steps)


def _reach(policy: Policy, target: Target) -> Reason | None:
    if target.port not in policy.reach.ports:
        return Reason.PORT
    literal = address_literal(target.host)
    if literal is None or policy.reach.names(literal):
        return None
    return Reason.ADDRESS_LITERAL if address_allowed(policy, literal) else Reason.PRIVATE_ADDRESS


def _embedded(address: Address) -> Address | None:
    if address.version == 4:
        return None
    # IPv4 inside IPv6: mapped (RFC 4291 2.5.5.2), 6to4 (RFC 3056), Teredo (RFC 4380), NAT64 (RFC 6052 2.1)
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def _blocked(
    policy: Policy, standing: Standing, reason: Reason, rule: Rule | None, *, needs_url: bool = False, unseen: bool
) -> Decision:
    effect = Effect.BLOCK if rule is None else rule.effect
    return Decision(effect, reason, rule, None, standing.membership, policy.revision, needs_url, NO_OBLIGATIONS, unseen)
