"""Who may look at rules again, and who may write down what was decided: by the roles of the policy in force."""

from flask import abort

from saywhy.exceptions.request import Account
from saywhy.policy.policy import Policy
from saywhy.portal.context import PortalContext
from saywhy.portal.signing_in import staff_here


def deciding_roles(policy: Policy) -> frozenset[str]:
    """The roles that decide on anything, agree to it, or own a rule."""
    rules = (*policy.rules, policy.default)
    asks = [rule.ask for rule in rules if rule.ask is not None]
    named = (role for ask in asks for role in (*ask.decides, *ask.agrees))
    return frozenset((*named, *(rule.owner for rule in rules if rule.owner)))


def reader_here(context: PortalContext) -> Account:
    """Who is signed in, with a role that the policy knows. Raises SignInFirst, NoPolicy, StoreUnavailable; else 403."""
    account = staff_here(context)
    if account.roles.isdisjoint(context.in_force().policy.roles):
        abort(403)
    return account


def decider_here(context: PortalContext) -> Account:
    """Who is signed in, with a role that decides. Raises as `reader_here` does."""
    account = reader_here(context)
    if account.roles.isdisjoint(deciding_roles(context.in_force().policy)):
        abort(403)
    return account
