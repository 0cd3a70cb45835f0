"""Who may write down what was decided: by the roles of the policy in force. Who may read it is said by `permissions`."""

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


def decider_here(context: PortalContext) -> Account:
    """Who is signed in, with a role that decides. Raises SignInFirst, NoPolicy, StoreUnavailable; else 403."""
    account = staff_here(context)
    if account.roles.isdisjoint(deciding_roles(context.in_force().policy)):
        abort(403)
    return account
