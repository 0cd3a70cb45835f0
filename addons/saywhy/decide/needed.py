"""Why a rule that allows an app decides on an address of somebody else: the app needs it."""

from saywhy.decide.access import Target
from saywhy.decide.decision import Decision
from saywhy.policy.address import suffixes
from saywhy.policy.criteria import keys_of, pieces_of
from saywhy.policy.criterion import EVERYTHING, About
from saywhy.policy.pattern import UrlPattern
from saywhy.policy.rule import Effect


def needed_by(decision: Decision, target: Target) -> tuple[str, ...]:
    """The apps, by id, for whose needs alone the rule that decided means the target; empty where it names it itself."""
    rule = decision.rule
    if rule is None or rule.effect is not Effect.ALLOW or decision.membership.needed.isdisjoint(rule.criteria.apps):
        return ()
    own = {EVERYTHING, *keys_of(About(tuple(suffixes(target.host)), decision.membership, target.url))}
    for piece in pieces_of(rule.criteria):
        if isinstance(piece, UrlPattern):
            if target.url is not None and piece.covers(target.url):
                return ()
        elif piece in own:
            return ()
    return tuple(one for one in rule.criteria.apps if one in decision.membership.needed)
