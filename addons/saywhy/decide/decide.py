"""The one function that decides."""

from dataclasses import replace
from typing import Final

from saywhy.decide.access import Access, carried_in
from saywhy.decide.carried import UnreadableAddressError, carried_by
from saywhy.decide.controls import met, refused_account
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.decide.reach import refused_by_reach
from saywhy.decide.rule_index import Bits, RuleIndex
from saywhy.decide.self_test import decided_for_test
from saywhy.decide.standing import Standing
from saywhy.policy.address import Url
from saywhy.policy.catalogue import Carrier
from saywhy.policy.obligation import NO_OBLIGATIONS, any_controlled, seen_inside
from saywhy.policy.own_hosts import TEST_NAMES
from saywhy.policy.rule import Effect

MOST_CARRIED: Final = 3  # addresses inside one another; what lies deeper is refused


def decide(engine: Engine, grants: Grants, access: Access, *, depth: int = 0) -> Decision:
    """Answer an access: locked block, reach, keep open, a grant, the first rule that matches, the default.

    Where that rule has caution, it is closed until somebody goes on, which is a grant of a kind (`Grant.went_on`).

    Where the address of a carrier holds another one, that is decided on as well, and the strictest answer counts;
    `depth` is how many addresses this one is carried by.
    """
    target, subject, index = access.target, access.subject, engine.index
    standing = engine.standing(target.host, target.url)
    if target.signs:
        standing = standing.also(target.signs, index)
    if target.host in TEST_NAMES and (tested := decided_for_test(engine, target, standing)) is not None:
        return tested
    holding = index.holding(subject.groups, subject.place, access.at.astimezone(engine.policy.school.timezone))
    if standing.limited:
        return _by_name(engine, grants, access, standing, holding)
    decision = _decide(engine, grants, access, standing, holding)
    if standing.carriers and decision.allowed:
        return _with_carried(engine, grants, access, decision, standing.carriers, depth)
    return decision


def _by_name(engine: Engine, grants: Grants, access: Access, standing: Standing, holding: Bits) -> Decision:
    """An access to a host of which, whatever its path is, little more than the name may be looked at."""
    if standing.unseen is None:  # never: no grant is for a page that is not seen, nothing asks to look inside
        decision = replace(_decide(engine, grants, access.by_name, standing, holding), unseen=True)
        inside = frozenset(one for one in decision.obligations if one.inside)
        if any_controlled(inside):
            return unmet(decision, Reason.OBLIGATION)
        return replace(decision, obligations=decision.obligations - inside) if inside else decision
    decision = _decide(engine, grants, access, standing.unseen, holding)
    if decision.allowed and not seen_inside(decision.obligations):
        return replace(decision, unseen=True)
    return _decide(engine, grants, access, standing, holding)


def _with_carried(  # what `decide` has at hand
    engine: Engine, grants: Grants, access: Access, decision: Decision, carriers: tuple[Carrier, ...], depth: int
) -> Decision:
    """An allowed access to a carrier: blocked where any address inside its own is."""
    url = access.target.url
    if url is None:
        return replace(decision, needs_url=True)
    try:
        carried = carried_by(carriers, url)
    except UnreadableAddressError:
        return _hidden(decision)
    if carried and depth == MOST_CARRIED:
        return _hidden(decision)
    waits = decision.needs_answer
    for one in carried:
        inner = decide(engine, grants, replace(access, target=carried_in(access.target, one)), depth=depth + 1)
        if not inner.allowed:
            return replace(inner, carried=inner.carried or one, unseen=False)
        if any_controlled(inner.obligations):  # the carrier fetches it, and not like that
            return replace(unmet(inner, Reason.OBLIGATION), carried=inner.carried or one, unseen=False)
        waits = waits or inner.needs_answer
    return replace(decision, needs_answer=True) if waits and not decision.needs_answer else decision


def unmet(decision: Decision, reason: Reason) -> Decision:
    """The block that an allow comes to whose obligations cannot be met."""
    closed = Decision(Effect.BLOCK, reason, decision.rule, None, decision.membership, decision.revision)
    return replace(closed, needs_url=decision.needs_url, unseen=decision.unseen)


def _hidden(decision: Decision) -> Decision:
    return Decision(Effect.BLOCK, Reason.HIDDEN_ADDRESS, None, None, decision.membership, decision.revision)


def _decide(engine: Engine, grants: Grants, access: Access, standing: Standing, holding: Bits) -> Decision:
    policy, index = engine.policy, engine.index
    matching = standing.rules & holding
    undecided = standing.possible & holding
    waiting = 0
    if index.used:
        target = access.target
        if standing.limited and standing.unseen is None:  # a use is nothing to look inside for
            matching, undecided = matching & ~index.used, undecided & ~index.used
        else:
            use = None if target.url is None else target.use
            matching, undecided, waiting = index.in_use(matching, undecided, use)
    closing = matching & index.closing
    if closing:
        locked = index.first(closing)
        assert locked is not None
        needs_url = bool(undecided) and _may_change(index, undecided, matching, closing)
        return Decision(locked.effect, Reason.LOCKED, locked, None, standing.membership, policy.revision, needs_url)
    refused = refused_by_reach(policy.reach, access.target)
    if refused is not None:
        return Decision(Effect.BLOCK, refused, None, None, standing.membership, policy.revision)
    kept = matching & index.kept
    needs_url = bool(undecided) and _may_open_or_close(index, undecided, matching, kept)
    decided = index.first(kept or matching)
    if decided is None:
        decided, reason = policy.default, Reason.DEFAULT
    else:
        reason = Reason.KEEP_OPEN if kept else Reason.CAUTION if decided.effect is Effect.CAUTION else Reason.RULE
    effect, obligations, grant = decided.effect, decided.obligations, None
    if effect is not Effect.ALLOW:
        grant = grants.opening(access, standing.keys, decided)
        if grant is not None:  # what would be allowed without the rule that it opens is still allowed only so
            effect, reason = Effect.ALLOW, Reason.GO if grant.went_on else Reason.GRANT
            allowing = index.first(matching & index.opening)
            obligations = NO_OBLIGATIONS if allowing is None else allowing.obligations
    if standing.obligations and effect is Effect.ALLOW:
        obligations |= standing.obligations
    decision = Decision(effect, reason, decided, grant, standing.membership, policy.revision, needs_url, obligations)
    if waiting and effect is Effect.ALLOW and _may_open_or_close(index, waiting, matching, kept):
        decision = replace(decision, needs_answer=True)
    return _met_here(decision, standing, access.target.url) if obligations else decision


def _met_here(decision: Decision, standing: Standing, url: Url | None) -> Decision:
    """An allow with its obligations as they are met at this host; a block where one cannot be, or was refused."""
    here = met(decision.obligations, standing.controls, standing.lacking)
    if here is None:
        return unmet(decision, Reason.OBLIGATION)
    if refused_account(here, url):
        return unmet(decision, Reason.ACCOUNT)
    return replace(decision, obligations=here) if here != decision.obligations else decision


def _may_open_or_close(index: RuleIndex, undecided: Bits, matching: Bits, kept: Bits) -> bool:
    """Whether a rule that waits for the path, or the answer, could decide instead, where none that is locked does."""
    if kept:  # only what is locked, or keeps open before it
        return bool(undecided & index.floor or (undecided & index.kept) >> kept.bit_length())
    return bool(undecided & index.kept) or _may_change(index, undecided, matching, 0)


def _may_change(index: RuleIndex, undecided: Bits, matching: Bits, closing: Bits) -> bool:
    """Whether a rule that waits could decide instead: one before the first that matches, or a locked one.

    Of the locked ones only those before the one that decides, where one does.
    """
    earlier = undecided >> matching.bit_length()
    return bool(earlier or (undecided & index.floor) >> closing.bit_length())
