"""Which roles a request concerns: those that decide on it, agree to it, or have answered it. Nobody else's business."""

from collections.abc import Iterable
from typing import Final

from saywhy.decide.engine import Engine
from saywhy.exceptions.request import ExceptionRequest
from saywhy.exceptions.weighing import CannotBeAsked, Terms, present_terms, terms_of
from saywhy.policy.address import AddressError
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Ask

AUDITOR: Final = "auditor"  # the role that reads every request and answers none


def reads_all(roles: Iterable[str]) -> bool:
    """Whether one of these roles reads what it does not decide on."""
    return AUDITOR in roles


def answering_roles(engine: Engine, asked: ExceptionRequest) -> frozenset[str]:
    """The roles that decide on a request or agree to it under the present policy.

    Where the policy lets nobody decide it any more, those of the rule that refused it, who close it: they answer for that
    rule. Where that is gone as well, all that decide on anything.
    """
    try:
        first, terms = terms_of(engine, asked.refusal), present_terms(engine, asked)
    except (CannotBeAsked, AddressError):
        return _closing(engine, asked)
    return _roles(first.ask) | _roles(terms.ask)


def needs_two(engine: Engine, asked: ExceptionRequest) -> bool:
    """Whether more than one person has to agree, as policy wants it of what carries more risk."""
    try:
        terms: Terms = present_terms(engine, asked)
    except (CannotBeAsked, AddressError):
        return False
    return bool(terms.ask.signs_off)


def deciding_roles(policy: Policy) -> frozenset[str]:
    """Every role that decides or agrees under some rule."""
    return frozenset(
        role for rule in (*policy.rules, policy.default) if rule.ask is not None for role in _roles(rule.ask)
    )


def _closing(engine: Engine, asked: ExceptionRequest) -> frozenset[str]:
    rule = engine.rule_by_id.get(asked.refusal.rule)
    if rule is not None:
        owner = frozenset({rule.owner}) & engine.policy.roles.keys()
        found = owner if rule.ask is None else owner | _roles(rule.ask)
        if found:
            return found
    return deciding_roles(engine.policy)


def _roles(ask: Ask) -> frozenset[str]:
    return frozenset((*ask.decides, *ask.signs_off)) - {AUDITOR}
