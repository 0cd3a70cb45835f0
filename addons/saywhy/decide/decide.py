"""The one function that decides, and its trace."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Network
from typing import Final

from saywhy.decide.access import Access, Target, target_at
from saywhy.decide.carried import UnreadableAddressError, carried_by
from saywhy.decide.decision import Decision, Mismatch, Reason, Step
from saywhy.decide.grants import Grants
from saywhy.decide.matching import facts_of, mismatch
from saywhy.policy.address import address_literal
from saywhy.policy.catalogue import Carrier
from saywhy.policy.index import Bits, RuleIndex
from saywhy.policy.policy import Policy
from saywhy.policy.rule import NO_OBLIGATIONS, Effect
from saywhy.policy.school import Address
from saywhy.policy.standing import Standing

MOST_CARRIED: Final = 3  # addresses inside one another; what lies deeper is refused
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
    if standing.limited:
        return _by_name(policy, grants, access, standing, holding)
    decision = _decide(policy, grants, access, standing, holding)
    if standing.carriers and decision.allowed:
        return _with_carried(policy, grants, access, decision, standing.carriers, within)
    return decision


def _by_name(policy: Policy, grants: Grants, access: Access, standing: Standing, holding: Bits) -> Decision:
    """An access to a host of which, whatever its path is, little more than the name may be looked at."""
    target = access.target
    if standing.unseen is None:  # never: no grant is for a page that is not seen, nothing asks to look inside
        bare = replace(access, target=Target(target.host, target.port))
        decision = _decide(policy, grants, bare, standing, holding)
        return replace(decision, obligations=NO_OBLIGATIONS, unseen=True)
    decision = _decide(policy, grants, access, standing.unseen, holding)
    if decision.allowed and not decision.obligations:
        return replace(decision, unseen=True)
    return _decide(policy, grants, access, standing, holding)


def _with_carried(  # what `decide` has at hand
    policy: Policy, grants: Grants, access: Access, decision: Decision, carriers: tuple[Carrier, ...], within: int
) -> Decision:
    """An allowed access to a carrier: blocked where any address inside its own is."""
    url = access.target.url
    if url is None:
        return replace(decision, needs_url=True)
    try:
        inside = carried_by(carriers, url)
    except UnreadableAddressError:
        return _hidden(decision)
    if inside and within == MOST_CARRIED:
        return _hidden(decision)
    for one in inside:
        inner = decide(policy, grants, replace(access, target=target_at(one)), within=within + 1)
        if not inner.allowed:
            return replace(inner, carried=inner.carried or one, unseen=False)
    return decision


def _hidden(decision: Decision) -> Decision:
    return Decision(Effect.BLOCK, Reason.HIDDEN_ADDRESS, None, None, decision.membership, decision.revision)


def _decide(policy: Policy, grants: Grants, access: Access, standing: Standing, holding: Bits) -> Decision:
    index = policy.index
    matching = standing.rules & holding
    undecided = standing.possible & holding
    closing = matching & index.closing
    if closing:
        locked = index.first(closing)
        assert locked is not None
        needs_url = bool(undecided) and _may_change(index, undecided, matching, closing)
        return Decision(locked.effect, Reason.LOCKED, locked, None, standing.membership, policy.revision, needs_url)
    refused = _reach(policy, access.target)
    if refused is not None:
        return Decision(Effect.BLOCK, refused, None, None, standing.membership, policy.revision)
    needs_url = bool(undecided) and _may_change(index, undecided, matching, 0)
    decided = index.first(matching)
    if decided is None:
        decided, reason = policy.default, Reason.DEFAULT
    else:
        reason = Reason.RULE
    effect, obligations, grant = decided.effect, decided.obligations or standing.obligations, None
    if effect is not Effect.ALLOW:
        grant = grants.opening(access, standing.keys, decided)
        if grant is None:
            obligations = NO_OBLIGATIONS
        else:
            effect, reason = Effect.ALLOW, Reason.GRANT
    return Decision(effect, reason, decided, grant, standing.membership, policy.revision, needs_url, obligations)


def _may_change(index: RuleIndex, undecided: Bits, matching: Bits, closing: Bits) -> bool:
    """Whether a rule that waits for the path could decide instead: one before the first that matches, or a locked one.

    Of the locked ones only those before the one that decides, where one does.
    """
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
