"""Which roles a request concerns: those that decide on it, agree to it, or have answered it. Nobody else's business."""

from collections.abc import Iterable

from saywhy.decide.engine import Engine
from saywhy.exceptions.deciders import deciders, deciding_roles, deputies, seconds
from saywhy.exceptions.request import ExceptionRequest
from saywhy.exceptions.state import State
from saywhy.exceptions.weighing import CannotBeAsked, Terms, present_terms, terms_of
from saywhy.policy.address import AddressError
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Ask


def reads_all(policy: Policy | None, roles: Iterable[str]) -> bool:
    """Whether one of these roles reads every request, and answers none."""
    return policy is not None and any(policy.roles[role].reads for role in roles if role in policy.roles)


def answering_roles(engine: Engine, asked: ExceptionRequest) -> frozenset[str]:
    """The roles that decide on a request or agree to it under the present policy.

    Where the policy lets nobody decide it any more, those of the rule that refused it, who close it: they answer for that
    rule. Where that is gone as well, all that decide on anything.
    """
    try:
        first, terms = terms_of(engine, asked.refusal), present_terms(engine, asked)
    except (CannotBeAsked, AddressError):
        return _closing(engine, asked)
    return _roles(engine.policy, first.ask, asked) | _roles(engine.policy, terms.ask, asked)


def needs_two(engine: Engine, asked: ExceptionRequest) -> bool:
    """Whether more than one person has to agree, as policy wants it of what carries more risk."""
    try:
        terms: Terms = present_terms(engine, asked)
    except (CannotBeAsked, AddressError):
        return False
    return bool(terms.ask.agrees) or terms.rule.high_risk or (asked.proposal is not None and asked.proposal.needs_two)


def _closing(engine: Engine, asked: ExceptionRequest) -> frozenset[str]:
    rule = engine.rule_by_id.get(asked.refusal.rule)
    if rule is not None:
        owner = frozenset({rule.owner}) & engine.policy.roles.keys()
        found = owner if rule.ask is None else owner | _roles(engine.policy, rule.ask, asked)
        if found:
            return found
    return frozenset(deciding_roles(engine.policy))


def _roles(policy: Policy, ask: Ask, asked: ExceptionRequest) -> frozenset[str]:
    """Those that may answer now or later, deputies as well; whoever may be the second person, once there is a first."""
    first = deciders(policy, ask, escalated=True, appealed=asked.appealed_at is not None)
    second = seconds(policy, ask) if asked.state is State.AWAITING_SIGN_OFF else ask.agrees
    return frozenset((*first, *second, *deputies(policy, second)))
